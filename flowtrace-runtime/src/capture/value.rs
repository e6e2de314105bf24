//! Where one value is written: within its byte budget, and whatever the value's own code does.
mod say;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::json::{self, QUOTE};
use super::mask::{self, REDACTED};
use crate::names::{Names, Secrets};
use crate::redact::Redact;
use crate::text::Text;

/// How deep a value may nest before it is cut; a value that contains itself is not followed for ever.
const MAX_DEPTH: u32 = 128;

/// A place for one value, inside of a JSON string.
pub struct Slot<'a> {
    pub(crate) out: &'a mut Text,
    pub(crate) budget: usize,
    pub(crate) redact: &'a Redact,
    /// Secrets are not shown.
    pub(crate) masks: bool,
    pub(crate) known: &'a mut Known,
    /// A value was cut.
    pub(crate) truncated: &'a mut bool,
}

/// What a thread has found out about names.
pub(crate) struct Known {
    /// The keys of maps whose values are not shown.
    pub(super) secrets: Secrets,
    /// The fields of structs.
    fields: Names<Field, 128>,
    /// The types that have a lock in them.
    pub(super) locks: Names<bool, 32>,
    /// What `Debug` or `Display` said last.
    said: Text,
}

/// What is known of a field by its name.
#[derive(Clone, Copy)]
pub(super) struct Field {
    /// Its value is not to be shown.
    pub(super) secret: bool,
    /// Its name is short, and stands for itself in JSON.
    plain: bool,
}

/// As long as a name is that is written in one go.
const SHORT: usize = 32;

/// A larger buffer is given back to the allocator.
const LARGE: usize = 64 * 1024;

impl Known {
    pub(crate) const fn new() -> Self {
        Self { secrets: Secrets::new(), fields: Names::new(), locks: Names::new(), said: Text::new() }
    }
}

impl Slot<'_> {
    /// Has `render` write the value, and mends what is cut, fails or panics on the way.
    ///
    /// `dyn`, so that the mending is compiled once and not for every type there is.
    pub(super) fn render(&mut self, render: &mut dyn FnMut(&mut Value<'_>) -> Result<(), Stop>) {
        let start = self.out.len();
        let mut value = Value {
            out: self.out,
            start,
            left: self.budget,
            cut: false,
            depth: 0,
            plain_text: false,
            raw: false,
            broken: false,
            hides: false,
            redact: self.redact,
            masks: self.masks,
            known: self.known,
        };
        // the value is only looked at again from its start, which a panic leaves as it was
        let outcome = catch_unwind(AssertUnwindSafe(|| render(&mut value)));
        match outcome {
            // the value's own code may have swallowed the error
            Ok(_) if value.cut => {
                value.close_cut();
                *self.truncated = true;
            }
            Ok(Ok(())) if value.broken => {
                self.replace(start, "<not serializable: its Serialize is broken>");
            }
            Ok(Ok(()) | Err(Stop::Cut)) => {}
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

    /// A text, whatever the budget is, in place of a value.
    #[inline]
    pub(crate) fn text(&mut self, text: &str) {
        json::quote(text, self.out);
    }

    /// Whether a text has a secret in it.
    #[inline]
    pub(super) fn has_secret(&mut self, text: &str) -> bool {
        !mask::is_plain(text) && self.masks && mask::has_secret(text, (&mut self.known.secrets, self.redact))
    }

    /// A text that is a value of its own, in no other string: without its secrets, and cut at the budget.
    pub(crate) fn short_text(&mut self, text: &str) {
        let fits = text.floor_char_boundary(self.budget.min(text.len()));
        let cut = fits < text.len();
        let names = (&mut self.known.secrets, self.redact);
        let Ok(()) = mask::mask(&text[..fits], cut, names, |part| {
            json::escape(part, self.out);
            Ok::<_, std::convert::Infallible>(())
        });
        if cut {
            self.out.push("…".as_bytes());
            *self.truncated = true;
        }
    }

    fn replace(&mut self, start: usize, text: &str) {
        self.out.set_len(start);
        self.text(text);
    }
}

/// Why the rendering of a value ended early.
#[derive(Debug)]
pub(super) enum Stop {
    /// The budget is used up.
    Cut,
    /// The value's own code says so.
    Failed(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => f.write_str("too long to be traced whole"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Stop {}

/// A value being written.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Value<'a> {
    out: &'a mut Text,
    /// Where in `out` it begins.
    start: usize,
    /// Bytes of JSON it may still have.
    left: usize,
    /// It was used up; nothing is written any more.
    cut: bool,
    depth: u32,
    /// All of the value is one string, begun at `start`.
    plain_text: bool,
    /// The next string is JSON to be taken as it is.
    pub(super) raw: bool,
    /// The value's own code has left the JSON half done, whatever it says in the end.
    pub(super) broken: bool,
    /// No text, list or map is shown that is the next value.
    pub(super) hides: bool,
    redact: &'a Redact,
    masks: bool,
    known: &'a mut Known,
}

impl Value<'_> {
    /// JSON of the tracer's own making: punctuation, floats, `null`. It has no quotes.
    #[inline]
    pub(super) fn json(&mut self, json: &str) -> Result<(), Stop> {
        self.spend(json.len())?;
        self.out.push(json.as_bytes());
        Ok(())
    }

    /// A number.
    #[inline]
    pub(super) fn number(&mut self, number: u64) -> Result<(), Stop> {
        let from = self.out.len();
        self.out.number(number);
        let len = self.out.len() - from;
        if len > self.left {
            self.out.set_len(from);
        }
        self.spend(len)
    }

    #[inline]
    pub(super) fn begin_string(&mut self) -> Result<(), Stop> {
        self.spend(1)?;
        self.plain_text |= self.out.len() == self.start;
        self.out.literal(QUOTE);
        Ok(())
    }

    #[inline]
    pub(super) fn end_string(&mut self) {
        // the quote that closes is free, so that what fits to the byte is not cut
        self.out.literal(QUOTE);
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

    /// Writes the name of a field, up to its colon, behind a comma unless it is the `first`.
    #[inline]
    pub(super) fn field(&mut self, name: &'static str, first: bool) -> Result<Field, Stop> {
        let field = self.find_out(name);
        let spent = name.len() + 2 + usize::from(!first);
        if field.plain && spent < self.left {
            self.left -= spent;
            self.out.write::<{ SHORT + 8 }>(|pen| {
                if !first {
                    pen.literal(b",");
                }
                pen.literal(QUOTE);
                pen.bytes(name.as_bytes());
                pen.literal(b"\\\":");
            });
            return Ok(field);
        }
        if !first {
            self.json(",")?;
        }
        self.string(name)?;
        self.json(":")?;
        Ok(field)
    }

    #[inline]
    fn find_out(&mut self, name: &'static str) -> Field {
        let (redact, secrets) = (self.redact, &mut self.known.secrets);
        let mut field = self.known.fields.get(name, |name| Field {
            secret: secrets.contain(name, redact),
            plain: name.len() <= SHORT && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_'),
        });
        field.secret &= self.masks;
        field
    }

    /// Whether the value of a type, a variant or a field called so is not to be shown.
    #[inline]
    pub(super) fn is_secret(&mut self, name: &'static str) -> bool {
        self.find_out(name).secret
    }

    /// Whether the value of a key is not to be shown.
    pub(super) fn is_secret_key(&mut self, name: &str) -> bool {
        self.masks && self.known.secrets.contain(name, self.redact)
    }

    /// A whole string without its secrets, as much of it as fits.
    #[inline]
    pub(super) fn string(&mut self, text: &str) -> Result<(), Stop> {
        if text.len() < self.left && (mask::is_plain(text) || !self.has_secret(text)) {
            return self.whole_string(text);
        }
        self.begin_string()?;
        let fits = text.floor_char_boundary(self.left.min(text.len()));
        self.masked(&text[..fits], fits < text.len())?;
        self.end_string();
        Ok(())
    }

    /// A string of the tracer's own making.
    #[inline]
    pub(super) fn whole_string(&mut self, text: &str) -> Result<(), Stop> {
        self.spend(text.len() + 1)?;
        self.plain_text |= self.out.len() == self.start;
        json::quote(text, self.out);
        Ok(())
    }

    /// Stands in place of a secret.
    pub(super) fn redacted(&mut self) -> Result<(), Stop> {
        self.whole_string(REDACTED)
    }

    pub(super) fn has_secret(&mut self, text: &str) -> bool {
        self.masks && mask::has_secret(text, (&mut self.known.secrets, self.redact))
    }

    /// The front of a string, or all of it, without its secrets.
    fn masked(&mut self, text: &str, cut: bool) -> Result<(), Stop> {
        if !self.masks {
            self.text(text)?;
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

    /// A part of a string, as much of it as fits.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Stop> {
        self.escaped(text, 2)
    }

    /// JSON that comes from the value, as much of it as fits.
    pub(super) fn raw_json(&mut self, text: &str) -> Result<(), Stop> {
        self.escaped(text, 1)
    }

    fn escaped(&mut self, text: &str, depth: u32) -> Result<(), Stop> {
        let fits = text.floor_char_boundary(self.left.min(text.len()));
        json::escape_deep(&text[..fits], depth, self.out);
        self.left -= fits;
        if fits < text.len() { self.cut() } else { Ok(()) }
    }

    #[cold]
    fn cut(&mut self) -> Result<(), Stop> {
        self.left = 0;
        self.cut = true;
        Err(Stop::Cut)
    }

    pub(super) fn descend(&mut self) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { self.cut() } else { Ok(()) }
    }

    pub(super) fn ascend(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn position(&self) -> usize {
        self.out.len()
    }

    /// Makes what was written since `from` a string, if it is none: JSON has no other keys. Whether the value of that
    /// key is not to be shown.
    pub(super) fn end_key(&mut self, from: usize) -> bool {
        if !self.out.as_bytes()[from..].starts_with(QUOTE) {
            self.quote_since(from, "");
        }
        self.names_secret(from, |_| true)
    }

    /// Whether what was written since `from` is a string that names a secret.
    pub(super) fn names_secret(&mut self, from: usize, is_name: impl Fn(&str) -> bool) -> bool {
        let Self { out, known, redact, .. } = self;
        let name = json::unquoted(out.as_bytes().get(from..).unwrap_or_default());
        self.masks && is_name(name) && known.secrets.contain(name, redact)
    }

    /// Whether an option of a command line was written since `from`.
    #[inline]
    pub(super) fn wrote_flag(&self, from: usize) -> bool {
        self.out.as_bytes().get(from..).is_some_and(|written| written.starts_with(b"\\\"-"))
    }

    /// The string that was written since `from`, if it is one.
    pub(super) fn written_text(&self, from: usize) -> &str {
        json::unquoted(self.out.as_bytes().get(from..).unwrap_or_default())
    }

    /// Makes a string of what was written since `from`, with `end` behind it.
    fn quote_since(&mut self, from: usize, end: &str) {
        let inner = String::from_utf8_lossy(&self.out.as_bytes()[from..]).into_owned();
        self.out.set_len(from);
        self.out.literal(QUOTE);
        // it is escaped for its place: escaped once more, it stands in a string at that place
        json::escape(&inner, self.out);
        self.out.push(end.as_bytes());
        self.out.literal(QUOTE);
    }

    fn close_cut(&mut self) {
        if self.plain_text {
            self.out.push("…\\\"".as_bytes());
        } else {
            self.quote_since(self.start, "…");
        }
    }
}
