//! The lines that tests capture, see `testing/`.
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The lines of each running capture.
static LISTENERS: Mutex<BTreeMap<u32, Vec<u8>>> = Mutex::new(BTreeMap::new());

/// Whatever `f` does with them; no capture begins, ends or gets a line meanwhile.
pub(crate) fn listeners<R>(f: impl FnOnce(&mut BTreeMap<u32, Vec<u8>>) -> R) -> R {
    f(&mut LISTENERS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Keeps the captures still, for a fork.
pub(crate) fn hold() -> impl Sized {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a line for a capture; one that came too late is dropped.
pub(crate) fn deliver(listener: u32, line: &[u8]) {
    listeners(|all| {
        if let Some(lines) = all.get_mut(&listener) {
            lines.extend_from_slice(line);
        }
    });
}
