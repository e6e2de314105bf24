//! What a value's own code says by `Debug` or `Display`, as a string: read once all of it is there, so that no secret
//! in it depends on the pieces in which it is written.
use std::fmt;

use super::{LARGE, Stop, Value};
use crate::text::Text;

/// A string's text, from `Debug` and `Display`.
impl fmt::Write for Value<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text(text).map_err(|_| fmt::Error)
    }
}

impl Value<'_> {
    /// A string of what `text` says, in which nothing is secret.
    pub(in crate::capture) fn format(&mut self, text: fmt::Arguments<'_>) -> Result<(), Stop> {
        self.begin_string()?;
        let said = fmt::Write::write_fmt(self, text);
        self.end_format(said)
    }

    /// A string of what `text` says, which comes from the value's own code, without the secrets.
    pub(in crate::capture) fn say(&mut self, text: fmt::Arguments<'_>) -> Result<(), Stop> {
        self.begin_string()?;
        let mut said =
            Said { text: std::mem::replace(&mut self.known.said, Text::new()), left: self.left, cut: false };
        said.text.set_len(0);
        let outcome = fmt::Write::write_fmt(&mut said, text);
        let Said { text, cut, .. } = said;
        let masked = self.masked(std::str::from_utf8(text.as_bytes()).unwrap_or_default(), cut);
        if text.room() <= LARGE {
            self.known.said = text;
        }
        masked?;
        self.end_format(outcome)
    }

    /// An error that is not the budget's is the value's own.
    fn end_format(&mut self, said: fmt::Result) -> Result<(), Stop> {
        // the value's own code may have gone on after it was cut
        if self.cut {
            return Err(Stop::Cut);
        }
        said.map_err(|_| Stop::Failed("its fmt failed".to_owned()))?;
        self.end_string();
        Ok(())
    }
}

/// What is said, up to the budget, until all of it can be looked at.
struct Said {
    text: Text,
    left: usize,
    cut: bool,
}

impl fmt::Write for Said {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let fits = text.floor_char_boundary(self.left.min(text.len()));
        self.text.push(&text.as_bytes()[..fits]);
        self.left -= fits;
        if fits < text.len() {
            // nothing follows, be it as short as it may
            self.left = 0;
            self.cut = true;
        }
        if self.cut { Err(fmt::Error) } else { Ok(()) }
    }
}
