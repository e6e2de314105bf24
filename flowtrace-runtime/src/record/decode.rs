//! Reads records and values, whatever their bytes are.
use super::encode::Head;
use super::{Event, flag, kept, kind, tag};

/// Bytes of a record that are still to be read. What is asked for beyond the end is `None`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

/// What few records have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct More<'a> {
    pub(crate) flags: u32,
    pub(crate) busy: u64,
    pub(crate) type_number: u32,
    pub(crate) type_name: &'a str,
    pub(crate) label: &'a str,
    /// One of [`kept`].
    pub(crate) kept: u64,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload }
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    /// Reads the head of a record of `kind`.
    #[inline]
    pub(crate) fn head(&mut self, kind: u8) -> Option<(Head, More<'a>)> {
        let event = match (kind & kind::CALL != 0, kind & kind::EVENT) {
            (true, 0) => Event::Enter,
            (true, 1) => Event::Exit,
            (true, 2) => Event::Exception,
            _ => return None,
        };
        let numbers = self.word()?;
        #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
        let (callsite, thread) = (numbers as u32, (numbers >> 32) as u32);
        let (callsite, why) = (callsite & ((1 << kept::PLACE) - 1), u64::from(callsite >> kept::PLACE));
        let (time, span, trace) = (self.word()?, self.word()?, self.word()?);
        let wide = if kind & kind::WIDE == 0 { None } else { Some(self.word()?) };
        let parent = if kind & kind::ROOT == 0 { self.word()? } else { 0 };
        let nanos = if event == Event::Enter { 0 } else { self.word()? };
        let more = More { kept: why, ..self.more_of(kind)? };
        Some((Head { event, callsite, thread, time, span, parent, trace, wide, nanos }, more))
    }

    /// What few records have, if one of `kind` does.
    #[inline]
    pub(super) fn more_of(&mut self, kind: u8) -> Option<More<'a>> {
        if kind & kind::MORE == 0 { Some(More::default()) } else { self.more() }
    }

    fn more(&mut self) -> Option<More<'a>> {
        let word = self.word()?;
        #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
        let (flags, type_number) = (word as u32, (word >> 32) as u32);
        let busy = if flags & flag::BUSY == 0 { 0 } else { self.word()? };
        let mut text = |flag| if flags & flag == 0 { Some("") } else { self.string() };
        let (type_name, label) = (text(flag::TYPE_NAME)?, text(flag::LABEL)?);
        Some(More { flags, busy, type_number, type_name, label, kept: 0 })
    }

    #[inline]
    fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(bytes)
    }

    #[inline]
    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (chunk, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*chunk)
    }

    /// The next eight bytes.
    #[inline]
    pub(crate) fn word(&mut self) -> Option<u64> {
        self.chunk().map(u64::from_ne_bytes)
    }

    /// The next byte: a tag, or a number.
    #[inline]
    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.chunk().map(|[byte]| byte)
    }

    /// The next tag, which is still to be read.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next two bytes: a field's name.
    #[inline]
    pub(crate) fn name(&mut self) -> Option<u16> {
        self.chunk().map(u16::from_ne_bytes)
    }

    /// The next four bytes.
    pub(crate) fn float(&mut self) -> Option<f32> {
        self.chunk().map(f32::from_ne_bytes)
    }

    /// The text whose length is in the next byte.
    pub(crate) fn short(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.short_bytes()?).ok()
    }

    /// The bytes of the same.
    #[inline]
    pub(crate) fn short_bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.byte()?;
        self.bytes(usize::from(len))
    }

    /// The text whose length is in the next four bytes.
    pub(crate) fn long(&mut self) -> Option<&'a str> {
        let len = self.chunk().map(u32::from_ne_bytes)?;
        std::str::from_utf8(self.bytes(usize::try_from(len).ok()?)?).ok()
    }

    /// A string with its tag.
    pub(crate) fn string(&mut self) -> Option<&'a str> {
        match self.byte()? {
            tag::SHORT => self.short(),
            tag::STRING => self.long(),
            _ => None,
        }
    }
}
