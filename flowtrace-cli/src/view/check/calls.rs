//! The calls that the lines tell of: rules 1 and 2. Kept are the open calls, and callers that are waited for.
use std::collections::HashMap;
use std::path::PathBuf;

use super::Breach;
use super::line::{CheckedLine, Event};
use super::rotation::Place;

/// Nanoseconds by which lines may stand in another order than their times: a thread may be held up between reading the
/// clock and handing its line over.
const DISORDER: u64 = 1_000_000_000;

/// What a call's two lines have in common.
const COMMON: [&str; 5] = ["module", "function", "type", "traceId", "parentSpanId"];

#[derive(Default)]
pub(super) struct Calls {
    open: HashMap<String, [Option<Box<str>>; 5]>,
    /// Callers that no line has told of yet, and the first line that names each.
    awaited: HashMap<String, u64>,
    begun: u64,
    left_out: u64,
    /// How many lines the program says are missing: they excuse calls without an ENTER.
    lost: u64,
    /// The file before those that are read of a rotation.
    pub(super) unread: Option<PathBuf>,
    /// When the first line of the rotation was written, once it is known.
    first: Option<u64>,
    /// How many calls ended that began in a file that is not read.
    pub(super) earlier: u64,
}

impl Calls {
    pub(super) fn begun(&self) -> u64 {
        self.begun
    }

    /// How many calls the lines count that have none.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// A caller in another file may have any place.
    pub(super) fn new_file(&mut self, place: &Place) {
        self.awaited.clear();
        let unread = match place {
            Place::Later => return,
            Place::Oldest => None,
            Place::After(before) => Some(before.clone()),
        };
        (self.unread, self.first) = (unread, None);
    }

    pub(super) fn take(&mut self, line: &CheckedLine, number: u64, found: &mut Vec<Breach>) {
        let at = line.at();
        self.first = self.first.or(at);
        if line.event == Event::Lost {
            self.lost = self.lost.saturating_add(line.number("count").unwrap_or_default());
            return;
        }
        if line.event == Event::Count {
            self.left_out = self.left_out.saturating_add(line.number("count").unwrap_or_default());
            if let Some(parent) = line.text("parentSpanId") {
                self.caller(parent, line.text("traceId"), number, found);
            }
            return;
        }
        // a missing id was told already
        let Some(span) = line.text("spanId") else { return };
        let common = COMMON.map(|key| line.text(key).map(Box::from));
        if line.event == Event::Enter {
            self.enter(span, common, number, found);
            return;
        }
        match self.open.remove(span) {
            Some(enter) => {
                for ((key, entered), closed) in COMMON.iter().zip(&enter).zip(&common) {
                    if entered != closed {
                        found.push(Breach::new("rule 1", format!("`{key}` is not that of the call's ENTER")));
                    }
                }
            }
            None if self.lost > 0 => {}
            None if self.began_earlier(at, line.number("durationNanos")) => self.earlier += 1,
            None => {
                let what = "no open call has this `spanId`: it is closed already, or its ENTER does not stand before";
                found.push(Breach::new("rules 1 and 2", what));
            }
        }
    }

    /// Whether a call that ended after so many nanoseconds began in a file that is not read.
    fn began_earlier(&self, at: Option<u64>, duration: Option<u64>) -> bool {
        let (Some(at), Some(duration), Some(first)) = (at, duration, self.first) else { return false };
        self.unread.is_some() && at.saturating_sub(duration) <= first.saturating_add(DISORDER)
    }

    /// Holds a call of `trace` on line `number` against its caller.
    fn caller(&mut self, parent: &str, trace: Option<&str>, number: u64, found: &mut Vec<Breach>) {
        match self.open.get(parent) {
            Some([.., callers, _]) if callers.as_deref() != trace => {
                found.push(Breach::new("keys", "`traceId` is not that of the caller"));
            }
            Some(_) => {}
            None => {
                self.awaited.entry(parent.to_owned()).or_insert(number);
            }
        }
    }

    fn enter(&mut self, span: &str, common: [Option<Box<str>>; 5], number: u64, found: &mut Vec<Breach>) {
        self.begun += 1;
        let [.., trace, parent] = &common;
        if let Some(parent) = parent {
            self.caller(parent, trace.as_deref(), number, found);
        }
        if let Some(before) = self.awaited.remove(span) {
            let what = format!("the caller's ENTER does not stand before, but on line {number}");
            found.push(Breach { line: Some(before), rule: "rule 2", what });
        }
        if self.open.insert(span.to_owned(), common).is_some() {
            found.push(Breach::new("rule 1", "an open call has this `spanId` already"));
        }
    }
}
