//! A trace id in a record: its low half. The high one follows from that and the key of the process that drew it.

/// The high half of a trace id that was drawn in the process with this key.
#[inline]
pub(crate) fn high(low: u64, key: u64) -> u64 {
    mix(low ^ key)
}

/// Sebastiano Vigna's finalizer of `SplitMix64`, a bijection on 64 bits.
#[inline]
pub(crate) fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
