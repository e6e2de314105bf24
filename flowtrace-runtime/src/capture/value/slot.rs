//! A place for one value, and what becomes of one that is cut, fails or panics on its way there.
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::names::Field;
use super::{Stop, Value};
use crate::capture::mask;
use crate::capture::names::{Names, Secrets};
use crate::record::{encode, tag};
use crate::settings::redact::Redact;
use crate::text::Text;

/// A place for values in a record.
pub struct Slot<'a> {
    /// The record.
    pub(crate) out: Text,
    /// How many bytes of JSON a value may have.
    pub(crate) budget: usize,
    pub(crate) redact: &'a Redact,
    /// Secrets are not shown.
    pub(in crate::capture) masks: bool,
    /// A value was cut.
    pub(crate) truncated: bool,
    pub(in crate::capture) known: Known,
}

/// What a thread has found out about names.
pub(in crate::capture) struct Known {
    /// The keys of maps whose values are not shown.
    pub(in crate::capture) secrets: Secrets,
    /// The fields of structs.
    pub(super) fields: Names<Field, 512>,
    /// The types that have a lock in them.
    pub(in crate::capture) locks: Names<bool, 32>,
    /// What `Debug` or `Display` said last.
    pub(super) said: Text,
}

/// A larger buffer is given back to the allocator.
pub(super) const LARGE: usize = 64 * 1024;

impl Known {
    const fn new() -> Self {
        Self { secrets: Secrets::new(), fields: Names::new(), locks: Names::new(), said: Text::new() }
    }
}

impl<'a> Slot<'a> {
    /// A place for values of up to `budget` bytes.
    pub(crate) const fn new(budget: usize, redact: &'a Redact) -> Self {
        Self { out: Text::new(), budget, redact, masks: true, truncated: false, known: Known::new() }
    }

    /// Has `render` write the value, and mends what is cut, fails or panics on the way.
    ///
    /// `dyn`, so that the mending is compiled once and not for every type there is.
    pub(in crate::capture) fn render(&mut self, render: &mut dyn FnMut(&mut Value<'_>) -> Result<(), Stop>) {
        let start = self.out.len();
        let mut value = Value {
            out: &mut self.out,
            start,
            left: self.budget,
            budget: self.budget,
            is_exact: false,
            cut: false,
            depth: 0,
            keys: 0,
            owes_comma: false,
            owes_colon: false,
            events: 0,
            resumed: 0,
            open_keys: Vec::new(),
            plain_text: false,
            raw: false,
            broken: false,
            hides: false,
            is_user: false,
            redact: self.redact,
            masks: self.masks,
            known: &mut self.known,
        };
        // the value is only looked at again from its start, which a panic leaves as it was
        let outcome = catch_unwind(AssertUnwindSafe(|| render(&mut value)));
        match outcome {
            // the value's own code may have swallowed the error
            Ok(_) if value.cut => {
                value.close_cut();
                self.truncated = true;
            }
            Ok(Ok(())) if value.broken => {
                self.replace(start, "<not serializable: its Serialize is broken>");
            }
            Ok(Ok(()) | Err(Stop::Cut)) => value.end(),
            Ok(Err(Stop::Failed(why))) => {
                let mut said = String::from("<not serializable: ");
                if self.masks {
                    let names = (&mut self.known.secrets, self.redact);
                    let _ = mask::mask(&why, false, names, |part| fmt::Write::write_str(&mut said, part));
                } else {
                    said.push_str(&why);
                }
                said.push('>');
                self.replace(start, &said);
            }
            Err(payload) => {
                // dropping it may panic in turn
                std::mem::forget(payload);
                self.replace(start, "<panicked>");
            }
        }
    }

    /// Writes a string, if it fits and has no secret; whether it did.
    #[inline(never)]
    pub(in crate::capture) fn plain_string(&mut self, text: &str) -> bool {
        // the quote that closes is free
        let fits = text.len() < self.budget
            && !(self.masks && mask::has_secret(text, (&mut self.known.secrets, self.redact)));
        if fits {
            encode::string(&mut self.out, text);
        }
        fits
    }

    /// A text that is a value of its own, in no other string: without its secrets, and cut at the budget.
    pub(crate) fn short_text(&mut self, text: &str) {
        let fits = text.floor_char_boundary(self.budget.min(text.len()));
        let cut = fits < text.len();
        let names = (&mut self.known.secrets, self.redact);
        encode::begin_long(&mut self.out, tag::STRING);
        let from = self.out.len();
        let Ok(()) = mask::mask(&text[..fits], cut, names, |part| {
            self.out.push(part.as_bytes());
            Ok::<_, std::convert::Infallible>(())
        });
        if cut {
            self.out.push("…".as_bytes());
            self.truncated = true;
        }
        encode::end_long(&mut self.out, from);
    }

    fn replace(&mut self, start: usize, text: &str) {
        self.out.set_len(start);
        encode::string(&mut self.out, text);
    }
}
