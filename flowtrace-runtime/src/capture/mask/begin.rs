//! Where in a text a secret may begin or be announced: by a sign, or by the first bytes of a known format.
use crate::text::copy;

/// The first bytes of what may be a secret: each of the first with each of the second and each of the third. Where a
/// place has none, any byte may stand there, and also the end of the text.
const BEGINS: [[&[u8]; 3]; 20] = [
    [b"\":=([{@>", b"", b""],
    // an equals sign or a colon in a part of a URL
    [b"%", b"3", b"DdAa"],
    // the fields of a struct, and a string behind a word
    [b" ", b"{\"'\\", b""],
    // a flag, an option with a user and a password, and a private key
    [b"-", b"-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", b""],
    [b"A", b"IKS", b"AIz"],
    [b"Bb", b"Ee", b"Aa"],
    [b"Bb", b"Aa", b"Ss"],
    [b"e", b"y", b"J"],
    [b"g", b"h", b"oprsu"],
    [b"g", b"i", b"t"],
    [b"g", b"l", b"pdrcsfai"],
    [b"h", b"f", b"_"],
    [b"n", b"p", b"m"],
    [b"p", b"y", b"p"],
    [b"rs", b"k", b"-_"],
    [b"w", b"h", b"s"],
    [b"xy", b"oa", b"xp2"],
    // Docker, DigitalOcean, Shopify
    [b"ds", b"coh", b"kp"],
    // age, Atlassian, Google, SendGrid
    [b"AGS", b"GTO", b"EAC."],
    // Figma, Groq, Vault, Linear, Sentry, Square, Tailscale, Brevo
    [b"fghlstx", b"ikvnqs", b"ecgknst0"],
];

/// For each byte the bits of the `BEGINS` that have it at their first, second and third place, 20 bits for each place.
const TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let mut begin = 0;
        while begin < BEGINS.len() {
            let mut place = 0;
            while place < 3 {
                if may_be(BEGINS[begin][place], byte) {
                    table[byte] |= 1 << (20 * place + begin);
                }
                place += 1;
            }
            begin += 1;
        }
        byte += 1;
    }
    table
};

const fn may_be(bytes: &[u8], byte: usize) -> bool {
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] as usize == byte {
            return true;
        }
        i += 1;
    }
    bytes.is_empty()
}

/// Finds them from the front to the back.
#[derive(Default)]
pub(super) struct Begins {
    /// Up to where the text was looked at.
    seen: usize,
    /// A bit for each byte of the last window with which something begins.
    found: u8,
}

/// Bytes that are looked at together, before anything is decided.
const WINDOW: usize = 8;

impl Begins {
    /// Where the first of them is from `from` on, which only grows.
    #[inline]
    pub(super) fn next(&mut self, text: &[u8], from: usize) -> Option<usize> {
        if from < self.seen {
            self.found &= u8::MAX << (from + WINDOW - self.seen);
        } else {
            *self = Self { seen: from, found: 0 };
        }
        while self.found == 0 {
            self.found = look(text.get(self.seen..).filter(|rest| !rest.is_empty())?);
            self.seen += WINDOW;
        }
        Some(self.seen - WINDOW + self.found.trailing_zeros() as usize)
    }
}

/// A bit for each byte of the window at the front with which something begins.
#[inline]
fn look(text: &[u8]) -> u8 {
    let Some(bytes) = text.first_chunk::<{ WINDOW + 2 }>() else { return look_at_end(text) };
    // written so that it is cheap in a build without optimization, too
    let (mut first, mut second) = (TABLE[usize::from(bytes[0])], TABLE[usize::from(bytes[1])]);
    let (mut found, mut i) = (0, 0);
    while i < WINDOW {
        let third = TABLE[usize::from(bytes[i + 2])];
        if first & (second >> 20) & (third >> 40) != 0 {
            found |= 1 << i;
        }
        (first, second) = (second, third);
        i += 1;
    }
    found
}

#[cold]
fn look_at_end(text: &[u8]) -> u8 {
    // nothing begins with what stands behind the end
    let mut bytes = [0; 2 * WINDOW];
    copy(text, &mut bytes[..text.len()]);
    look(&bytes)
}
