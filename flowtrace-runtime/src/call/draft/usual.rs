//! The short way of usual calls, about which there is nothing out of the ordinary: the same records as [`Draft`] writes of any call.

use super::{Draft, Ending, LARGE};
use crate::call::piece::Piece;
use crate::clock;
use crate::drain::sink::Sink;
use crate::global;
use crate::record::Event;
use crate::ring::NOTHING_LATE;
use crate::thread::local::{Announced, Local};
use crate::thread::state::{self, ENDED, INCOMPLETE};

impl Draft {
    /// Writes the ENTER of a call that was announced.
    #[inline(always)]
    pub(crate) fn enter_announced(local: &Local, announced: Announced, args: &[&dyn Piece]) {
        let mut draft = local.begin_usual_draft();
        draft.renew_usual();
        let (callsite, self_type) = announced;
        local.push_announced(announced, |frame| draft.head(frame.head, frame, Event::Enter, None));
        if !self_type.is_empty() {
            draft.more(self_type, local.label(), None);
        }
        draft.arguments(callsite, args);
        let start = match draft.usual_sink() {
            Some(sink) => draft.push_enter(sink),
            None => draft.finish_elsewhere(true),
        };
        local.start(if start == 0 { clock::read().mono } else { start });
        draft.put_back_usual(local, false);
    }

    /// Writes the EXIT of the call that made the stack of frames `depth` high, if it is a usual one; false if it is not, and then
    /// nothing was done.
    #[inline(always)]
    pub(crate) fn exit_usual(
        local: &Local,
        depth: usize,
        at: clock::Time,
        outcome: u32,
        result: Option<&dyn Piece>,
    ) -> bool {
        let nested = local.begin_capturing();
        let mut draft = local.begin_usual_draft();
        let self_type = local.take_usual(depth, |frame| {
            draft.renew_usual();
            draft.head(frame.head, frame, Event::Exit, Some(at));
            frame.self_type
        });
        if let Some(self_type) = self_type {
            if outcome != 0 || !self_type.is_empty() {
                let ending = Ending { event: Event::Exit, at, outcome, busy: None };
                draft.more(self_type, local.label(), Some(&ending));
            }
            match result {
                Some(result) => result.write(&mut draft.slot),
                None => draft.absent(),
            }
            match draft.usual_sink() {
                Some(sink) => sink.push(draft.kind, draft.slot.out.as_bytes(), NOTHING_LATE),
                None => _ = draft.finish_elsewhere(false),
            }
        }
        draft.put_back_usual(local, nested);
        self_type.is_some()
    }

    /// Forgets the record before.
    #[inline(always)]
    pub(super) fn renew_usual(&mut self) {
        self.slot.truncated = false;
        self.slot.out.set_len(0);
        // another one in the child of a fork
        if self.generation != global::generation() {
            self.look_around();
        }
    }

    /// Where the record goes as it is; `None` if there is something out of the ordinary about it after all.
    #[inline(always)]
    pub(super) fn usual_sink(&self) -> Option<&'static Sink> {
        // a value's own code may have forked, and this be the child
        if self.slot.truncated || state::is(ENDED | INCOMPLETE) || self.generation != global::generation() {
            return None;
        }
        self.sink.filter(|sink| !sink.is_crowded())
    }

    #[inline(always)]
    pub(super) fn put_back_usual(mut self: Box<Self>, local: &Local, nested: bool) {
        if self.slot.out.room() > LARGE {
            self.shrink();
        }
        local.end_draft(nested, self);
    }
}
