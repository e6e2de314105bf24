//! The fuzzer's way in: a ring that somebody has changed at some places, or bytes that never were one.
use std::path::PathBuf;

use super::scan::{is_line, scan};
use crate::file::asked::Asked;
use crate::file::format::Format;
use crate::record::kind::LINE;
use crate::ring::channel::Channel;
use crate::ring::file::Identity;
use crate::ring::memory::{self, Memory};
use crate::ring::{Control, NOTHING_LATE, Ring};
use crate::settings::config::OnFull;

const CAPACITY: u64 = 1024;
const KEY: u64 = 0x0123_4567_89ab_cdef;

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
    let Some(mut left) = scan(ring) else { return };
    // a changed name may be that of a compact file
    if left.format == Format::Blocks {
        return;
    }
    assert!(left.text().split_inclusive(|byte| *byte == b'\n').all(is_line));
    while !left.pieces().is_empty() {
        let count = left.pieces().len().div_ceil(2);
        left.advance(count);
        let lines = left.text().iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(lines, left.pieces().len());
    }
    assert_eq!(left.state.head, left.state.tail);
}

/// As it may be found after `calls` lines.
fn a_ring(calls: u64) -> Vec<u8> {
    let (channel, mut reader) =
        Channel::new(Ring::new(Memory::anonymous(CAPACITY).expect("memory"), KEY), OnFull::Drop);
    let ring = channel.ring();
    for n in 0..calls {
        let line = format!("{{\"timestamp\":{n},\"pad\":\"{}\"}}\n", "x".repeat((n % 13) as usize));
        let size = Ring::size(line.len());
        let room = loop {
            if let Some(room) = ring.try_claim(size) {
                break room;
            }
            let (_, next) = reader.skip(&channel).expect("a full ring has records");
            reader.free(&channel, next);
        };
        // torn
        if n % 7 == 6 && n >= calls / 2 {
            break;
        }
        ring.commit(room, LINE, line.as_bytes(), NOTHING_LATE);
    }
    ring.define(b"whatever");
    let path = PathBuf::from("/t.jsonl");
    let asked = Asked { path: path.clone(), resolved: path.clone() };
    let identity = Identity { asked, output: path, started: 1, process: 1, capacity: CAPACITY, key: KEY };
    let mut bytes = identity.encode().expect("a short path");
    for (at, number) in [
        (std::mem::offset_of!(Control, tail), ring.tail()),
        (std::mem::offset_of!(Control, head), ring.head()),
        (std::mem::offset_of!(Control, defined), 8),
    ] {
        bytes[at..at + 8].copy_from_slice(&number.to_ne_bytes());
    }
    ring.definitions(0, &mut bytes);
    bytes.resize(memory::len(0) as usize, 0);
    ring.copy_out(&mut bytes);
    bytes
}
