//! `memory.rs` for loom: every word, and every byte of the dictionary, an atomic that it can watch.
#![allow(unsafe_code)]

use std::ops::Range;

use loom::sync::atomic::AtomicU8;

use crate::ring::Control;
use crate::ring::header::WORD;
use crate::ring::sync::{AtomicU64, Ordering};

pub(crate) const HEADER: u64 = 4096;

pub(crate) const fn dictionary(_: u64) -> u64 {
    4
}

pub(crate) const fn len(capacity: u64) -> u64 {
    HEADER + dictionary(capacity) + capacity
}

pub(crate) struct Memory {
    control: Control,
    dictionary: Vec<AtomicU8>,
    words: Vec<AtomicU64>,
}

impl Memory {
    pub(crate) fn anonymous(capacity: u64) -> std::io::Result<Self> {
        let words = (0..capacity / WORD).map(|_| AtomicU64::new(0)).collect();
        let dictionary = (0..dictionary(capacity)).map(|_| AtomicU8::new(0)).collect();
        Ok(Self { control: Control::new(), dictionary, words })
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

    pub(crate) fn place(&self, at: u64, size: u64) -> Option<Place<'_>> {
        let until_wrap = self.capacity() - at % self.capacity();
        (size <= until_wrap).then_some(Place { memory: self, at })
    }

    pub(crate) unsafe fn put(&self, at: u64, payload: &[u8]) {
        for (place, chunk) in (at..).step_by(8).zip(payload.chunks(8)) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(place).store(u64::from_ne_bytes(word), Ordering::Relaxed);
        }
    }

    pub(crate) unsafe fn get<'a>(&'a self, at: u64, len: u64, wrapped: &'a mut Vec<u8>) -> &'a [u8] {
        wrapped.clear();
        for place in (at..at + len).step_by(8) {
            wrapped.extend_from_slice(&self.word(place).load(Ordering::Relaxed).to_ne_bytes());
        }
        wrapped
    }

    pub(crate) unsafe fn define(&self, at: u64, definition: &[u8]) {
        let places = &self.dictionary[usize::try_from(at).unwrap()..];
        places.iter().zip(definition).for_each(|(place, byte)| place.store(*byte, Ordering::Relaxed));
    }

    pub(crate) unsafe fn definitions(&self, place: Range<u64>, out: &mut Vec<u8>) {
        let place = usize::try_from(place.start).unwrap()..usize::try_from(place.end).unwrap();
        out.extend(self.dictionary[place].iter().map(|byte| byte.load(Ordering::Relaxed)));
    }
}

pub(crate) struct Place<'m> {
    memory: &'m Memory,
    at: u64,
}

impl Place<'_> {
    pub(crate) unsafe fn put(&self, payload: &[u8]) {
        // SAFETY: the caller's.
        unsafe { self.memory.put(self.at + WORD, payload) };
    }

    pub(crate) unsafe fn word(&self, before: u64) -> &AtomicU64 {
        self.memory.word(self.at + before)
    }
}
