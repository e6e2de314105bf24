//! The calls that the lines tell of: rules 1 and 2. Kept are the open calls, and callers that are waited for.
use std::collections::HashMap;

use super::Breach;
use super::line::{CheckedLine, Event};

/// What a call's two lines have in common.
const COMMON: [&str; 5] = ["module", "function", "type", "traceId", "parentSpanId"];

#[derive(Default)]
pub(super) struct Calls {
    open: HashMap<String, [Option<Box<str>>; 5]>,
    /// Callers that no line has told of yet, and the first line that names each.
    awaited: HashMap<String, u64>,
    begun: u64,
    /// How many lines the program says are missing: they excuse calls without an ENTER.
    lost: u64,
}

impl Calls {
    pub(super) fn begun(&self) -> u64 {
        self.begun
    }

    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// A caller in another file may have any place.
    pub(super) fn new_file(&mut self) {
        self.awaited.clear();
    }

    pub(super) fn take(&mut self, line: &CheckedLine, number: u64, found: &mut Vec<Breach>) {
        if line.event == Event::Lost {
            self.lost = self.lost.saturating_add(line.number("count").unwrap_or_default());
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
            None => {
                let what = "no open call has this `spanId`: it is closed already, or its ENTER does not stand before";
                found.push(Breach::new("rules 1 and 2", what));
            }
        }
    }

    fn enter(&mut self, span: &str, common: [Option<Box<str>>; 5], number: u64, found: &mut Vec<Breach>) {
        self.begun += 1;
        let [.., trace, parent] = &common;
        if let Some(parent) = parent {
            match self.open.get(&**parent) {
                Some([.., callers, _]) if callers != trace => {
                    found.push(Breach::new("keys", "`traceId` is not that of the caller"));
                }
                Some(_) => {}
                None => {
                    self.awaited.entry(parent.to_string()).or_insert(number);
                }
            }
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
