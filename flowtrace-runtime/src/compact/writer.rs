//! Makes blocks of a ring's records, each with what the file does not know yet of their dictionary.
use super::Compression;
use super::block::{Contents, HEADER};
use crate::ring::note::Place;

/// What is known from one block to the next.
pub(crate) struct Writer {
    compression: Compression,
    session: u64,
    /// All of the dictionary.
    definitions: Vec<u8>,
    /// How much of it the file has.
    told: usize,
    /// Where the file is to end.
    end: Option<Place>,
    block: Vec<u8>,
}

impl Writer {
    /// Of the records of the ring with this key.
    pub(crate) fn new(compression: Compression, session: u64) -> Self {
        Self { compression, session, definitions: Vec::new(), told: 0, end: None, block: Vec::new() }
    }

    /// Has `define` append to what is known of the dictionary, whose bytes up to the given length are.
    pub(crate) fn learn(&mut self, define: impl FnOnce(u64, &mut Vec<u8>)) {
        define(self.definitions.len() as u64, &mut self.definitions);
    }

    /// How many bytes a block at `place` has beside its records; with `None`, in the file that the last one went to.
    pub(crate) fn overhead(&self, place: Option<Place>) -> usize {
        HEADER + self.definitions.len() - if self.goes_on(place) { self.told } else { 0 }
    }

    /// Whether the file that ends at `place` has what the last blocks had.
    fn goes_on(&self, place: Option<Place>) -> bool {
        match (place, self.end) {
            (Some(place), Some(end)) => place.is_in(end) && place.offset >= end.offset,
            (place, _) => place.is_none(),
        }
    }

    /// Makes a block of `count` records, behind which the ring goes on at `next`. A file that begins at `place`, or was cut
    /// there, gets all of the dictionary.
    pub(crate) fn block(&mut self, records: &[u8], count: usize, next: u64, place: Option<Place>) -> &[u8] {
        if !self.goes_on(place) {
            self.told = 0;
        }
        let definitions = &self.definitions[self.told..];
        self.block.clear();
        let contents = Contents { session: self.session, next, definitions, records, count };
        contents.write(self.compression, &mut self.block);
        self.end = place;
        &self.block
    }

    /// The block that was made last.
    pub(crate) fn last(&self) -> &[u8] {
        &self.block
    }

    /// The block that was made last is written.
    pub(crate) fn written(&mut self) {
        self.told = self.definitions.len();
        if let Some(end) = &mut self.end {
            end.offset += self.block.len() as u64;
        }
    }
}
