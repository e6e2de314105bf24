//! A value that may not fit its budget: JSON, of which each byte is counted, so that it is cut just where the budget ends.
use super::{Stop, Value};
use crate::capture::mask;
use crate::record::decode::Cursor;
use crate::record::{encode, tag};
use crate::render::value::{FieldNames, Values, quote_since};
use crate::text::json::{self, QUOTE};

/// The names of the process.
pub(in crate::capture) struct Ours;

impl FieldNames for Ours {
    fn name(&self, number: u16) -> Option<&str> {
        crate::global::dictionary::name(number)
    }
}

impl Value<'_> {
    /// Renders what was written so far.
    #[cold]
    pub(super) fn make_exact(&mut self) {
        if std::mem::replace(&mut self.is_exact, true) {
            return;
        }
        let tree = self.out.as_bytes()[self.start..].to_vec();
        self.out.set_len(self.start);
        encode::begin_long(self.out, tag::DONE);
        self.start = self.out.len();
        let mut values = Values::new(&Ours, self.out);
        let mut from = Cursor::new(&tree);
        // it ends where the tree does
        let _ = values.value(&mut from);
        let (spent, mut open_keys) = (values.spent, values.open_keys);
        open_keys.reverse();
        self.left = self.budget.saturating_sub(spent);
        self.open_keys = open_keys;
    }

    /// JSON of the tracer's own making: punctuation, floats, `null`. It has no quotes.
    #[inline]
    pub(super) fn json(&mut self, json: &str) -> Result<(), Stop> {
        self.spend(json.len())?;
        self.out.push(json.as_bytes());
        Ok(())
    }

    pub(super) fn exact_number(&mut self, number: u64) -> Result<(), Stop> {
        self.json(itoa::Buffer::new().format(number))
    }

    pub(super) fn exact_float<F: zmij::Float>(&mut self, number: F, wide: f64) -> Result<(), Stop> {
        if wide.is_finite() {
            self.json(zmij::Buffer::new().format_finite(number))
        } else {
            // JSON has no word for these, and a reader wants to see them
            self.exact_string(if wide.is_nan() {
                "NaN"
            } else if wide > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            })
        }
    }

    pub(super) fn begin_string(&mut self) -> Result<(), Stop> {
        self.spend(1)?;
        self.plain_text |= self.out.len() == self.start;
        self.out.literal(QUOTE);
        Ok(())
    }

    pub(super) fn end_string(&mut self) {
        // the quote that closes is free, so that what fits to the byte is not cut
        self.out.literal(QUOTE);
    }

    /// A string without its secrets, as much of it as fits.
    pub(super) fn exact_string(&mut self, text: &str) -> Result<(), Stop> {
        if text.len() < self.left && !self.has_secret(text) {
            return self.whole_string(text);
        }
        self.begin_string()?;
        let fits = text.floor_char_boundary(self.left.min(text.len()));
        self.masked(&text[..fits], fits < text.len())?;
        self.end_string();
        Ok(())
    }

    /// A string of the tracer's own making.
    pub(super) fn whole_string(&mut self, text: &str) -> Result<(), Stop> {
        self.spend(text.len() + 1)?;
        self.plain_text |= self.out.len() == self.start;
        json::quote(text, self.out);
        Ok(())
    }

    /// The front of a string, or all of it, without its secrets.
    pub(super) fn masked(&mut self, text: &str, cut: bool) -> Result<(), Stop> {
        if !self.masks {
            self.escaped(text, 2)?;
            return if cut { self.cut() } else { Ok(()) };
        }
        let Self { out, left, redact, known, .. } = self;
        let mut fits = true;
        let done = mask::mask(text, cut, (&mut known.secrets, redact), |part| {
            let end = part.floor_char_boundary((*left).min(part.len()));
            json::escape_deep(&part[..end], 2, out);
            *left -= end;
            fits = end == part.len();
            if fits { Ok(()) } else { Err(()) }
        });
        if done.is_err() || cut { self.cut() } else { Ok(()) }
    }

    /// As much of a text as fits, escaped `depth` times over.
    pub(super) fn escaped(&mut self, text: &str, depth: u32) -> Result<(), Stop> {
        let fits = text.floor_char_boundary(self.left.min(text.len()));
        json::escape_deep(&text[..fits], depth, self.out);
        self.left -= fits;
        if fits < text.len() { self.cut() } else { Ok(()) }
    }

    /// Counts bytes of JSON, if they fit.
    #[inline]
    fn spend(&mut self, bytes: usize) -> Result<(), Stop> {
        if bytes > self.left {
            return self.cut();
        }
        self.left -= bytes;
        Ok(())
    }

    #[cold]
    pub(super) fn cut(&mut self) -> Result<(), Stop> {
        self.left = 0;
        self.cut = true;
        Err(Stop::Cut)
    }

    /// Makes what was written since `from` a string, if it is none: JSON has no other keys.
    pub(super) fn exact_end_key(&mut self, from: usize) {
        if !self.out.as_bytes()[from..].starts_with(QUOTE) {
            quote_since(self.out, from, "");
        }
    }

    pub(super) fn close_cut(&mut self) {
        if self.plain_text {
            self.out.push("…\\\"".as_bytes());
        } else {
            quote_since(self.out, self.start, "…");
        }
        encode::end_long(self.out, self.start);
    }
}
