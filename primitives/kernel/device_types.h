/* What the mathematics and the programs are to NVRTC, which has neither standard headers nor the names that
   gcc and clang have for what needs no function; it has the functions themselves. */
#ifdef __CUDACC_RTC__
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
#define __builtin_memcpy memcpy
#define __builtin_nan(kind) __longlong_as_double(0x7ff8000000000000LL)
#define __builtin_inf() __longlong_as_double(0x7ff0000000000000LL)
#define __builtin_fabs fabs
#define __builtin_fabsf fabsf
#define __builtin_copysign copysign
#define __builtin_copysignf copysignf
#define __builtin_sqrt sqrt
#define __builtin_sqrtf sqrtf
#define __builtin_rint rint
#define __builtin_rintf rintf
#define __builtin_floor floor
#define __builtin_floorf floorf
#define __builtin_ceil ceil
#define __builtin_ceilf ceilf
#define __builtin_fmaf fmaf
#endif
