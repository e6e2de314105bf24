//! Names inside of a value: of fields, in keys, and of what stands beside them; which of them call something a secret.
use super::{Stop, Value};
use crate::capture::mask;
use crate::record::decode::Cursor;
use crate::record::{INLINE, encode, tag};
use crate::render::value::MAX_KEYS;
use crate::text::Text;
use crate::text::json;

/// What is known of a field by its name.
#[derive(Clone, Copy)]
pub(in crate::capture) struct Field {
    /// Its value is not to be shown.
    pub(in crate::capture) secret: bool,
    /// Its value is a name, of which another field has the value.
    pub(in crate::capture) is_naming: bool,
    /// Its value may be of what another field names.
    pub(in crate::capture) is_value: bool,
    /// Its number in the dictionary, or `INLINE`.
    number: u16,
}

/// Where a part of a value begins.
#[derive(Debug, Clone, Copy)]
pub(in crate::capture) struct Mark {
    at: usize,
    is_exact: bool,
    events: usize,
}

impl Value<'_> {
    /// Writes the name of a field, up to its colon, behind a comma unless it is the `first`.
    #[inline]
    pub(in crate::capture) fn field(
        &mut self,
        name: &'static str,
        field: Field,
        first: bool,
    ) -> Result<(), Stop> {
        self.comma(first)?;
        if self.fits(name.len() + 3) {
            encode::field(self.out, field.number, name);
            return Ok(());
        }
        self.string(name)?;
        self.json(":")
    }

    /// What is known of a field, or of what else is called so.
    #[inline]
    pub(in crate::capture) fn find_out(&mut self, name: &'static str) -> Field {
        let (redact, secrets) = (self.redact, &mut self.known.secrets);
        let mut field = self.known.fields.get(name, |name| Field {
            secret: secrets.contain(name, redact),
            is_naming: mask::is_naming(name),
            is_value: mask::is_value(name),
            number: crate::global::dictionary::name_number(name).unwrap_or(INLINE),
        });
        field.secret &= self.masks;
        field
    }

    /// Whether the value of a type, a variant or a field called so is not to be shown.
    #[inline]
    pub(in crate::capture) fn is_secret(&mut self, name: &'static str) -> bool {
        self.find_out(name).secret
    }

    /// Whether the value of a key is not to be shown.
    pub(in crate::capture) fn is_secret_key(&mut self, name: &str) -> bool {
        self.masks && self.known.secrets.contain(name, self.redact)
    }

    /// Where the next part begins.
    #[inline]
    pub(in crate::capture) fn mark(&self) -> Mark {
        Mark { at: self.out.len(), is_exact: self.is_exact, events: self.events }
    }

    /// The string that was written since `mark`, if that was all.
    #[inline]
    pub(in crate::capture) fn written_text(&self, mark: Mark) -> &str {
        if self.events != mark.events + 1 {
            return "";
        }
        // most is no text
        let is_text = |tag| matches!(tag, Some(tag::SHORT | tag::STRING));
        if !self.is_exact && !is_text(self.out.as_bytes().get(mark.at).copied()) {
            return "";
        }
        let from = if self.is_exact && !mark.is_exact { self.resumed } else { mark.at };
        written(self.out, from, self.is_exact)
    }

    /// Whether what was written since `mark` is a string that names a secret.
    pub(in crate::capture) fn names_secret(&mut self, mark: Mark, is_name: impl Fn(&str) -> bool) -> bool {
        if !self.masks || self.written_text(mark).is_empty() {
            return false;
        }
        let from = if self.is_exact && !mark.is_exact { self.resumed } else { mark.at };
        let name = written(self.out, from, self.is_exact);
        is_name(name) && self.known.secrets.contain(name, self.redact)
    }

    /// Whether an option of a command line was written since `mark`.
    #[inline]
    pub(in crate::capture) fn wrote_flag(&self, mark: Mark) -> bool {
        self.written_text(mark).starts_with('-')
    }

    /// Begins the key of a map. A key in a key in a key is cut, see [`MAX_KEYS`].
    pub(in crate::capture) fn begin_key(&mut self) -> Result<Mark, Stop> {
        self.keys += 1;
        if self.keys > MAX_KEYS {
            self.go_exact();
            self.cut()?;
        }
        self.owes_colon = !self.is_exact;
        Ok(self.mark())
    }

    /// Ends it.
    pub(in crate::capture) fn end_key(&mut self, mark: Mark) -> Result<(), Stop> {
        self.keys -= 1;
        if !self.is_exact {
            return Ok(());
        }
        let from = if mark.is_exact { Some(mark.at) } else { self.open_keys.pop() };
        self.exact_end_key(from.unwrap_or(self.start));
        self.json(":")
    }
}

/// The string at `from`; nothing if there is none.
#[inline]
fn written(out: &Text, from: usize, is_exact: bool) -> &str {
    let written = out.as_bytes().get(from..).unwrap_or_default();
    if is_exact { json::unquoted(written) } else { Cursor::new(written).string().unwrap_or_default() }
}
