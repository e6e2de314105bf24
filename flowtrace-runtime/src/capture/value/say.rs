//! What a value's own code says by `Debug` or `Display`, as a string: read once all of it is there, so that no secret
//! in it depends on the pieces in which it is written.
use std::fmt;

use super::slot::LARGE;
use super::{Stop, Value};
use crate::text::Text;

impl Value<'_> {
    /// A string of what `text` says, which comes from the value's own code, without the secrets.
    pub(in crate::capture) fn say(&mut self, text: fmt::Arguments<'_>) -> Result<(), Stop> {
        // of a tree more may be left than is known; the quote that opens is not free
        let left = if self.is_exact { self.left } else { self.budget }.saturating_sub(1);
        let mut said = Said { text: std::mem::replace(&mut self.known.said, Text::new()), left, cut: false };
        said.text.set_len(0);
        let outcome = fmt::Write::write_fmt(&mut said, text);
        let Said { text, cut, .. } = said;
        let written = self.said(std::str::from_utf8(text.as_bytes()).unwrap_or_default(), cut);
        if text.room() <= LARGE {
            self.known.said = text;
        }
        written?;
        // an error that is not the budget's is the value's own
        outcome.map_err(|_| Stop::Failed(Box::new("its fmt failed".to_owned())))
    }

    /// A string of what was said, of which there was more if it is `cut`.
    fn said(&mut self, text: &str, cut: bool) -> Result<(), Stop> {
        if !cut && !self.is_exact {
            return self.string(text);
        }
        self.events += 1;
        if !self.is_exact {
            self.go_exact();
        }
        self.begin_string()?;
        let fits = text.floor_char_boundary(self.left.min(text.len()));
        self.masked(&text[..fits], cut || fits < text.len())?;
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
