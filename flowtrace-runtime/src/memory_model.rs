//! `memory.rs` for loom: every word an atomic that it can watch.
use crate::ring::{Control, WORD};
use crate::sync::{AtomicU64, Ordering};

pub(crate) const HEADER: u64 = 4096;

pub(crate) struct Memory {
    control: Control,
    words: Vec<AtomicU64>,
}

impl Memory {
    pub(crate) fn anonymous(capacity: u64) -> std::io::Result<Self> {
        let words = (0..capacity / WORD).map(|_| AtomicU64::new(0)).collect();
        Ok(Self { control: Control::new(), words })
    }

    pub(crate) fn of_file(_: &std::fs::File, capacity: u64) -> std::io::Result<Self> {
        Self::anonymous(capacity)
    }

    pub(crate) fn leave_to_parent(&self) {}

    pub(crate) fn capacity(&self) -> u64 {
        self.words.len() as u64 * WORD
    }

    pub(crate) fn control(&self) -> &Control {
        &self.control
    }

    pub(crate) fn word(&self, at: u64) -> &AtomicU64 {
        &self.words[usize::try_from(at / WORD).unwrap() % self.words.len()]
    }

    pub(crate) fn put(&self, at: u64, line: &[u8]) {
        for (place, chunk) in (at..).step_by(8).zip(line.chunks(8)) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(place).store(u64::from_ne_bytes(word), Ordering::Relaxed);
        }
    }

    pub(crate) fn get(&self, at: u64, len: usize, out: &mut Vec<u8>) {
        let from = out.len();
        for place in (at..).step_by(8).take(len.div_ceil(8)) {
            out.extend_from_slice(&self.word(place).load(Ordering::Relaxed).to_ne_bytes());
        }
        out.truncate(from + len);
    }
}
