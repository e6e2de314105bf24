//! A row of output: pieces in colours, cut to a width.
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use unicode_width::UnicodeWidthChar;

use crate::args::{ColorChoice, Look};

/// How rows are put on paper.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paper {
    color: bool,
    /// Columns; without it rows are as long as they are.
    width: Option<usize>,
}

impl Paper {
    /// No colours, no end of a row.
    pub(crate) const PLAIN: Self = Self { color: false, width: None };

    /// As asked for, or as stdout is: a terminal has colours and a width.
    pub(crate) fn new(look: &Look) -> Self {
        let terminal = io::stdout().is_terminal();
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = match look.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !refused,
        };
        let width = match look.width {
            Some(0) => None,
            Some(width) => Some(width),
            None if terminal => terminal_size::terminal_size().map(|(width, _)| width.0.into()),
            None => None,
        };
        Self { color, width }
    }

    /// Where rows are cut.
    pub(super) fn width(self) -> Option<usize> {
        self.width
    }

    /// The same, with rows as long as they are.
    pub(super) fn uncut(self) -> Self {
        Self { width: None, ..self }
    }
}

/// What a piece of a row is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    /// What is looked for: a function.
    Name,
    /// What can be overlooked.
    Faint,
    /// What went wrong.
    Alarm,
    /// What never came to its end.
    Warning,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Name => "\x1b[1m",
            Self::Faint => "\x1b[2m",
            Self::Alarm => "\x1b[31m",
            Self::Warning => "\x1b[33m",
        }
    }
}

/// A row that is being put together.
#[derive(Default)]
pub(crate) struct Row {
    pieces: Vec<(Ink, String)>,
    /// Stands at the end of the row, also where the row is cut.
    tail: String,
}

impl Row {
    pub(crate) fn put(&mut self, ink: Ink, text: impl Into<String>) {
        self.pieces.push((ink, text.into()));
    }

    /// Ends the row with `text`, which is kept where the row is cut.
    pub(crate) fn end(&mut self, text: &str) {
        text.clone_into(&mut self.tail);
    }

    /// Writes the row and ends the line.
    pub(crate) fn write(&self, paper: Paper, out: &mut impl Write) -> io::Result<()> {
        let whole = paper.width.unwrap_or(usize::MAX);
        let tail = match &*self.tail {
            "" => String::new(),
            tail => format!("  {}", last(tail, (whole / 2).saturating_sub(2))),
        };
        let mut room = whole - width(&tail);
        let fits =
            paper.width.is_none() || self.pieces.iter().map(|(_, text)| width(text)).sum::<usize>() <= room;
        if !fits {
            room = room.saturating_sub(1);
        }
        for (ink, text) in &self.pieces {
            let shown = if fits { text } else { cut(text, &mut room) };
            let code = if paper.color && !shown.is_empty() { ink.code() } else { "" };
            let end = if code.is_empty() { "" } else { "\x1b[0m" };
            write!(out, "{code}{shown}{end}")?;
            if shown.len() < text.len() {
                write!(out, "…")?;
                break;
            }
        }
        if paper.color && !tail.is_empty() {
            return writeln!(out, "{}{tail}\x1b[0m", Ink::Faint.code());
        }
        writeln!(out, "{tail}")
    }
}

/// How many columns `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// As much of the end of `text` as there is room for.
pub(super) fn last(text: &str, room: usize) -> Cow<'_, str> {
    if width(text) <= room {
        return Cow::Borrowed(text);
    }
    let mut room = room.saturating_sub(1);
    let mut begin = text.len();
    for (at, c) in text.char_indices().rev() {
        let width = c.width().unwrap_or(0);
        if width > room {
            break;
        }
        (room, begin) = (room - width, at);
    }
    Cow::Owned(format!("…{}", &text[begin..]))
}

/// As much of `text` as there is room for.
fn cut<'a>(text: &'a str, room: &mut usize) -> &'a str {
    for (at, c) in text.char_indices() {
        let width = c.width().unwrap_or(0);
        if width > *room {
            return &text[..at];
        }
        *room -= width;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[(Ink, &str)], color: bool, width: Option<usize>) -> String {
        let mut row = Row::default();
        for (ink, text) in pieces {
            row.put(*ink, *text);
        }
        let mut out = Vec::new();
        row.write(Paper { color, width }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_are_cut_to_the_columns_of_a_terminal() {
        let pieces = [(Ink::Plain, "get"), (Ink::Faint, "(大きい)"), (Ink::Plain, " → 1")];
        assert_eq!(shown(&pieces, false, None), "get(大きい) → 1\n");
        assert_eq!(shown(&pieces, false, Some(15)), "get(大きい) → 1\n");
        assert_eq!(shown(&pieces, false, Some(14)), "get(大きい) →…\n");
        assert_eq!(shown(&pieces, false, Some(8)), "get(大…\n");
        assert_eq!(shown(&pieces, false, Some(7)), "get(大…\n");
        assert_eq!(shown(&pieces, false, Some(1)), "…\n");
    }

    #[test]
    fn the_end_of_a_row_is_kept_and_takes_half_of_it_at_most() {
        let shown = |pieces: &[&str], width| {
            let mut row = Row::default();
            for text in pieces {
                row.put(Ink::Plain, *text);
            }
            row.end("src/sql.rs:91");
            let mut out = Vec::new();
            row.write(Paper { color: false, width }, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(&["select(id: 1)", " → 1"], None), "select(id: 1) → 1  src/sql.rs:91\n");
        assert_eq!(shown(&["select(id: 1)", " → 1"], Some(32)), "select(id: 1) → 1  src/sql.rs:91\n");
        assert_eq!(shown(&["select(id: 1)", " → 1"], Some(31)), "select(id: 1) →…  src/sql.rs:91\n");
        assert_eq!(shown(&["select(id: 1)", " → 1"], Some(20)), "select(id…  …l.rs:91\n");
    }

    #[test]
    fn colour_ends_where_its_piece_ends() {
        let pieces = [(Ink::Plain, "a"), (Ink::Alarm, "bcd")];
        assert_eq!(shown(&pieces, true, Some(3)), "a\u{1b}[31mb\u{1b}[0m…\n");
    }
}
