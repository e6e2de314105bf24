//! Where one value is written down: within its byte budget, and whatever the value's own code does.
//!
//! It is written as a tree of tagged values as long as it surely fits its budget. Where it may not, what was written so far is
//! rendered here and now, and the rest goes on as JSON, of which each byte is counted (`exact.rs`).
mod exact;
mod names;
mod say;
mod shape;
mod slot;

use std::fmt;

use super::mask;
use crate::record::{encode, tag};
use crate::render::value::REDACTED;
use crate::settings::redact::Redact;
use crate::text::Text;
#[cfg(all(test, feature = "serde"))]
pub(super) use exact::Ours;
pub(super) use shape::Shape;
use slot::Known;
pub(crate) use slot::Slot;

/// How deep a value may nest before it is cut; a value that contains itself is not followed for ever.
const MAX_DEPTH: u32 = 128;

/// Why the rendering of a value ended early.
#[derive(Debug)]
pub(super) enum Stop {
    /// The budget is used up.
    Cut,
    /// The value's own code says so.
    #[expect(clippy::box_collection, reason = "so that the result of each step is in registers")]
    Failed(Box<String>),
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
    /// Where in `out` it begins; of an exact one its text.
    start: usize,
    /// Bytes of JSON it may still have: at least so many of a tree, just as many of an exact one.
    left: usize,
    budget: usize,
    /// It is JSON.
    is_exact: bool,
    /// The budget was used up; nothing is written any more.
    cut: bool,
    depth: u32,
    /// How many keys of maps it is inside of.
    keys: u32,
    /// A comma stands before the next part of a tree.
    owes_comma: bool,
    /// The next part of a tree is the key of a map.
    owes_colon: bool,
    /// How many parts it has so far.
    events: usize,
    /// Where the text begins that was written since the tree became JSON.
    resumed: usize,
    /// Where keys of maps begin that were being written when the tree became JSON, the innermost last.
    open_keys: Vec<usize>,
    /// All of the value is one string, begun at `start`.
    plain_text: bool,
    /// The next string is JSON to be taken as it is.
    pub(super) raw: bool,
    /// The value's own code has left the JSON half done, whatever it says in the end.
    pub(super) broken: bool,
    /// No text, list or map is shown that is the next value.
    pub(super) hides: bool,
    /// The next string is a user's name with the password.
    pub(super) is_user: bool,
    redact: &'a Redact,
    masks: bool,
    known: &'a mut Known,
}

impl Value<'_> {
    /// Whether `bytes` of JSON surely fit into a tree, which counts them; if not, the value is JSON from here on.
    #[inline]
    fn fits(&mut self, bytes: usize) -> bool {
        self.events += 1;
        if self.is_exact {
            return false;
        }
        let bytes = bytes + usize::from(self.owes_comma) + usize::from(self.owes_colon);
        if bytes <= self.left {
            self.left -= bytes;
            (self.owes_comma, self.owes_colon) = (false, false);
            return true;
        }
        self.go_exact();
        false
    }

    #[cold]
    pub(super) fn go_exact(&mut self) {
        self.make_exact();
        if std::mem::take(&mut self.owes_comma) {
            let _ = self.json(",");
        }
        self.resumed = self.out.len();
        // the key that begins here has its colon behind it
        if std::mem::take(&mut self.owes_colon) {
            self.open_keys.push(self.out.len());
        }
    }

    /// `null`, `true` or `false`.
    #[inline]
    pub(super) fn word(&mut self, tag: u8) -> Result<(), Stop> {
        if self.fits(5) {
            encode::bare(self.out, tag);
            return Ok(());
        }
        self.json(match tag {
            tag::FALSE => "false",
            tag::TRUE => "true",
            _ => "null",
        })
    }

    /// A number.
    #[inline]
    pub(super) fn unsigned(&mut self, number: u64) -> Result<(), Stop> {
        if self.fits(digits(number)) {
            encode::unsigned(self.out, number);
            return Ok(());
        }
        self.exact_number(number)
    }

    /// A number that may be below zero.
    #[inline]
    pub(super) fn signed(&mut self, number: i64) -> Result<(), Stop> {
        if self.fits(1 + digits(number.unsigned_abs())) {
            encode::signed(self.out, number);
            return Ok(());
        }
        self.json(itoa::Buffer::new().format(number))
    }

    /// A number that is larger than a word may be.
    pub(super) fn large(&mut self, digits: &str) -> Result<(), Stop> {
        if self.fits(digits.len()) {
            encode::long(self.out, tag::JSON, digits);
            return Ok(());
        }
        self.json(digits)
    }

    pub(super) fn float(&mut self, number: f32) -> Result<(), Stop> {
        if self.fits(FLOAT) {
            encode::float(self.out, number);
            return Ok(());
        }
        self.exact_float(number, number.into())
    }

    pub(super) fn double(&mut self, number: f64) -> Result<(), Stop> {
        if self.fits(FLOAT) {
            encode::double(self.out, number);
            return Ok(());
        }
        self.exact_float(number, number)
    }

    /// Begins what has parts.
    #[inline]
    pub(super) fn open(&mut self, shape: Shape) -> Result<(), Stop> {
        self.descend()?;
        let (open, close) = (shape.open(), shape.close());
        if self.fits(open.len() + close.len()) {
            shape.begin(self.out);
            return Ok(());
        }
        self.json(open)
    }

    /// Ends it.
    #[inline]
    pub(super) fn close(&mut self, shape: Shape) -> Result<(), Stop> {
        self.depth -= 1;
        if self.is_exact {
            return self.json(shape.close());
        }
        shape.end(self.out);
        Ok(())
    }

    /// One level that is not seen.
    pub(super) fn descend(&mut self) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.go_exact();
            return self.cut();
        }
        Ok(())
    }

    pub(super) fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// A comma, unless what follows is the `first`. A tree has none, but they count.
    #[inline]
    pub(super) fn comma(&mut self, first: bool) -> Result<(), Stop> {
        if self.is_exact && !first {
            return self.json(",");
        }
        self.owes_comma = !first;
        Ok(())
    }

    /// Begins a variant, of whose payload this is the shape.
    pub(super) fn variant(&mut self, name: &'static str, shape: Shape) -> Result<(), Stop> {
        if self.fits(2) {
            encode::bare(self.out, tag::FIELDS);
        } else {
            self.json("{")?;
        }
        let field = self.find_out(name);
        self.field(name, field, true)?;
        self.open(shape)
    }

    /// A whole string without its secrets, as much of it as fits.
    #[inline]
    pub(super) fn string(&mut self, text: &str) -> Result<(), Stop> {
        if std::mem::take(&mut self.is_user) && mask::is_user(text) && self.masks {
            return self.redacted();
        }
        if !self.has_secret(text) {
            return self.harmless(text);
        }
        if self.is_exact {
            self.events += 1;
        } else {
            let mut shown = String::new();
            let names = (&mut self.known.secrets, self.redact);
            let _ = mask::mask(text, false, names, |part| fmt::Write::write_str(&mut shown, part));
            if self.fits(shown.len() + 2) {
                encode::string(self.out, &shown);
                return Ok(());
            }
        }
        self.exact_string(text)
    }

    /// A string in which nothing is secret.
    #[inline]
    pub(super) fn harmless(&mut self, text: &str) -> Result<(), Stop> {
        if self.fits(text.len() + 2) {
            encode::string(self.out, text);
            return Ok(());
        }
        self.exact_string(text)
    }

    /// Stands in place of a secret.
    pub(super) fn redacted(&mut self) -> Result<(), Stop> {
        if self.fits(REDACTED.len() + 2) {
            encode::bare(self.out, tag::REDACTED);
            return Ok(());
        }
        self.whole_string(REDACTED)
    }

    #[inline]
    pub(super) fn has_secret(&mut self, text: &str) -> bool {
        self.masks && mask::has_secret(text, (&mut self.known.secrets, self.redact))
    }

    /// JSON that comes from the value, as much of it as fits.
    pub(super) fn raw_json(&mut self, text: &str) -> Result<(), Stop> {
        if self.fits(text.len()) {
            encode::long(self.out, tag::JSON, text);
            return Ok(());
        }
        self.escaped(text, 1)
    }

    /// All of it is written.
    fn end(&mut self) {
        if self.is_exact {
            encode::end_long(self.out, self.start);
        }
    }
}

/// As long as a float is at most.
const FLOAT: usize = 26;

/// No fewer than a number's digits.
#[inline]
fn digits(number: u64) -> usize {
    match number {
        0..100 => 2,
        100..1_000_000 => 6,
        _ => 20,
    }
}
