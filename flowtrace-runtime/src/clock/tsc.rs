//! The processor's time stamp counter, where it can be trusted. An island of `unsafe`.
//!
//! Invariant
//! 1. `rdtsc`, `lfence` and `cpuid` touch no memory, and every x86-64 processor has them. Where a program is forbidden `rdtsc`
//!    (`prctl(PR_SET_TSC)`), it is so before the first traced call or not at all.
#![allow(unsafe_code)]

use crate::os;

/// The counter; 0 where there is none. A processor may read it while it still waits for what another thread has
/// written, and so tell a time that is some hundred nanoseconds before it; to prevent that would double the cost.
#[inline]
pub(super) fn read() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: invariant 1.
    return unsafe { core::arch::x86_64::_rdtsc() };
    #[cfg(not(target_arch = "x86_64"))]
    return 0;
}

/// Has the next [`read`] wait until all that was asked of memory is there.
#[cfg(test)]
pub(super) fn settle() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: invariant 1.
    unsafe {
        core::arch::x86_64::_mm_lfence();
    }
}

/// Whether the counter goes at one rate, on all processors alike: the processor says that it is invariant, and the
/// system has found nothing against it, so that its own clock is built on it.
pub(super) fn is_usable() -> bool {
    is_invariant() && os::trusts_counter()
}

#[cfg(target_arch = "x86_64")]
fn is_invariant() -> bool {
    #[allow(unused_unsafe, reason = "safe from Rust 1.94 on")]
    // SAFETY: invariant 1.
    let leaf = |leaf| unsafe { core::arch::x86_64::__cpuid(leaf) };
    leaf(0x8000_0000).eax >= 0x8000_0007 && leaf(0x8000_0007).edx & 1 << 8 != 0
}

#[cfg(not(target_arch = "x86_64"))]
fn is_invariant() -> bool {
    false
}
