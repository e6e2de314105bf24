//! A buffer of text that is written in small pieces. It keeps what it has of room, so that a piece is a few stores. An
//! island of `unsafe`: with each piece checked as a slice, a line takes half as many instructions more.
//!
//! Invariants
//! 1. All of `bytes` is initialised, and `len <= bytes.len()`: `len` is set by `set_len`, which sees to that, and behind
//!    what was written.
//! 2. A pen's `[at, end)` lies in the bytes of a text that is borrowed for as long as the pen lives. A piece is written
//!    only where all of it lies there, and `at` moves no further than over it.
#![allow(unsafe_code)]
#![expect(clippy::cast_possible_truncation, reason = "digits are small")]
#![expect(clippy::inline_always, reason = "a call of a piece costs what the piece does")]

pub(crate) mod json;

use std::marker::PhantomData;

/// Text being written. What stands behind its end is what was there before, so that no byte is ever undefined.
pub(crate) struct Text {
    bytes: Vec<u8>,
    len: usize,
}

impl Text {
    pub(crate) const fn new() -> Self {
        Self { bytes: Vec::new(), len: 0 }
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        // SAFETY: invariant 1.
        unsafe { self.bytes.get_unchecked(..self.len) }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// How many bytes it could hold.
    pub(crate) fn room(&self) -> usize {
        self.bytes.len()
    }

    /// Takes off what stands behind the first `len` bytes. Where there are fewer, this brings back what was taken off.
    #[inline]
    pub(crate) fn set_len(&mut self, len: usize) {
        self.len = len.min(self.bytes.len());
    }

    /// Takes the first `len` bytes off, or all.
    pub(crate) fn drop_front(&mut self, len: usize) {
        let len = len.min(self.len);
        self.bytes.copy_within(len..self.len, 0);
        self.len -= len;
    }

    /// The bytes that are there, to be changed.
    #[inline]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: invariant 1.
        unsafe { self.bytes.get_unchecked_mut(..self.len) }
    }

    /// Appends bytes that are known at compile time.
    #[inline]
    pub(crate) fn literal<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.write::<N>(|pen| pen.literal(bytes));
    }

    /// Appends bytes.
    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.left() < bytes.len() {
            self.grow(bytes.len());
        }
        if let Some(place) = self.bytes.get_mut(self.len..self.len + bytes.len()) {
            copy(bytes, place);
            self.len += bytes.len();
        }
    }

    /// Appends two bytes, and others behind them.
    #[inline]
    pub(crate) fn push_behind(&mut self, two: [u8; 2], bytes: &[u8]) {
        if self.left() < 2 + bytes.len() {
            self.grow(2 + bytes.len());
        }
        let rest = self.bytes.get_mut(self.len..).and_then(<[u8]>::split_first_chunk_mut);
        if let Some((place, rest)) = rest
            && let Some(behind) = rest.get_mut(..bytes.len())
        {
            *place = two;
            copy(bytes, behind);
            self.len += 2 + bytes.len();
        }
    }

    /// Appends a number.
    #[inline]
    pub(crate) fn number(&mut self, number: u64) {
        if number < EIGHT {
            self.write::<8>(|pen| pen.number(number));
        } else {
            self.long_number(number);
        }
    }

    /// How many bytes there is room for.
    #[inline]
    fn left(&self) -> usize {
        self.bytes.len().wrapping_sub(self.len)
    }

    #[inline(never)]
    fn long_number(&mut self, number: u64) {
        self.number(number / EIGHT);
        self.literal(&ascii(digits(number % EIGHT)));
    }

    /// Has `write` append fewer than `N` bytes, in pieces.
    #[inline(always)]
    pub(crate) fn write<const N: usize>(&mut self, write: impl FnOnce(&mut Pen<'_>)) {
        if self.left() < N {
            self.grow(N);
        }
        let start = self.bytes.as_mut_ptr();
        // SAFETY: invariants 1 and 2: `N` bytes lie behind `len`.
        let at = unsafe { start.add(self.len) };
        // SAFETY: as above.
        let end = unsafe { at.add(N) };
        let mut pen = Pen { at, end, text: PhantomData };
        write(&mut pen);
        self.len = pen.at.addr() - start.addr();
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, by: usize) {
        let len = (self.len + by).max(2 * self.bytes.len()).max(512);
        self.bytes.resize(len, 0);
    }
}

/// Copies `from` to `to`, which is as long. Most pieces are short, and a call of `memcpy` costs more than they do.
#[inline]
pub(crate) fn copy(from: &[u8], to: &mut [u8]) {
    fn ends<const N: usize>(from: &[u8], to: &mut [u8]) -> Option<()> {
        // they overlap where there are fewer than twice as many
        let (first, last) = (*from.first_chunk::<N>()?, *from.last_chunk::<N>()?);
        *to.first_chunk_mut::<N>()? = first;
        *to.last_chunk_mut::<N>()? = last;
        Some(())
    }
    let done = match from.len() {
        8..=16 => ends::<8>(from, to),
        17..=32 => ends::<16>(from, to),
        33..=64 => ends::<32>(from, to),
        4..=7 => ends::<4>(from, to),
        1..=3 => {
            for (from, to) in from.iter().zip(&mut *to) {
                *to = *from;
            }
            Some(())
        }
        0 => Some(()),
        _ => None,
    };
    if done.is_none() {
        to.copy_from_slice(from);
    }
}

/// Writes pieces one after the other where there is room for all of them.
pub(crate) struct Pen<'t> {
    at: *mut u8,
    end: *mut u8,
    text: PhantomData<&'t mut [u8]>,
}

impl Pen<'_> {
    #[inline(always)]
    pub(crate) fn literal<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.block(bytes, N);
    }

    /// Writes a number as it lies in memory.
    #[inline(always)]
    pub(crate) fn word(&mut self, word: u64) {
        self.literal(&word.to_ne_bytes());
    }

    /// Writes the first `len` bytes of a block; there must be room for all of it.
    #[inline(always)]
    pub(crate) fn block<const N: usize>(&mut self, block: &[u8; N], len: usize) {
        debug_assert!(len <= N && self.end.addr() - self.at.addr() >= N, "room was made for less");
        if self.end.addr() - self.at.addr() < N {
            return;
        }
        // SAFETY: invariant 2: all of the block lies before `end`, and `at` moves over it at most.
        unsafe { self.at.cast::<[u8; N]>().write_unaligned(*block) };
        // SAFETY: as above.
        self.at = unsafe { self.at.add(len.min(N)) };
    }

    /// Writes bytes for which there is room.
    #[inline(always)]
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        debug_assert!(self.end.addr() - self.at.addr() >= bytes.len(), "room was made for less");
        if self.end.addr() - self.at.addr() < bytes.len() {
            return;
        }
        // SAFETY: invariant 2: so many bytes lie before `end`, initialised by invariant 1.
        let place = unsafe { std::slice::from_raw_parts_mut(self.at, bytes.len()) };
        copy(bytes, place);
        // SAFETY: as above.
        self.at = unsafe { self.at.add(bytes.len()) };
    }

    /// Writes a number below `EIGHT`; there must be room for eight digits.
    #[inline]
    pub(crate) fn number(&mut self, number: u64) {
        if number < 10 {
            return self.literal(&[b'0' + number as u8]);
        }
        let digits = digits(number);
        let zeros = leading_zeros(digits);
        self.block(&ascii(digits >> (8 * zeros)), 8 - zeros as usize);
    }

    /// Writes a number below a million; most have six digits.
    #[inline]
    pub(crate) fn below_million(&mut self, number: u64) {
        if number < 100_000 {
            return self.number(number);
        }
        let (high, low) = (number / 10_000, number % 10_000);
        for pair in [pair(high), pair(low / 100), pair(low % 100)] {
            self.literal(&pair);
        }
    }

    /// Writes the thousandth of a number below `EIGHT`, then `between`, then the number.
    #[inline]
    pub(crate) fn thousandth_and_number<const N: usize>(&mut self, number: u64, between: &[u8; N]) {
        if number < 1000 {
            self.literal(b"0");
            self.literal(between);
            return match number {
                100.. => self.literal(&three(number)),
                _ => self.number(number),
            };
        }
        let digits = digits(number);
        let zeros = leading_zeros(digits);
        let (word, len) = (ascii(digits >> (8 * zeros)), 8 - zeros as usize);
        self.block(&word, len.saturating_sub(3));
        self.literal(between);
        self.block(&word, len);
    }
}

/// What has more than eight digits.
pub(crate) const EIGHT: u64 = 100_000_000;

/// The eight digits of a number below 10⁸, the first in the lowest byte.
#[inline]
fn digits(number: u64) -> u64 {
    // two numbers of four digits, then four of two, then eight of one, all of each at once
    let fours = (number / 10_000) | ((number % 10_000) << 32);
    let high = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
    let twos = high | ((fours - high * 100) << 16);
    let high = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    high | ((twos - high * 10) << 8)
}

/// How many of them are zeros that nobody writes.
#[inline]
fn leading_zeros(digits: u64) -> u32 {
    (digits | (1 << 56)).trailing_zeros() / 8
}

#[inline]
fn ascii(digits: u64) -> [u8; 8] {
    (digits | 0x3030_3030_3030_3030).to_le_bytes()
}

/// The two digits of a number below a hundred.
#[inline]
fn pair(number: u64) -> [u8; 2] {
    const PAIRS: [[u8; 2]; 100] = {
        let mut pairs = [[0; 2]; 100];
        let mut i = 0;
        while i < 100 {
            pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
            i += 1;
        }
        pairs
    };
    PAIRS[number as usize % 100]
}

/// The three digits of a number below a thousand.
#[inline]
pub(crate) fn three(number: u64) -> [u8; 3] {
    let [b, c] = pair(number % 100);
    [b'0' + (number / 100) as u8, b, c]
}

/// The 16 digits of a number in hex.
#[inline]
pub(crate) fn hex(number: u64) -> [u8; 16] {
    fn eight(number: u64) -> [u8; 8] {
        // a digit in each byte, the lowest in the lowest
        let x = (number | (number << 16)) & 0x0000_ffff_0000_ffff;
        let x = (x | (x << 8)) & 0x00ff_00ff_00ff_00ff;
        let x = (x | (x << 4)) & 0x0f0f_0f0f_0f0f_0f0f;
        // 39 lies between `9` and `a`
        let letters = ((x + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101;
        (x + 0x3030_3030_3030_3030 + letters * 39).to_be_bytes()
    }
    let mut out = [0; 16];
    out[..8].copy_from_slice(&eight(number >> 32));
    out[8..].copy_from_slice(&eight(number & 0xffff_ffff));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Text)) -> String {
        let mut text = Text::new();
        write(&mut text);
        String::from_utf8(text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn numbers_are_written_as_display_writes_them() {
        let powers = (0..20).map(|n| 10_u64.pow(n));
        let near = powers.flat_map(|n| [n - 1, n, n + 1, n / 7 * 3, n.saturating_mul(9)]);
        for number in
            near.chain([0, u64::MAX, u64::MAX - 1]).chain((0..64).map(|n| 0x9e37_79b9_7f4a_7c15 >> n))
        {
            assert_eq!(text(|text| text.number(number)), number.to_string());
        }
        for number in (0..100_000_000_u64).step_by(997) {
            assert_eq!(ascii(digits(number)), *format!("{number:08}").as_bytes(), "{number}");
        }
        for number in (0..1_000_000_u64).step_by(7).chain(0..2000) {
            assert_eq!(text(|text| text.write::<8>(|pen| pen.below_million(number))), number.to_string());
            let both = text(|text| text.write::<20>(|pen| pen.thousandth_and_number(number, b"/")));
            assert_eq!(both, format!("{}/{number}", number / 1000));
        }
        assert_eq!((three(0), three(7), three(999)), (*b"000", *b"007", *b"999"));
    }

    #[test]
    fn hex_is_written_as_display_writes_it() {
        for number in [0, 1, 0x0123_4567_89ab_cdef, u64::MAX, 0xa000_0000_0000_0009] {
            assert_eq!(hex(number), *format!("{number:016x}").as_bytes());
        }
    }

    #[test]
    fn pieces_of_every_length_are_copied() {
        let all: Vec<u8> = (0..=200).collect();
        for len in 0..all.len() {
            let mut text = Text::new();
            text.literal(b"<");
            text.push(&all[..len]);
            text.literal(b">");
            text.push_behind(*b"()", &all[..len]);
            text.literal(b">");
            assert_eq!(text.as_bytes(), [b"<", &all[..len], b">()", &all[..len], b">"].concat());
        }
    }

    #[test]
    fn a_text_grows_and_shrinks() {
        let mut text = Text::new();
        (0..1000).for_each(|n| text.number(n));
        let len = text.len();
        text.push(&[b'x'; 5000]);
        text.set_len(len);
        text.drop_front(len - 6);
        text.literal(b"!");
        assert!(text.as_bytes() == b"998999!" && text.room() >= 5000 + len);
        text.drop_front(8);
        assert_eq!(text.len(), 0);
    }
}
