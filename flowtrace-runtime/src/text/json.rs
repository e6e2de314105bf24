//! Escaping for JSON strings (RFC 8259, section 7), also for a string that stands in a string.
use crate::text::Text;

/// Appends `text` escaped for the inside of a JSON string.
pub(crate) fn escape(text: &str, out: &mut Text) {
    escape_deep(text, 1, out);
}

/// Appends `text` escaped `depth` times over: 2 is for a string inside of a string of JSON.
///
/// Beside what JSON asks, the other control characters and the line separators of Unicode are
/// escaped, so that no terminal obeys a value and no reader sees a line where there is none.
pub(crate) fn escape_deep(text: &str, depth: u32, out: &mut Text) {
    let bytes = text.as_bytes();
    let mut done = 0;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].first_chunk().is_some_and(|word| is_plain(u64::from_le_bytes(*word))) {
            at += 8;
            continue;
        }
        let stop = bytes.len().min(at + 8);
        while at < stop {
            if !SPECIAL[usize::from(bytes[at])] {
                at += 1;
                continue;
            }
            let Some((c, len)) = special(&bytes[at..]) else {
                at += 1;
                continue;
            };
            out.push(&bytes[done..at]);
            write_special(c, depth, out);
            at += len;
            done = at;
        }
    }
    out.push(&bytes[done..]);
}

/// A quote, in a string of JSON.
pub(crate) const QUOTE: &[u8; 2] = b"\\\"";

/// What stands between the quotes of a string inside of a string; nothing if it is none.
pub(crate) fn unquoted(json: &[u8]) -> &str {
    let text = json.strip_prefix(QUOTE).and_then(|text| text.strip_suffix(QUOTE));
    std::str::from_utf8(text.unwrap_or_default()).unwrap_or_default()
}

/// Appends `text` as a string that stands in a string of JSON.
pub(crate) fn quote(text: &str, out: &mut Text) {
    if !quote_plain(text.as_bytes(), out) {
        out.literal(QUOTE);
        escape_deep(text, 2, out);
        out.literal(QUOTE);
    }
}

/// The same of bytes that are ASCII and stand for themselves; false if they do not, and nothing is appended.
pub(crate) fn quote_plain(bytes: &[u8], out: &mut Text) -> bool {
    /// For one of `N` to twice as many bytes.
    #[inline]
    fn short<const N: usize>(bytes: &[u8], plain: impl Fn([u8; N], [u8; N]) -> bool, out: &mut Text) -> bool {
        let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) else {
            return false;
        };
        let plain = plain(*first, *last);
        if plain {
            out.write::<24>(|pen| {
                pen.literal(QUOTE);
                pen.block(first, bytes.len() - N);
                pen.literal(last);
                pen.literal(QUOTE);
            });
        }
        plain
    }
    let word = u64::from_le_bytes;
    match bytes.len() {
        17.. => {
            let (words, _) = bytes.as_chunks::<8>();
            let last = bytes.last_chunk::<8>();
            let plain = words.iter().chain(last).all(|bytes| is_plain(word(*bytes)));
            if plain {
                out.literal(QUOTE);
                out.push(bytes);
                out.literal(QUOTE);
            }
            plain
        }
        8..=16 => short::<8>(bytes, |first, last| is_plain(word(first)) && is_plain(word(last)), out),
        4..=7 => {
            let both = |[a, b, c, d]: [u8; 4], [e, f, g, h]: [u8; 4]| word([a, b, c, d, e, f, g, h]);
            short::<4>(bytes, |first, last| is_plain(both(first, last)), out)
        }
        _ => {
            let plain = bytes.iter().all(|byte| byte.is_ascii() && !SPECIAL[usize::from(*byte)]);
            if plain {
                out.write::<8>(|pen| {
                    pen.literal(QUOTE);
                    pen.bytes(bytes);
                    pen.literal(QUOTE);
                });
            }
            plain
        }
    }
}

/// Whether none of eight bytes is one to be looked at: all are ASCII, and stand for themselves.
#[inline]
fn is_plain(word: u64) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // the highest bit of a byte is set where it is 0; behind such a byte it may be set for no reason
    let zeros = |word: u64| word.wrapping_sub(EACH) & !word;
    let control = word.wrapping_sub(0x20 * EACH) & !word;
    let is = |byte: u8| zeros(word ^ (u64::from(byte) * EACH));
    (word | control | is(b'"') | is(b'\\') | is(0x7f)) & (0x80 * EACH) == 0
}

/// Bytes that are, or may begin, a character to be escaped.
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut i = 0;
    while i < 0x20 {
        table[i] = true;
        i += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table[0x7f] = true;
    table[0xc2] = true;
    table[0xe2] = true;
    table
};

/// The character at the front and its length, if it is one to be escaped.
fn special(bytes: &[u8]) -> Option<(u16, usize)> {
    match *bytes {
        [0xc2, c @ 0x80..=0x9f, ..] => Some((u16::from(c), 2)),
        [0xe2, 0x80, c @ (0xa8 | 0xa9), ..] => Some((0x2000 | u16::from(c & 0x3f), 3)),
        [c, ..] if c < 0x80 => Some((u16::from(c), 1)),
        _ => None,
    }
}

#[cold]
fn write_special(c: u16, depth: u32, out: &mut Text) {
    // each further depth doubles the backslashes before and puts one more before a quote
    let slashes = |n: u32, out: &mut Text| (0..n).for_each(|_| out.literal(b"\\"));
    let letter = match c {
        0x08 => b'b',
        0x09 => b't',
        0x0a => b'n',
        0x0c => b'f',
        0x0d => b'r',
        0x22 => return (slashes((1 << depth) - 1, out), out.literal(b"\"")).1,
        0x5c => return slashes(1 << depth, out),
        _ => b'u',
    };
    slashes(1 << (depth - 1), out);
    out.literal(&[letter]);
    if letter == b'u' {
        for shift in [12, 8, 4, 0] {
            out.literal(&[HEX[usize::from(c >> shift & 0xf)]]);
        }
    }
}

/// Whether `text` is one JSON value, no deeper than 128 levels.
pub(crate) fn is_json(text: &str) -> bool {
    let mut rest = text.as_bytes();
    value(&mut rest, 128).is_some() && blank(&mut rest).is_empty()
}

fn blank<'t>(rest: &mut &'t [u8]) -> &'t [u8] {
    *rest = rest.trim_ascii_start();
    rest
}

fn eat(rest: &mut &[u8], token: &[u8]) -> Option<()> {
    *rest = blank(rest).strip_prefix(token)?;
    Some(())
}

fn value(rest: &mut &[u8], depth: u32) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match blank(rest).first()? {
        b'{' => list(rest, b"{", b"}", |rest| {
            string(rest)?;
            eat(rest, b":")?;
            value(rest, depth)
        }),
        b'[' => list(rest, b"[", b"]", |rest| value(rest, depth)),
        b'"' => string(rest),
        b't' => eat(rest, b"true"),
        b'f' => eat(rest, b"false"),
        b'n' => eat(rest, b"null"),
        _ => number(rest),
    }
}

fn list(
    rest: &mut &[u8],
    open: &[u8],
    close: &[u8],
    mut item: impl FnMut(&mut &[u8]) -> Option<()>,
) -> Option<()> {
    eat(rest, open)?;
    if eat(rest, close).is_some() {
        return Some(());
    }
    loop {
        item(rest)?;
        if eat(rest, close).is_some() {
            return Some(());
        }
        eat(rest, b",")?;
    }
}

fn string(rest: &mut &[u8]) -> Option<()> {
    eat(rest, b"\"")?;
    loop {
        let (first, behind) = rest.split_first()?;
        *rest = behind;
        match first {
            b'"' => return Some(()),
            b'\\' => {
                let (escaped, behind) = rest.split_first()?;
                *rest = behind;
                match escaped {
                    b'u' => {
                        let (digits, behind) = rest.split_at_checked(4)?;
                        *rest = behind;
                        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                    }
                    c => b"\"\\/bfnrt".contains(c).then_some(())?,
                }
            }
            ..0x20 => return None,
            _ => {}
        }
    }
}

fn number(rest: &mut &[u8]) -> Option<()> {
    fn digits(rest: &mut &[u8]) -> Option<()> {
        let count = rest.iter().take_while(|c| c.is_ascii_digit()).count();
        *rest = &rest[count..];
        (count > 0).then_some(())
    }
    let _ = eat(rest, b"-");
    match rest.first()? {
        b'0' => *rest = &rest[1..],
        _ => digits(rest)?,
    }
    if let Some(behind) = rest.strip_prefix(b".") {
        *rest = behind;
        digits(rest)?;
    }
    if let Some(behind) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        *rest = behind.strip_prefix(b"+").or_else(|| behind.strip_prefix(b"-")).unwrap_or(behind);
        digits(rest)?;
    }
    Some(())
}

const HEX: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str, depth: u32) -> String {
        let mut out = Text::new();
        escape_deep(text, depth, &mut out);
        String::from_utf8(out.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn escaping_deep_is_escaping_over_and_over() {
        let all: String = (0..0x250).chain(0x2020..0x2030).filter_map(char::from_u32).collect();
        for text in [all.as_str(), "", "plain", "\u{2028}\u{2029}\"\\\n\u{1b}[31m é ∞"] {
            let twice = escaped(&escaped(text, 1), 1);
            assert_eq!(escaped(text, 2), twice);
            assert_eq!(escaped(text, 3), escaped(&twice, 1));
        }
    }

    #[test]
    fn what_is_json_is_known_as_serde_json_knows_it() {
        for text in [
            "1",
            "-0.5e+10",
            "0",
            "01",
            "1.",
            ".5",
            "1e",
            "-",
            "\"a\\u00e9\\n\"",
            "\"\\x\"",
            "\"\n\"",
            "\"",
            "[]",
            "[1, 2]",
            "[1,]",
            "[,]",
            "{}",
            "{\"a\": [{}]}",
            "{\"a\"}",
            "{a: 1}",
            "true",
            "tru",
            "nullx",
            " null ",
            "1 2",
            "",
            "[",
            "]",
            "[[[[1]]]",
            "- 1",
        ] {
            assert_eq!(is_json(text), serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_quoted_text_is_escaped_twice_whatever_its_length() {
        for text in
            (0..40).flat_map(|len| ["plain text ".repeat(4)[..len].to_owned(), "a\"é\n".repeat(len / 3)])
        {
            let mut out = Text::new();
            quote(&text, &mut out);
            let expected = escaped(&format!("\"{}\"", escaped(&text, 1)), 1);
            assert_eq!(out.as_bytes(), expected.as_bytes());
            let mut plain = Text::new();
            assert_eq!(
                quote_plain(text.as_bytes(), &mut plain),
                text.is_ascii() && !text.contains(['"', '\n'])
            );
        }
    }

    #[test]
    fn a_character_is_escaped_wherever_it_stands() {
        for odd in ["\"", "\\", "\u{1}", "\u{1f}", "\u{7f}", "\u{80}", "\u{9f}", "\u{2028}"] {
            for (before, after) in (0..20).flat_map(|before| (0..20).map(move |after| (before, after))) {
                let (before, after) = ("~ !#[]^".repeat(3)[..before].to_owned(), "é∞".repeat(after));
                let expected = [&*before, &escaped(odd, 1), &after].concat();
                assert_eq!(escaped(&[&before, odd, &after].concat(), 1), expected);
            }
        }
    }

    #[test]
    fn what_is_escaped_reads_back() {
        let all: String = (0..0x3000).filter_map(char::from_u32).collect();
        let text = format!("\"{}\"", escaped(&all, 1));
        assert!(text.chars().all(|c| !c.is_control()));
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), all);
    }
}
