/* Numbers as tensors hold them: `real`, or the upper half of a float, which is bfloat16. */
#ifdef STORED_IS_BFLOAT16
typedef uint16_t stored;

M_INLINE real m_load(stored number) { return m_of_bits((uint32_t)number << 16); }

/* To the nearest, of two as near to the even one; not-a-number stays what it is. */
M_INLINE stored m_store(real number)
{
    const uint32_t bits = m_bits(number);
    return (stored)(number != number ? 0x7fc0u : (bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}
#else
typedef real stored;

M_INLINE real m_load(stored number) { return number; }
M_INLINE stored m_store(real number) { return number; }
#endif
