/* Adam with decoupled weight decay over stretches of one row of numbers. A stretch belongs to one weight of
   one lane and is gone through by itself, so that a number is computed alike wherever its lane stands.

   m <- 0.9 m + 0.1 g,   v <- 0.999 v + 0.001 g^2,   w <- w - rate (c m / (sqrt(k v) + 1e-8) + decay w)

   with c = 1/(1 - 0.9^t) and k = 1/(1 - 0.999^t). A stretch is four numbers: which gradient it reads and from
   where, where it begins in the row, how many numbers it has. */
static void stretch(real *restrict w, real *restrict m, real *restrict v, const real *restrict g, int64_t count,
                    real rate, real decay, real c, real k) {
    for (int64_t i = 0; i < count; i++) {
        const real mean = m[i] + R(0.1) * (g[i] - m[i]);
        const real square = R(0.999) * v[i] + R(0.001) * (g[i] * g[i]);
        m[i] = mean;
        v[i] = square;
        w[i] -= rate * (c * mean / (M_LIBM(sqrt)(k * square) + R(1e-8)) + decay * w[i]);
    }
}

int actsearch_adam(real *w, real *m, real *v, const real *const *gradients, const int64_t *stretches, int64_t count,
                   const double *rates, const double *decays, const double *scalars) {
    for (int64_t s = 0; s < count; s++) {
        const int64_t *of = stretches + 4 * s;
        stretch(w + of[2], m + of[2], v + of[2], gradients[of[0]] + of[1], of[3], (real)(scalars[0] * rates[s]),
                (real)decays[s], (real)scalars[1], (real)scalars[2]);
    }
    return 0;
}
