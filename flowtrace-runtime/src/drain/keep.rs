//! Looks ahead of what is rendered, and has records wait in the ring until it is decided whether they are kept.
//!
//! A record that is left out is marked as dropped where it lies, the last one of its tree first. So order stays as it is,
//! and recovery, which finds a ring half marked, finds trees without their ends but never ends without a tree.
use std::sync::Arc;

use super::decide::{Decider, Seen, Step, Verdict};
use crate::clock;
use crate::record::decode::Cursor;
use crate::record::{Event, flag, kept, kind};
use crate::ring::channel::{Channel, Reader, Record};
use crate::settings::keep::{Keep, KeepNow};

/// Which part of the ring may wait: with more of it, callers begin to render their own records.
const SHARE: u64 = 4;

pub(super) struct Keeper {
    keep: Arc<KeepNow>,
    decider: Decider,
    /// Where the next record stands to look at.
    at: u64,
}

impl Keeper {
    pub(super) fn new(keep: Arc<KeepNow>) -> Self {
        Self { keep, decider: Decider::default(), at: 0 }
    }

    /// Decides what can be decided, and has the reader stop before what can't.
    pub(super) fn look(&mut self, channel: &Channel, reader: &mut Reader) {
        let keep = self.keep.get();
        if keep.is_all() && self.decider.waits_from().is_none() {
            reader.stop_before(u64::MAX);
            return;
        }
        // what nobody could write is not looked at any more
        self.at = self.at.max(reader.at());
        while let Some(record) = reader.peek(channel, self.at) {
            let (seen, next) = (seen(&record), record.next);
            if let Some(verdict) = seen.and_then(|seen| self.decider.see(self.at, seen, keep)) {
                carry_out(&verdict, channel, reader);
            }
            self.at = next;
        }
        while let Some(verdict) = self.overdue(channel, keep) {
            carry_out(&verdict, channel, reader);
        }
        reader.stop_before(self.decider.waits_from().unwrap_or(self.at));
    }

    fn overdue(&mut self, channel: &Channel, keep: Keep) -> Option<Verdict> {
        self.decider.waits_from()?;
        let at_once = if keep.is_all() || channel.is_ending() {
            Some(kept::WANTED)
        } else {
            channel.is_waited_for().then_some(kept::FLUSHED)
        };
        let most = channel.ring().capacity() / SHARE;
        self.decider.overdue(clock::now(), self.at, most, at_once, keep)
    }
}

fn carry_out(verdict: &Verdict, channel: &Channel, reader: &mut Reader) {
    match verdict.kept {
        None => verdict.records.iter().rev().for_each(|at| reader.drop_record(channel, *at)),
        Some(kept::WANTED) => {}
        Some(kept) => {
            if let Some(at) = verdict.records.first() {
                reader.mark(channel, *at, kind::CALL, kept::mark(kept));
            }
        }
    }
}

/// What a record tells of a call; `None` of what is kept in any case.
fn seen(record: &Record<'_>) -> Option<Seen> {
    let is_large = record.is_large;
    if record.kind == kind::LINE {
        return seen_line(record.payload, is_large);
    }
    let (head, more) = Cursor::new(record.payload).head(record.kind)?;
    let failed = head.event == Event::Exception || more.flags & flag::ERROR != 0;
    let step = match head.event {
        Event::Enter => Step::Begins(head.time),
        Event::Exit | Event::Exception => Step::Ends { failed, nanos: head.nanos },
    };
    Some(Seen { trace: head.trace, span: head.span, step, is_large })
}

/// The same of one that its caller has rendered. Inside of a value there is no quote without a backslash before it, so that
/// keys stand nowhere else.
fn seen_line(line: &[u8], is_large: bool) -> Option<Seen> {
    let line = std::str::from_utf8(line).ok()?;
    let behind = |key: &str| line.rfind(key).and_then(|at| line.get(at + key.len()..));
    let number = |key: &str| {
        let text = behind(key)?;
        text.get(..text.find(|c: char| !c.is_ascii_digit())?)?.parse::<u64>().ok()
    };
    let id = |text: &str| u64::from_str_radix(text, 16).ok();
    let trace = behind(",\"traceId\":\"").and_then(|text| id(text.get(16..32)?))?;
    let span = behind(",\"spanId\":\"").and_then(|text| id(text.get(..16)?))?;
    let step = if line.contains(",\"event\":\"ENTER\",") {
        Step::Begins(number("{\"timestamp\":")?.saturating_mul(1_000_000))
    } else {
        let outcome = behind(",\"outcome\":\"").unwrap_or_default();
        let failed = outcome.starts_with("error") || outcome.starts_with("panic");
        Step::Ends { failed, nanos: number(",\"durationNanos\":")? }
    };
    Some(Seen { trace, span, step, is_large })
}

#[cfg(all(test, not(loom)))]
#[path = "keep_tests.rs"]
mod tests;
