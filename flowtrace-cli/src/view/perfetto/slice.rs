//! A call as both formats write it.
use crate::read::{Kind, Outcome, Record};
use crate::text;

/// A call on a track.
#[derive(Clone, Debug)]
pub(super) struct Slice<'a> {
    pub(super) name: &'a str,
    pub(super) at: u64,
    pub(super) input: usize,
    pub(super) thread: u32,
    pub(super) track: Track,
    /// Arrows between threads that begin or end here.
    pub(super) flows: &'a [u64],
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Track {
    /// On that of its thread.
    Thread,
    /// On one of its request.
    Task(u64),
}

/// What is shown of a call when it is picked.
#[derive(Debug, Default)]
pub(super) struct Details(pub(super) Vec<(&'static str, Detail)>);

#[derive(Debug)]
pub(super) enum Detail {
    /// One of few.
    Name(String),
    Text(String),
    /// A value that should be JSON; text where it is not.
    Json(String),
}

impl Details {
    pub(super) fn name(&mut self, key: &'static str, name: &str) {
        self.0.push((key, Detail::Name(name.to_owned())));
    }

    pub(super) fn text(&mut self, key: &'static str, text: &str) {
        self.0.push((key, Detail::Text(text.to_owned())));
    }

    pub(super) fn json(&mut self, key: &'static str, json: &str) {
        self.0.push((key, Detail::Json(json.to_owned())));
    }

    /// How the call ended.
    pub(super) fn end(&mut self, end: &Record<'_>) {
        if let Some(value) = end.value {
            match end.kind {
                Kind::Exception => self.text("exception", &value.decoded()),
                _ => self.json("result", &value.decoded()),
            }
        }
        if end.outcome != Outcome::Returned {
            self.name("outcome", end.outcome.word());
        }
        if let Some(busy) = end.busy {
            self.text("busy", &text::duration(busy));
        }
    }
}
