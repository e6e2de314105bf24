//! Short texts that can be told to have no secret in them by a few operations on whole words.
#![expect(clippy::inline_always, reason = "a call costs a good part of what it does")]

const EACH: u64 = 0x0101_0101_0101_0101;
/// The keys to services that have neither sign nor blank have more bytes.
const SHORT: usize = 15;
/// The highest bit of each byte.
const TOPS: u64 = 0x80 * EACH;

/// The bytes of a short text, in two words; what is behind its end has all bits set. `None` if it is longer, or has fewer than four.
#[inline(always)]
fn words(text: &str) -> Option<(u64, u64)> {
    let bytes = text.as_bytes();
    let len = bytes.len();
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) if len <= SHORT => {
            let behind = u64::from_le_bytes(*last) >> 8 >> (8 * (SHORT - len));
            Some((u64::from_le_bytes(*first), behind | !0 << (8 * (len - 8))))
        }
        (Some(_), _) => None,
        _ => {
            let (first, last) = (bytes.first_chunk()?, bytes.last_chunk()?);
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            // where they overlap they are the same
            Some((u64::from(first) | u64::from(last) << (8 * (len - 4)) | !0 << (8 * len), !0))
        }
    }
}

/// What a first look at a text tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// It has no secret.
    Harmless,
    /// It is short, and has a secret only if its first letters, those before its colon, are the name of one. If they are a name, this is it
    /// as a word.
    Named(u64),
    Unknown,
}

/// Has a look at a text.
#[inline(always)]
pub(super) fn look(text: &str) -> Look {
    let Some((first, last)) = words(text) else { return Look::Unknown };
    // bit 6 of a byte is set where it is a digit, or has no less than a letter
    let harmless = |word: u64| {
        let above_digits = (word & (0x3f * EACH)).wrapping_add(0x06 * EACH);
        word | (word >> 1) | ((word << 1) & (word << 2) & !above_digits)
    };
    let odd = |word: u64| !harmless(word) & (0x40 * EACH);
    let (in_first, in_last) = (odd(first), odd(last));
    if in_first | in_last == 0 {
        return Look::Harmless;
    }
    let at = in_first.trailing_zeros().wrapping_sub(6) & 63;
    let is_one = in_last == 0 && in_first.is_power_of_two();
    // of the other signs only this one says that there may be a secret
    let at_signs = has(first, b'@') | has(last, b'@');
    if is_one && (first >> at) & 0xff == u64::from(b':') && at_signs & TOPS == 0 {
        Look::Named(first & !(!0 << at))
    } else {
        Look::Unknown
    }
}

/// The highest bit of each byte that is this one; behind the first such byte it may be set for no reason.
#[inline(always)]
fn has(word: u64, byte: u8) -> u64 {
    let word = word ^ (u64::from(byte) * EACH);
    word.wrapping_sub(EACH) & !word
}

/// Whether a short text can't have a secret in it for want of the signs that one needs. Of others this says nothing.
pub(super) fn has_no_odd_signs(text: &str) -> bool {
    let Some((first, last)) = words(text) else {
        return text.len() < 4 && !text.bytes().any(|byte| matches!(byte, b':' | b'=' | b'('));
    };
    let is = |bits: u64| bits & TOPS != 0;
    // also `;`, `>` and `?`, which stand between the others
    let signs = |word: u64| {
        let low = word & !TOPS;
        low.wrapping_add(0x46 * EACH) & !low.wrapping_add(0x40 * EACH) & !word
    };
    let odd = |word| signs(word) | has(word, b'(') | has(word, b'[') | has(word, b'%');
    if is(odd(first) | odd(last)) {
        return false;
    }
    // `Basic …` is the shortest secret with a blank, behind `--pw` stands one too, or a quote, and in `pwd 'x'` both
    let apart = |word| has(word, b' ') | has(word, b'"');
    let quote = |word| has(word, b'\'') | has(word, b'"');
    let letter = |word| has(word | (0x20 * EACH), b'b') | has(word, b'-') | quote(word);
    let key = |word| has(word, b'-') | has(word, b'.');
    let is_key = text.len() > 12 && is(key(first) | key(last));
    !(is_key || (is(apart(first) | apart(last)) && is(letter(first) | letter(last))))
}

/// What a short text like `product:price` is made of.
pub(super) struct Named<'t> {
    /// What stands before its colon.
    pub(super) name: &'t str,
    /// The same as a word, if it has fewer than eight bytes: what [`Look::Named`] has.
    pub(super) word: Option<u64>,
}

/// Takes a short text apart that has one colon, and otherwise only what is part of a word. It has a secret in it only if what stands
/// before the colon names one.
#[inline]
pub(super) fn named(text: &str) -> Option<Named<'_>> {
    let (first, last) = words(text)?;
    let ((in_word, colon), (in_words, colons)) = (parts(first), parts(last));
    let is_one = if colon == 0 { colons.is_power_of_two() } else { colons == 0 && colon.is_power_of_two() };
    if !is_one || (in_word | colon) & (in_words | colons) != TOPS {
        return None;
    }
    let at = if colon == 0 { 8 + colons.trailing_zeros() / 8 } else { colon.trailing_zeros() / 8 };
    let word = (colon != 0).then(|| first & !(!0 << (8 * at)));
    Some(Named { name: text.get(..at as usize)?, word })
}

/// The highest bit of each byte that is part of a word, and of each that is a colon.
#[inline]
fn parts(word: u64) -> (u64, u64) {
    let low = word & !TOPS;
    // the highest bit says: no less than this
    let least = |bytes: u64, least: u8| bytes + u64::from(0x80 - least) * EACH;
    let is = |byte: u8| !least(low ^ (u64::from(byte) * EACH), 1);
    let small = low | (0x20 * EACH);
    let letter = least(small, b'a') & !least(small, b'z' + 1);
    let digit = least(low, b'0') & !least(low, b'9' + 1);
    ((letter | digit | is(b'_') | word) & TOPS, is(b':') & !word & TOPS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::mask::is_word;

    #[test]
    fn a_name_before_a_colon_is_seen_at_once() {
        assert_eq!(look("product_1234567"), Look::Harmless);
        assert_eq!(look("product:1234567"), Look::Named(u64::from_le_bytes(*b"product\0")));
        assert_eq!(look("id:1"), Look::Named(u64::from(b'i') | u64::from(b'd') << 8));
        assert_eq!(look(":123"), Look::Named(0));
        for text in ["pwd 'x'", "pass \"x\"", "Basic a1"] {
            assert!(!has_no_odd_signs(text), "{text}");
        }
        for text in ["products:12345", "a:b:1", "a:b 1", "a:b@c", "product:12345678", "a:b"] {
            assert_eq!(look(text), Look::Unknown, "{text}");
        }
    }

    #[test]
    fn each_byte_is_taken_for_what_it_is() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let word = u64::from_le_bytes([b'a'; 8]) ^ (u64::from(byte ^ b'a') << (8 * place));
                let bit = 0x80 << (8 * place);
                let (in_word, colons) = parts(word);
                assert_eq!(in_word & bit != 0, is_word(byte), "{byte}");
                assert_eq!(in_word | bit, TOPS);
                assert_eq!(colons, if byte == b':' { bit } else { 0 });
            }
        }
    }

    #[test]
    fn a_text_with_one_colon_is_taken_apart() {
        let all = "product_1234567";
        for len in 4..16 {
            assert!(named(&all[..len]).is_none());
            for at in 0..len {
                let text = format!("{}:{}", &all[..at], &all[at + 1..len]);
                let Named { name, word } = named(&text).expect(&text);
                assert_eq!(name, &all[..at]);
                let bytes = word.map(u64::to_le_bytes);
                let expected = (at < 8).then(|| {
                    let mut bytes = [0; 8];
                    bytes[..at].copy_from_slice(name.as_bytes());
                    bytes
                });
                assert_eq!(bytes, expected);
                for other in [":", "=", "@", " ", "\"", "-", "/", "[", "\x7f"] {
                    for place in (0..len).filter(|place| *place != at) {
                        let mut text = text.clone();
                        text.replace_range(place..=place, other);
                        assert!(named(&text).is_none(), "{text}");
                    }
                }
            }
        }
        assert!(named("a:b").is_none() && named("product:12345678").is_none());
    }
}
