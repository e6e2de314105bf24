//! A block of lines becomes briefs, with the names that they stand for.
use std::sync::{Arc, Mutex};

use super::blocks::Block;
use super::brief::{Brief, By};
use super::line::Line;
use super::record::{Path, Record, Text};
use super::tally::Other;
use super::workers::lock;
use crate::names::Names;

/// What became of a block.
#[derive(Default)]
pub(super) struct Done {
    pub(super) briefs: Vec<Brief>,
    /// How many lines it had.
    pub(super) lines: u64,
    /// Those that are no calls, by their number in the block.
    pub(super) others: Vec<(u64, Other)>,
}

/// A function that reads blocks for one worker; `names` is what all workers share.
pub(super) fn reader(by: By, names: &Arc<Mutex<Names>>) -> impl FnMut(&Block) -> Done + Send + 'static {
    let mut reader = BlockReader { by, shared: Arc::clone(names), known: Names::default(), keys: Vec::new() };
    move |block| reader.read(block.lines())
}

/// Reads blocks, and keeps the names that it has met so that the shared ones are seldom asked.
struct BlockReader {
    by: By,
    shared: Arc<Mutex<Names>>,
    known: Names,
    /// The shared number of each.
    keys: Vec<u32>,
}

impl BlockReader {
    fn read(&mut self, block: &[u8]) -> Done {
        let mut done = Done { briefs: Vec::with_capacity(block.len() / 256), ..Done::default() };
        let mut rest = block;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest);
            let line = &rest[..end.unwrap_or(rest.len())];
            rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            done.lines += 1;
            let read = Line::of(line);
            match &read {
                Line::Call(record) => self.call(record, &mut done),
                Line::LeftOut(_) | Line::Lost(_) => self.ours(&read, &mut done),
                other => {
                    done.others.push((done.lines, Other::of(other, end.is_none())));
                    if let Some(ours) = Line::at_the_end_of(line) {
                        self.ours(&ours, &mut done);
                    }
                }
            }
        }
        done
    }

    #[cold]
    fn ours(&mut self, line: &Line<'_>, done: &mut Done) {
        match line {
            Line::Call(record) => self.call(record, done),
            Line::LeftOut(left_out) => {
                let key = self.key(&left_out.path, left_out.thread);
                done.briefs.push(Brief::of_left_out(left_out, key));
            }
            other => done.others.push((done.lines, Other::of(other, false))),
        }
    }

    fn call(&mut self, record: &Record<'_>, done: &mut Done) {
        let key = self.key(&record.path, record.thread);
        done.briefs.push(Brief::of(record, key));
    }

    fn key(&mut self, path: &Path<'_>, thread: Text<'_>) -> u32 {
        let known = self.by.key(path, thread, &mut self.known) as usize;
        if known == self.keys.len() {
            let key = self.by.key(path, thread, &mut lock(&self.shared));
            self.keys.push(key);
        }
        self.keys[known]
    }
}
