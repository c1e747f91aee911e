/* The elementary functions of `mathematics.h` for float. */
#if !defined(REAL_IS_DOUBLE) && !defined(ELEMENTARY_H)
#define ELEMENTARY_H

/* x y + z, in one rounding where the machine has an instruction for it; and the rounding error of x^2. */
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__AVX512F__) || defined(__CUDACC__)
#define M_HAS_FMA
M_INLINE float m_fma(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
M_INLINE float m_square_rest(float x, float square) { return __builtin_fmaf(x, x, -square); }
#else
M_INLINE float m_fma(float x, float y, float z) { return x * y + z; }
M_INLINE float m_square_rest(float x, float square) { return (float)((double)x * x - square); }
#endif

/* The polynomial a + b x + ... by Horner's rule. */
#define M_P1(x, a, b) m_fma(b, x, a)
#define M_P2(x, a, ...) m_fma(M_P1(x, __VA_ARGS__), x, a)
#define M_P3(x, a, ...) m_fma(M_P2(x, __VA_ARGS__), x, a)
#define M_P4(x, a, ...) m_fma(M_P3(x, __VA_ARGS__), x, a)
#define M_P5(x, a, ...) m_fma(M_P4(x, __VA_ARGS__), x, a)
#define M_P6(x, a, ...) m_fma(M_P5(x, __VA_ARGS__), x, a)
#define M_P7(x, a, ...) m_fma(M_P6(x, __VA_ARGS__), x, a)
#define M_P8(x, a, ...) m_fma(M_P7(x, __VA_ARGS__), x, a)
#define M_P9(x, a, ...) m_fma(M_P8(x, __VA_ARGS__), x, a)
#define M_P13(x, a, b, c, d, ...) M_P3(x, a, b, c, m_fma(M_P9(x, __VA_ARGS__), x, d))
#define M_P17(x, a, b, c, d, ...) M_P3(x, a, b, c, m_fma(M_P13(x, __VA_ARGS__), x, d))

M_INLINE uint32_t m_bits(float x) { uint32_t n; __builtin_memcpy(&n, &x, 4); return n; }
M_INLINE float m_of_bits(uint32_t n) { float x; __builtin_memcpy(&x, &n, 4); return x; }

/* 2^n for -126 <= n <= 127, n in two's complement. */
M_INLINE float m_power_of_2(uint32_t n) { return m_of_bits((n + 127) << 23); }

/* Added to a number of size below 2^22, it leaves the nearest whole number in the low bits. */
#define M_WHOLE 12582912.0f

/* exp(r) - 1 for |r| <= log(2)/2. */
M_INLINE float m_expm1_near(float r)
{
    const float p = M_P4(r, 0.49999997f, 0.16666539f, 0.041667223f, 0.00836718082f, 0.00138823956f);
    return m_fma(r * r, p, r);
}

/* e^x = (1 + p) a b with powers of 2 a and b = 1/below: one alone would leave the range of exponents. Cody,
 * Waite 1980: log(2) in two parts, the first short, so that its multiples are exact. */
M_INLINE float m_exp_parts(float x, float *a, float *b, float *below)
{
    const float low = x < -105.0f ? -105.0f : x, c = low > 90.0f ? 90.0f : low;
    const float whole = m_fma(c, 1.44269504f, M_WHOLE), n = whole - M_WHOLE;
    const float r = m_fma(n, 2.12194440e-4f, m_fma(n, -0.693359375f, c));
    const int32_t k = (int32_t)(m_bits(whole) - m_bits(M_WHOLE)), half = k >> 1;
    *a = m_power_of_2((uint32_t)half);
    *b = m_power_of_2((uint32_t)(k - half));
    *below = m_power_of_2((uint32_t)(half - k));
    return m_expm1_near(r);
}

M_INLINE float m_exp(float x)
{
    float a, b, below;
    const float p = m_exp_parts(x, &a, &b, &below);
    return (1 + p) * a * b;
}

M_INLINE float m_exp2(float x)
{
    const float low = x < -151.0f ? -151.0f : x, c = low > 129.0f ? 129.0f : low;
    const float whole = c + M_WHOLE, n = whole - M_WHOLE, p = m_expm1_near((c - n) * 0.693147181f);
    const int32_t k = (int32_t)(m_bits(whole) - m_bits(M_WHOLE)), half = k >> 1;
    return (1 + p) * m_power_of_2((uint32_t)half) * m_power_of_2((uint32_t)(k - half));
}

/* exp(x) and exp(x) - 1, the latter (p a + (a - below)) b, whose bracket is exact where it cancels. */
M_INLINE void m_exp_expm1(float x, float *e, float *m)
{
    float a, b, below;
    const float p = m_exp_parts(x, &a, &b, &below);
    *e = (1 + p) * a * b;
    *m = x == 0 ? x : m_fma(p, a, a - below) * b;
}

/* With h = (exp(|x|) - 1)/2 and d = exp(-|x|): sinh |x| = h + h d, cosh x = h + (1 + d)/2. */
M_INLINE void m_sinh_cosh(float x, float *s, float *c)
{
    float a, b, below;
    const float p = m_exp_parts(m_abs(x), &a, &b, &below);
    const float e = (1 + p) * a * (0.5f * b), d = 0.5f / e, h = m_fma(p, a, a - below) * (0.5f * b);
    *s = m_copysign(m_fma(h > 1e38f ? 1e38f : h, d, h), x);
    *c = m_fma(0.5f, d, e);
}

/* log(1 + f) - f for -1/3 <= f <= 1/3. */
M_INLINE float m_log1p_rest(float f)
{
    const float q = M_P7(f, 0.333332121f, -0.249997929f, 0.200106099f, -0.166807607f, 0.140021294f,
        -0.121800013f, 0.140046075f, -0.129122496f);
    return f * f * m_fma(f, q, -0.5f);
}

M_INLINE float m_log_sum(float k, float f)
{
    return m_fma(k, 0.693359375f, f + m_fma(k, -2.12194440e-4f, m_log1p_rest(f)));
}

/* x = 2^k (1 + f) with 2/3 <= 1 + f < 4/3, for x > 0. */
M_INLINE float m_log_parts(float x, float *k)
{
    const float up = x < 1.17549435e-38f ? x * 8388608.0f : x;
    const uint32_t from_least = m_bits(up) - 0x3f2aaaabu, shift = from_least & 0xff800000u;
    *k = (float)((int32_t)shift >> 23) - (x < 1.17549435e-38f ? 23.0f : 0.0f);
    return m_of_bits(m_bits(up) - shift) - 1;
}

/* What a logarithm is at 0, below, at infinity and not-a-number, where the parts are nonsense. */
M_INLINE float m_log_edges(float x, float y)
{
    const float low = x == 0 ? -M_INF_ : M_NAN_, z = x > 0 ? y : low;
    return x == M_INF_ ? x : z;
}

M_INLINE float m_log(float x)
{
    float k;
    const float f = m_log_parts(x, &k);
    return m_log_edges(x, m_log_sum(k, f));
}

M_INLINE float m_log2(float x)
{
    float k;
    const float f = m_log_parts(x, &k), rest = m_log1p_rest(f);
    return m_log_edges(x, k + (f + m_fma(0.442695041f, f + rest, rest)));
}

/* 1 + x = 2^k (1 + f): the sum is rounded for k alone, f = 2^-k x + (2^-k - 1) once. */
M_INLINE float m_log1p(float x)
{
    const uint32_t shift = (m_bits(1 + x) - 0x3f2aaaabu) & 0xff800000u;
    const float quarter = m_of_bits(0x3e800000u), down = m_of_bits(m_bits(4.0f) - shift);
    const float f = m_fma(quarter * x, down, m_fma(quarter, down, -1));
    const float y = m_log_edges(1 + x, m_log_sum((float)((int32_t)shift >> 23), f));
    return m_abs(x) < 1e-30f ? x : y;
}

/* log(1 + x) for 0 <= x <= 1. */
M_INLINE float m_log1p_unit(float x)
{
    return m_fma(x * x, M_P8(x, -0.499999315f, 0.33330512f, -0.249585882f, 0.196954012f, -0.153553978f,
        0.10680557f, -0.0576644614f, 0.0202045944f, -0.00331847463f), x);
}

/* x/(2 pi) to the nearest whole number, in double: 1/(2 pi) to 198 binary digits in five parts of 29, whose
 * products with a float are exact, and a last one; of each product the whole turns are dropped at once. So
 * the rest is right for every float, as by Payne, Hanek 1983, without a table. */
M_INLINE double m_turn(double x)
{
    double sum = 0;
#define M_ADD_TURN(part) { const double p = x * part; sum += p - __builtin_rint(p); }
    M_ADD_TURN(0x1.45f306dp-3)
    M_ADD_TURN(0x1.9391054p-32)
    M_ADD_TURN(0x1.4fe13abp-61)
    M_ADD_TURN(0x1.d1f534dp-90)
    M_ADD_TURN(0x1.b81b6c5p-119)
#undef M_ADD_TURN
    sum += x * 0x1.5993c439041fep-150;
    return sum - __builtin_rint(sum);
}

/* The size up to which `m_sin_cos` takes the short way: there pi/2 in three parts will do (Cody, Waite 1980),
 * if products are not rounded. */
#ifdef M_HAS_FMA
#define M_FAR 30000.0f
#else
#define M_FAR -1.0f
#endif

M_INLINE int m_any_far(const float *x, int count)
{
    int far = 0;
    for (int i = 0; i < count; i++)
        far |= !(m_abs(x[i]) <= M_FAR);
    return far;
}

/* Sine and cosine; `far` is 0 where no number of the block is beyond M_FAR, which changes no result. */
M_INLINE void m_sin_cos(float x, int far, float *s, float *c)
{
    float whole = m_fma(x, 0.636619772f, M_WHOLE);
    const float k = whole - M_WHOLE;
    float r = m_fma(k, 1.71512451e-15f, m_fma(k, 4.37113883e-08f, m_fma(k, -1.57079637f, x)));
    if (far) {
        const double turn = m_turn(x), quarters = __builtin_rint(4 * turn);
        const float rest = (float)((turn - 0.25 * quarters) * 6.28318530717958647693);
        whole = m_abs(x) <= M_FAR ? whole : (float)quarters + M_WHOLE;
        r = m_abs(x) <= M_FAR ? r : rest;
    }
    const uint32_t n = m_bits(whole);
    const float w = r * r, rise = M_P2(w, -0.166666552f, 0.00833215564f, -0.00019514632f);
    const float fall = M_P2(w, 0.0416666456f, -0.00138873095f, 2.44324128e-05f);
    const float sine = m_fma(r * w, rise, r), cosine = m_fma(w * w, fall, m_fma(w, -0.5f, 1));
    const float first = n & 1 ? cosine : sine, second = n & 1 ? sine : cosine;
    const float up = m_of_bits(m_bits(first) ^ (n << 30 & 0x80000000u));
    *s = x == 0 ? x : up;
    *c = m_of_bits(m_bits(second) ^ ((n + 1) << 30 & 0x80000000u));
}

/* (cos(x) - sin(x)/x)/x for |x| <= 1, where the difference cancels. */
M_INLINE float m_sinc_slope(float x)
{
    const float w = x * x;
    return x * M_P4(w, -0.333333343f, 0.0333333313f, -0.00119047472f, 2.20416441e-05f, -2.45723896e-07f);
}

/* asin(r) for 0 <= r <= 1/2. */
M_INLINE float m_asin_near(float r)
{
    const float w = r * r;
    return m_fma(r * w, M_P4(w, 0.166667551f, 0.0749519616f, 0.0454833359f, 0.0241144784f, 0.0422785357f), r);
}

/* Beyond 1/2: asin(a) = pi/2 - 2 asin(sqrt((1 - a)/2)). */
M_INLINE float m_asin(float x)
{
    const float a = m_abs(x), near = m_asin_near(a), far = m_asin_near(m_sqrt(0.5f * (1 - a)));
    return m_copysign(a <= 0.5f ? near : m_fma(-2, far, -4.37113883e-08f) + 1.57079637f, x);
}

M_INLINE float m_acos(float x)
{
    const float a = m_abs(x), near = m_asin_near(a), far = 2 * m_asin_near(m_sqrt(0.5f * (1 - a)));
    const float mid = 1.57079637f - (m_copysign(near, x) + 4.37113883e-08f);
    const float out = x < 0 ? 3.14159274f - (far + 8.74227766e-08f) : far;
    return a <= 0.5f ? mid : out;
}

/* atan(r) for 0 <= r <= 1. */
M_INLINE float m_atan_near(float r)
{
    const float w = r * r;
    return m_fma(r * w, M_P8(w, -0.333333135f, 0.199988425f, -0.142663464f, 0.109585822f, -0.0841065422f,
        0.0579135418f, -0.0309912898f, 0.0107485f, -0.00174370117f), r);
}

M_INLINE float m_atan(float x)
{
    const float a = m_abs(x), r = m_atan_near(a > 1 ? 1 / a : a);
    return m_copysign(a > 1 ? 1.57079637f - (r + 4.37113883e-08f) : r, x);
}

/* The angle of the point (y, x): of the smaller coordinate over the larger, then put in its octant. */
M_INLINE float m_atan2(float x, float y)
{
    const float a = m_abs(x), b = m_abs(y), least = a < b ? a : b, most = a < b ? b : a;
    const float ratio = least == most ? 1.0f : least / most, r = m_atan_near(most == 0 ? 0.0f : ratio);
    const float half = a > b ? 1.57079637f - (r + 4.37113883e-08f) : r;
    const float whole = m_bits(y) >> 31 ? 3.14159274f - (half + 8.74227766e-08f) : half;
    return x != x || y != y ? M_NAN_ : m_copysign(whole, x);
}

M_INLINE float m_asinh(float x)
{
    const float a = m_abs(x), w = a * a;
    const float near = m_log1p(a > 1e9f ? a : a + w / (1 + m_sqrt(1 + w)));
    return m_copysign(near + (a > 1e9f ? 0.693147181f : 0.0f), x);
}

M_INLINE float m_acosh(float x)
{
    const float t = x - 1, y = m_log1p(x > 1e9f ? x : t + m_sqrt(t * (2 + t)));
    return x < 1 ? M_NAN_ : y + (x > 1e9f ? 0.693147181f : 0.0f);
}

M_INLINE float m_atanh(float x)
{
    const float a = m_abs(x);
    return m_copysign(0.5f * m_log1p(2 * a / (1 - a)), x);
}

/* 1/cbrt(a) from the exponent's third, twice improved by the series of (1 - h)^(-1/3), h = 1 - a r^3. */
M_INLINE float m_cbrt(float x)
{
    const float small = m_abs(x), a = small < 1.17549435e-38f ? small * 16777216.0f : small;
    const float r0 = m_of_bits(0x54a2fa8cu - m_bits(a) / 3), h0 = m_fma(-a * r0, r0 * r0, 1);
    const float r = m_fma(r0 * h0, M_P2(h0, 0.333333333f, 0.222222222f, 0.172839506f), r0);
    const float h = m_fma(-a * r, r * r, 1), third = m_fma(r * h, 0.333333333f, r);
    const float y = a * third * third, best = m_fma(m_fma(-y * y, y, a) * third * third, 0.333333333f, y);
    const float scaled = small < 1.17549435e-38f ? best * 0.00390625f : best;
    return x == 0 || small == M_INF_ || x != x ? x : m_copysign(scaled, x);
}

/* By the ratio of the smaller to the larger, which neither overflows nor vanishes. */
M_INLINE float m_hypot(float x, float y)
{
    const float a = m_abs(x), b = m_abs(y), least = a < b ? a : b, most = a < b ? b : a;
    const float ratio = least / most, h = most * m_sqrt(m_fma(ratio, ratio, 1));
    const float finite = most == 0 ? least : h;
    return a == M_INF_ ? a : b == M_INF_ ? b : finite;
}

#endif
