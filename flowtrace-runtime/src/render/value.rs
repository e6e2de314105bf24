//! A value of a record as it stands in a line: JSON inside of a JSON string.
use crate::record::decode::Cursor;
use crate::record::{INLINE, LAST, tag};
use crate::text::Text;
use crate::text::json::{self, QUOTE};

/// What is hidden.
pub(crate) const REDACTED: &str = "[redacted]";
/// Deeper values are not recorded.
const MAX_DEPTH: u32 = 300;
/// Keys of maps in keys of maps are recorded to this depth: at each, what is escaped takes twice as many bytes.
pub(crate) const MAX_KEYS: u32 = 4;

/// Tells the name of a field by its number.
pub(crate) trait FieldNames {
    /// The name, if there is one with this number.
    fn name(&self, number: u16) -> Option<&str>;
}

/// Writes values to `out`.
pub(crate) struct Values<'a, N> {
    pub(crate) names: &'a N,
    pub(crate) out: &'a mut Text,
    /// How many bytes of JSON were written, as the budget of a value counts them: before they were escaped for their place, and without the
    /// quote that closes a string.
    pub(crate) spent: usize,
    /// Where keys of maps begin that the bytes end in, the innermost first.
    pub(crate) open_keys: Vec<usize>,
    /// How many keys of maps it is inside of.
    keys: u32,
}

/// The bytes of a value ended, or are none.
pub(crate) struct Ended;

impl<'a, N: FieldNames> Values<'a, N> {
    pub(crate) fn new(names: &'a N, out: &'a mut Text) -> Self {
        Self { names, out, spent: 0, open_keys: Vec::new(), keys: 0 }
    }

    /// Writes the value at the front of `from`, or as much of it as there is.
    #[inline]
    pub(crate) fn value(&mut self, from: &mut Cursor<'_>) -> Result<(), Ended> {
        match from.byte().ok_or(Ended)? {
            tag::SMALL => self.number(from.byte().ok_or(Ended)?.into()),
            tag::UNSIGNED => self.number(from.word().ok_or(Ended)?),
            tag::SHORT => self.short(from.short_bytes().ok_or(Ended)?)?,
            tag::NULL => self.json(b"null"),
            other => return self.rare(other, from, 0),
        }
        Ok(())
    }

    fn nested(&mut self, from: &mut Cursor<'_>, depth: u32) -> Result<(), Ended> {
        match from.byte().ok_or(Ended)? {
            tag::SMALL => self.number(from.byte().ok_or(Ended)?.into()),
            tag::SHORT => self.short(from.short_bytes().ok_or(Ended)?)?,
            other => return self.rare(other, from, depth + 1),
        }
        Ok(())
    }

    #[inline(never)]
    fn rare(&mut self, tag: u8, from: &mut Cursor<'_>, depth: u32) -> Result<(), Ended> {
        if depth > MAX_DEPTH {
            return Err(Ended);
        }
        match tag {
            tag::NULL => self.json(b"null"),
            tag::FALSE => self.json(b"false"),
            tag::TRUE => self.json(b"true"),
            tag::SMALL => self.number(from.byte().ok_or(Ended)?.into()),
            tag::UNSIGNED => self.number(from.word().ok_or(Ended)?),
            tag::NEGATIVE => {
                self.json(b"-");
                self.number(from.word().ok_or(Ended)?);
            }
            tag::FLOAT => self.float(from.float().ok_or(Ended)?),
            tag::DOUBLE => self.float(f64::from_bits(from.word().ok_or(Ended)?)),
            tag::SHORT => self.short(from.short_bytes().ok_or(Ended)?)?,
            tag::STRING => self.string(from.long().ok_or(Ended)?),
            tag::REDACTED => self.string(REDACTED),
            tag::JSON => {
                let text = from.long().ok_or(Ended)?;
                self.spent += text.len();
                json::escape(text, self.out);
            }
            // it is escaped, and so has no control character and no quote without a backslash; who doubts it reads the line again
            tag::DONE => self.out.push(from.long().ok_or(Ended)?.as_bytes()),
            tag::OK => self.side(b"{\\\"Ok\\\":", from, depth)?,
            tag::ERR => self.side(b"{\\\"Err\\\":", from, depth)?,
            tag::LIST => self.list(from, depth)?,
            tag::MAP => self.map(from, depth)?,
            tag::FIELDS => self.fields(from, depth)?,
            _ => return Err(Ended),
        }
        Ok(())
    }

    /// JSON that has no quotes.
    #[inline]
    fn json<const M: usize>(&mut self, json: &[u8; M]) {
        self.spent += M;
        self.out.literal(json);
    }

    #[inline]
    fn number(&mut self, number: u64) {
        let from = self.out.len();
        self.out.number(number);
        self.spent += self.out.len() - from;
    }

    fn float<F: zmij::Float + Into<f64> + Copy>(&mut self, number: F) {
        let wide: f64 = number.into();
        if wide.is_finite() {
            let mut buffer = zmij::Buffer::new();
            let text = buffer.format_finite(number);
            self.spent += text.len();
            self.out.push(text.as_bytes());
        } else {
            // JSON has no word for these, and a reader wants to see them
            self.string(if wide.is_nan() {
                "NaN"
            } else if wide > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            });
        }
    }

    #[inline]
    fn string(&mut self, text: &str) {
        self.spent += text.len() + 1;
        json::quote(text, self.out);
    }

    /// A text. Most are plain, which is known sooner than that they are UTF-8.
    #[inline]
    fn short(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        if json::quote_plain(bytes, self.out) {
            self.spent += bytes.len() + 1;
            return Ok(());
        }
        self.string(std::str::from_utf8(bytes).map_err(|_| Ended)?);
        Ok(())
    }

    fn side<const M: usize>(
        &mut self,
        open: &[u8; M],
        from: &mut Cursor<'_>,
        depth: u32,
    ) -> Result<(), Ended> {
        self.out.literal(open);
        self.nested(from, depth)?;
        self.out.literal(b"}");
        Ok(())
    }

    fn list(&mut self, from: &mut Cursor<'_>, depth: u32) -> Result<(), Ended> {
        self.json(b"[");
        let mut first = true;
        while goes_on(from)? {
            self.comma(&mut first);
            self.nested(from, depth)?;
        }
        self.json(b"]");
        Ok(())
    }

    fn map(&mut self, from: &mut Cursor<'_>, depth: u32) -> Result<(), Ended> {
        self.json(b"{");
        let mut first = true;
        while goes_on(from)? {
            self.comma(&mut first);
            let start = self.out.len();
            self.keys += 1;
            if self.keys > MAX_KEYS {
                return Err(Ended);
            }
            self.nested(from, depth).inspect_err(|_| self.open_keys.push(start))?;
            self.keys -= 1;
            self.end_key(start);
            self.json(b":");
            self.nested(from, depth)?;
        }
        self.json(b"}");
        Ok(())
    }

    fn fields(&mut self, from: &mut Cursor<'_>, depth: u32) -> Result<(), Ended> {
        self.json(b"{");
        let (mut first, names) = (true, self.names);
        loop {
            let name = match from.name().ok_or(Ended)? {
                LAST => break,
                INLINE => from.string().ok_or(Ended)?,
                number => names.name(number).ok_or(Ended)?,
            };
            self.comma(&mut first);
            self.string(name);
            self.json(b":");
            self.nested(from, depth)?;
        }
        self.json(b"}");
        Ok(())
    }

    #[inline]
    fn comma(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.json(b",");
        }
    }

    /// Makes a string of a key that is none: JSON has no other keys.
    fn end_key(&mut self, start: usize) {
        if !self.out.as_bytes()[start..].starts_with(QUOTE) {
            quote_since(self.out, start, "");
        }
    }
}

/// Whether an element follows; an end is taken.
fn goes_on(from: &mut Cursor<'_>) -> Result<bool, Ended> {
    let more = from.peek().ok_or(Ended)? != tag::END;
    if !more {
        from.byte();
    }
    Ok(more)
}

/// Makes a string of what was written since `from`, with `end` behind it.
pub(crate) fn quote_since(out: &mut Text, from: usize, end: &str) {
    let inner = String::from_utf8_lossy(&out.as_bytes()[from..]).into_owned();
    out.set_len(from);
    out.literal(QUOTE);
    // it is escaped for its place: escaped once more, it stands in a string at that place
    json::escape(&inner, out);
    out.push(end.as_bytes());
    out.literal(QUOTE);
}
