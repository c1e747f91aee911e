/* Powers, the normal distribution and Bessel functions of `mathematics.h` for float. */
#if !defined(REAL_IS_DOUBLE) && !defined(SPECIAL_H)
#define SPECIAL_H

/* log2(a) for a >= 0 in double, right to 2e-11: log(1 + f) = 2 atanh(f/(2 + f)). */
M_INLINE double m_log2_wide(float a)
{
    float k;
    const double f = m_log_parts(a, &k), s = f / (2 + f), w = s * s;
    const double series = 1.00000000002027764 + w * (0.33333330816180938 + w * (0.20000499123720886
        + w * (0.14251199721970556 + w * 0.12076243265538948)));
    const double wide = a, y = k + 2.88539008177792681472 * s * series;
    const double least = wide > 0 ? y : wide == 0 ? -(double)M_INF_ : wide;
    return wide < (double)M_INF_ ? least : wide;
}

/* 2^t in double, right to 2e-9, for results in the range of float. */
M_INLINE double m_exp2_wide(double t)
{
    const double low = t < -300 ? -300 : t, c = low > 300 ? 300 : low, whole = c + 6755399441055744.0;
    const double r = (c - (whole - 6755399441055744.0)) * 0.69314718055994530942;
    uint64_t n;
    double scale;
    __builtin_memcpy(&n, &whole, 8);
    n = (n + 1023) << 52;
    __builtin_memcpy(&scale, &n, 8);
    return scale * (1.0000000005542484 + r * (1.0000000363271828 + r * (0.4999999207893847
        + r * (0.1666642015175669 + r * (0.041668225684875715 + r * (0.008374817330765132
        + r * 0.0013836844059144059))))));
}

/* a^y, a^(y - 1), the difference of exponents not rounded to float, and log(a), for a >= 0. */
M_INLINE void m_power_parts(float a, float y, float *power, float *less, float *log)
{
    const double log2 = m_log2_wide(a);
    const float size = (float)m_exp2_wide(y * log2), size_less = (float)m_exp2_wide(((double)y - 1) * log2);
    *power = y == 0 ? 1.0f : a == 1 ? 1.0f : size;
    *less = y == 1 ? 1.0f : a == 1 ? 1.0f : size_less;
    *log = (float)(log2 * 0.69314718055994530942);
}

/* x^y from size = |x|^y, which `odd` exponents give the sign of x: below 0 whole ones alone have a value.
 * The conditions are nested, since gcc leaves loops with mixed masks scalar. */
M_INLINE float m_pow_signed(float x, float y, float size, float odd)
{
    const float with_sign = odd != 0 ? m_copysign(size, x) : size;
    const float whole = m_floor(y) == y ? with_sign : size, none = x == -M_INF_ ? size : M_NAN_;
    return x < 0 ? (m_floor(y) == y ? with_sign : none) : whole;
}

/* x^y, x^(y - 1) and log(x). */
M_INLINE void m_pow_parts(float x, float y, float *power, float *less, float *log)
{
    const float half = 0.5f * y, odd = m_floor(half) == half ? 0.0f : 1.0f;
    const float odd_less = m_abs(y) < 9007199254740992.0f ? 1 - odd : 0.0f;
    float size, size_less, size_log;
    m_power_parts(m_abs(x), y, &size, &size_less, &size_log);
    const float some = m_pow_signed(x, y, size, odd), some_less = m_pow_signed(x, y, size_less, odd_less);
    *power = y == 0 ? 1.0f : x == 1 ? 1.0f : some;
    *less = y == 1 ? 1.0f : x == 1 ? 1.0f : some_less;
    *log = x < 0 ? M_NAN_ : size_log;
}

/* exp(-x^2) and exp(-x^2/2): what the rounding of x^2 lost multiplies the exponential. */
M_INLINE float m_gauss(float x)
{
    const float a = m_abs(x), c = a > 20.0f ? 20.0f : a, h = c * c, e = m_exp(-h);
    return m_fma(e, -m_square_rest(c, h), e);
}

M_INLINE float m_gauss_half(float x)
{
    const float a = m_abs(x), c = a > 20.0f ? 20.0f : a, h = c * c, e = m_exp(-0.5f * h);
    return m_fma(e, -0.5f * m_square_rest(c, h), e);
}

/* (a - k)/(a + k), with d = 1/(a + k); what the division lost is put back. */
M_INLINE float m_turned(float a, float k, float d)
{
    const float q = (a - k) * d;
    return m_fma(d, m_fma(-q, a, m_fma(q + 1, -k, a)), q);
}

/* exp(b^2) erfc(b) (b + 3)/(a + k) for b = 3 a/k from 0 to 10.6, in the variable (b - 3)/(b + 3), which is
 * (a - k)/(a + k), as Shepherd, Laframboise 1981. */
M_INLINE float m_erfc_scaled(float a, float k)
{
    const float c = a > 30.0f ? 30.0f : a, d = 1 / (c + k), t = m_turned(c, k, d);
    return d * M_P9(t, 1.07400692f, -0.88339448f, 0.59022826f, -0.310465872f, 0.119529501f, -0.0268407427f,
        -0.00122892007f, 0.00308124488f, -0.000478514732f, -0.000322897395f);
}

/* erf(x) for |x| <= 1. */
M_INLINE float m_erf_near(float x)
{
    const float w = x * x;
    return m_fma(x, M_P6(w, 0.128379166f, -0.37612626f, 0.112835854f, -0.0268538129f, 0.00518832775f,
        -0.000801019371f, 7.85386146e-05f), x);
}

/* A quotient of polynomials, without the exponential, which the value alone then needs not. */
M_INLINE float m_erf(float x, float *g)
{
    const float a = m_abs(x), c = a > 3.92f ? 3.92f : a, w = c * c;
    const float p = M_P5(w, 0.786275029f, 0.132656798f, 0.0367537737f, 0.00262311264f, 0.000198510636f,
        1.42895124e-06f);
    const float q = M_P5(w, 0.696818113f, 0.34983632f, 0.0795046166f, 0.0104291411f, 0.000809905527f,
        2.65472136e-05f);
    const float f = c * (p / q);
    *g = m_gauss(x);
    return m_copysign(f > 1 ? 1.0f : f, x);
}

M_INLINE float m_erfc(float x, float *g)
{
    const float a = m_abs(x), gauss = m_gauss(x), tail = gauss * m_erfc_scaled(a, 3);
    const float far = x < 0 ? 2 - tail : tail;
    *g = gauss;
    return a < 0.5f ? 1 - m_erf_near(x) : far;
}

/* erfc(-x/sqrt(2))/2, from x itself, since erfc would multiply the rounding of the quotient. */
M_INLINE float m_normal_cdf(float x, float *g)
{
    const float a = m_abs(x), gauss = m_gauss_half(x);
    const float tail = 0.707106781f * gauss * m_erfc_scaled(a, 4.24264069f), far = x > 0 ? 1 - tail : tail;
    *g = gauss;
    return a < 0.7f ? m_fma(0.5f, m_erf_near(0.707106781f * x), 0.5f) : far;
}

/* In the variable (a - 7)/(a + 7), times the decay at infinity. */
M_INLINE float m_i0e(float x)
{
    const float a = m_abs(x), d = 1 / (a + 7), t = m_turned(a, 7, d);
    const float p = M_P17(t, 0.575233936f, -0.312092543f, 0.258517921f, -0.244779065f, 0.253959119f,
        -0.282624543f, 0.317440391f, -0.314543426f, 0.209422573f, -0.00874104816f, -0.130630538f,
        0.0740348026f, 0.0503457934f, -0.0506803542f, -0.0140198134f, 0.0194398053f, 0.00207738252f,
        -0.00341815804f);
    return a == M_INF_ ? 0.0f : m_sqrt(d) * p;
}

M_INLINE float m_i1e(float x)
{
    const float a = m_abs(x), d = 1 / (a + 7), t = m_turned(a, 7, d);
    const float p = M_P17(t, 1.06479514f, -1.462569f, 1.64163363f, -1.66640532f, 1.54162085f, -1.24832344f,
        0.780675173f, -0.218633145f, -0.211034521f, 0.263311714f, -0.0127268443f, -0.141589344f,
        0.0412427075f, 0.0563748218f, -0.0209948085f, -0.0143015487f, 0.00432476308f, 0.00154151698f);
    return m_copysign(a == M_INF_ ? 0.0f : a * d * m_sqrt(d) * p, x);
}

#endif
