//! The fuzzer's way in: a ring that somebody has changed at some places, or bytes that never were one.
use super::*;
use crate::memory::Memory;
use crate::ring::Ring;

const CAPACITY: u64 = 1024;

/// Whatever the bytes of a ring are, nothing panics and no line is broken. Each four bytes of `changes` are a place
/// and what is added to the word there; an odd first byte takes the rest as a ring of its own.
pub fn fuzz(changes: &[u8]) {
    let Some((first, rest)) = changes.split_first() else { return };
    if first % 2 == 1 {
        return hold(rest);
    }
    let mut ring = a_ring(u64::from(*first));
    for change in rest.chunks_exact(4) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % ring.len();
        ring[at] = ring[at].wrapping_add(change[2]);
        ring[at ^ 1] ^= change[3];
    }
    hold(&ring);
}

fn hold(ring: &[u8]) {
    let left = scan(ring).unwrap_or_default();
    assert!(left.lines.split_inclusive(|byte| *byte == b'\n').all(is_line));
    for at in [0, left.lines.len() / 2, left.lines.len()] {
        assert_eq!(written(&left.lines[..at], &left.lines), at);
    }
}

/// As it may be found after `calls` lines.
fn a_ring(calls: u64) -> Vec<u8> {
    let ring = Ring::new(Memory::anonymous(CAPACITY).expect("memory"));
    for n in 0..calls {
        let line = format!("{{\"timestamp\":{n},\"pad\":\"{}\"}}\n", "x".repeat((n % 13) as usize));
        let claim = ring.claim(Ring::size(line.len()));
        while !ring.has_room(claim) {
            ring.free(ring.head() + ring.record(ring.head()).map_or(0, |record| record.size()));
        }
        if n % 7 != 6 || n < calls / 2 {
            ring.commit(claim, line.as_bytes());
        }
        if n % 7 == 6 && n >= calls / 2 {
            break;
        }
    }
    let path = PathBuf::from("/t.jsonl");
    let identity = Identity { template: path.clone(), output: path, started: 1, capacity: CAPACITY };
    let mut bytes = identity.encode().expect("a short path");
    for (at, number) in [
        (std::mem::offset_of!(Control, tail), ring.tail()),
        (std::mem::offset_of!(Control, head), ring.head()),
    ] {
        bytes[at..at + 8].copy_from_slice(&number.to_ne_bytes());
    }
    ring.copy_out(&mut bytes);
    bytes
}
