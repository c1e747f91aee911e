/* Vector mathematics of the fused kernel: what the rows of OPS call, for one type; the functions for float
 * follow in `elementary.h` and `special.h`.
 *
 * Compile with -DREAL_IS_DOUBLE for double, without for float, and with -fno-math-errno -fno-trapping-math:
 * they change no value, and without them gcc leaves square roots and `?:` scalar. -ffast-math would break
 * the reductions, not-a-number and infinity.
 *
 * float: no branches, no tables, so that loops become vector instructions, whatever their width; gamma,
 * lgamma and digamma alone are scalar. The polynomials are minimax fits of the functions by Remez exchange,
 * with errors below a third of a unit in the last place. The largest error, in those units, of the whole
 * function over all arguments (half a unit more where the machine has no fused product; one more below the
 * least normal number, where results are rounded twice):
 *
 *     exp 1.1, exp2 1.1, expm1 1.7, sinh 2.2, cosh 1.6, log 1.0, log2 2.2, log1p 1.7, log1p_unit 1.4,
 *     sin 1.7, cos 1.7, sinc_slope 2.0, asin 2.4, acos 1.3, atan 1.3, atan2 1.8, asinh 2.0, acosh 2.2,
 *     atanh 2.2, cbrt 0.9, hypot 2.0, pow 0.6, pow_less 0.6, power 0.6, power_log 0.6, gauss 1.6,
 *     gauss_half 1.6, erf 7.0, erfc 5.0, normal_cdf 5.0, i0e 5.6, i1e 11.2, gamma 0.6, lgamma 0.6,
 *     digamma 0.6.
 *
 * double: the functions of the C library, one element at a time.
 *
 * Not-a-number and infinity come out as the C library has them; -0 keeps its sign through odd functions. */
#ifndef MATHEMATICS_H
#define MATHEMATICS_H

#ifndef __CUDACC_RTC__
#include <math.h>
#include <stdint.h>
#endif

#ifdef REAL_IS_DOUBLE
#define real double
#define M_LIBM(name) name
#else
#define real float
#define M_LIBM(name) name##f
#endif

/* A constant of the type, so that no row computes in a wider one. */
#define R(number) ((real)(number))
#define M_NAN_ R(__builtin_nan(""))
#define M_INF_ R(__builtin_inf())
#define M_LN2_ R(0.69314718055994530942)
#define M_1_LN2_ R(1.44269504088896340736)
#define M_2_SQRTPI_ R(1.12837916709551257390)
#define M_1_SQRT2PI_ R(0.39894228040143267794)

#define M_INLINE static inline __attribute__((always_inline, unused))
#define M_SCALAR static __attribute__((noinline, unused))

M_INLINE real m_abs(real x) { return M_LIBM(__builtin_fabs)(x); }
M_INLINE real m_copysign(real x, real y) { return M_LIBM(__builtin_copysign)(x, y); }
M_INLINE real m_sqrt(real x) { return M_LIBM(__builtin_sqrt)(x); }
M_INLINE real m_rint(real x) { return M_LIBM(__builtin_rint)(x); }
M_INLINE real m_floor(real x) { return M_LIBM(__builtin_floor)(x); }
M_INLINE real m_ceil(real x) { return M_LIBM(__builtin_ceil)(x); }

/* -1, 0 or 1, and 0, 1/2 or 1. */
M_INLINE real m_sign(real x) { return x > 0 ? R(1) : x < 0 ? R(-1) : x; }
M_INLINE real m_heaviside(real x) { return x > 0 ? R(1) : x < 0 ? R(0) : x == 0 ? R(0.5) : x; }

/* exp(-a) I_order(a) for a >= 0 and order 0 or 1: the power series up to 30, then the asymptotic one
 * (Abramowitz, Stegun 1964, 9.6.10 and 9.7.1), each cut off below the rounding of double. */
M_SCALAR double m_bessel(double a, int order)
{
    double term = order ? 0.5 * a : 1.0, sum = term;
    if (a != a)
        return a;
    if (a <= 30.0) {
        for (int k = 1; k <= 70; k++) {
            term *= 0.25 * a * a / (k * (double)(k + order));
            sum += term;
        }
        return exp(-a) * sum;
    }
    term = sum = 1.0;
    for (int k = 1; k <= 24; k++) {
        term *= ((2 * k - 1) * (double)(2 * k - 1) - 4.0 * order * order) / (k * 8.0 * a);
        sum += term;
    }
    return sum / sqrt(6.28318530717958647693 * a);
}

/* Gamma and its kin, scalar and computed in double for both types. At a pole gamma is infinite, with the
 * sign of (-1)^x, and digamma not a number, but at 0, where it is infinite. */
M_SCALAR real m_gamma(real x)
{
    const double a = x, low = floor(a < 0 ? a : 0), sign = 1 - 2 * (low - 2 * floor(0.5 * low));
    return (real)(a <= 0 && a == low ? sign * __builtin_inf() : tgamma(a));
}

M_SCALAR real m_lgamma(real x) { return (real)lgamma((double)x); }

/* Reflection below 0, recurrence up to 10, then the asymptotic series (Abramowitz, Stegun 1964, 6.3.7,
 * 6.3.5 and 6.3.18). */
M_SCALAR real m_digamma(real x)
{
    const double at = x;
    double a = at < 0 ? 1 - at : at, sum = 0;
    if (at == 0)
        return -m_copysign(M_INF_, x);
    if (at < 0 && at == floor(at))
        return M_NAN_;
    if (at < 0)
        sum = -3.14159265358979323846 / tan(3.14159265358979323846 * (at - rint(at)));
    for (; a < 10; a += 1)
        sum -= 1 / a;
    const double w = 1 / (a * a);
    const double tail = w * (1.0 / 12 - w * (1.0 / 120 - w * (1.0 / 252 - w * (1.0 / 240 - w * (1.0 / 132
        - w * (691.0 / 32760 - w * (1.0 / 12)))))));
    return (real)(sum + (log(a) - 0.5 / a - tail));
}

#ifdef REAL_IS_DOUBLE

M_INLINE real m_exp(real x) { return exp(x); }
M_INLINE real m_exp2(real x) { return exp2(x); }
M_INLINE void m_exp_expm1(real x, real *e, real *m) { *e = exp(x), *m = expm1(x); }
M_INLINE void m_sinh_cosh(real x, real *s, real *c) { *s = sinh(x), *c = cosh(x); }
M_INLINE real m_log(real x) { return log(x); }
M_INLINE real m_log1p(real x) { return log1p(x); }
M_INLINE real m_log1p_unit(real x) { return log1p(x); }
M_INLINE real m_log2(real x) { return log2(x); }
M_INLINE int m_any_far(const real *x, int count) { (void)x, (void)count; return 0; }
M_INLINE void m_sin_cos(real x, int far, real *s, real *c) { (void)far, *s = sin(x), *c = cos(x); }
M_INLINE real m_asin(real x) { return asin(x); }
M_INLINE real m_acos(real x) { return acos(x); }
M_INLINE real m_atan(real x) { return atan(x); }
M_INLINE real m_atan2(real x, real y) { return atan2(x, y); }
M_INLINE real m_asinh(real x) { return asinh(x); }
M_INLINE real m_acosh(real x) { return acosh(x); }
M_INLINE real m_atanh(real x) { return atanh(x); }
M_INLINE real m_cbrt(real x) { return cbrt(x); }
M_INLINE real m_hypot(real x, real y) { return hypot(x, y); }
M_INLINE void m_pow_parts(real x, real y, real *power, real *less, real *l)
{
    *power = pow(x, y), *less = pow(x, y - 1), *l = log(x);
}
M_INLINE void m_power_parts(real a, real y, real *power, real *less, real *l)
{
    m_pow_parts(a, y, power, less, l);
}
M_INLINE real m_gauss(real x) { return exp(-x * x); }
M_INLINE real m_gauss_half(real x) { return exp(-0.5 * x * x); }
M_INLINE real m_erf(real x, real *g) { *g = m_gauss(x); return erf(x); }
M_INLINE real m_erfc(real x, real *g) { *g = m_gauss(x); return erfc(x); }
M_INLINE real m_normal_cdf(real x, real *g)
{
    *g = m_gauss_half(x);
    return 0.5 * erfc(-0.70710678118654752440 * x);
}
M_INLINE real m_i0e(real x) { return m_bessel(fabs(x), 0); }
M_INLINE real m_i1e(real x) { return copysign(m_bessel(fabs(x), 1), x); }

/* The series, whose n-th term is the one before times -x^2 / ((2n + 1)(2n - 2)). */
M_INLINE real m_sinc_slope(real x)
{
    real series = 1;
    for (int n = 10; n > 1; n--)
        series = 1 - x * x / ((2 * n + 1) * (2 * n - 2)) * series;
    return x / -3 * series;
}

#endif
#endif
