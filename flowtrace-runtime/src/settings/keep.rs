//! Which trees of calls are kept: `FLOWTRACE_KEEP=all`, `errors`, `slower=50ms`, `errors,slower=50ms`.
use std::sync::atomic::{AtomicU64, Ordering};

/// A time that no call takes.
const NEVER: u64 = u64::MAX >> 1;

/// A tree of calls is kept if one of them failed or took longer than some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    /// Those that failed count.
    pub(crate) errors: bool,
    /// Nanoseconds; calls that took longer count. With 0 all are kept.
    pub(crate) slower: u64,
}

impl Default for Keep {
    fn default() -> Self {
        Self { errors: true, slower: 0 }
    }
}

impl Keep {
    /// Reads what is to be kept.
    ///
    /// # Errors
    /// A sentence that quotes the part which is none of `all`, `errors`, `slower=…`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut keep = Self { errors: false, slower: NEVER };
        for part in text.split(',').map(str::trim) {
            match part.split_once('=').map_or((part, None), |(key, time)| (key.trim(), Some(time.trim()))) {
                ("all", None) => keep.slower = 0,
                ("errors", None) => keep.errors = true,
                ("slower", Some(time)) => {
                    let wrong = || format!("`{time}` is not a time such as `50ms`, `2s` or `500us`");
                    keep.slower = keep.slower.min(nanos(time).ok_or_else(wrong)?);
                }
                _ => return Err(format!("`{part}` is none of `all`, `errors`, `slower=50ms`")),
            }
        }
        Ok(keep)
    }

    /// Whether nothing is ever left out.
    pub(crate) fn is_all(self) -> bool {
        self.slower == 0
    }
}

/// A time with its unit.
fn nanos(time: &str) -> Option<u64> {
    let digits = time.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = time.split_at(digits);
    let unit = match unit {
        "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "us" | "µs" => 1_000,
        "ns" => 1,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit).filter(|nanos| *nanos < NEVER)
}

/// What is to be kept now, which may change.
pub(crate) struct KeepNow(AtomicU64);

impl KeepNow {
    pub(crate) fn new(keep: Keep) -> Self {
        Self(AtomicU64::new(word(keep)))
    }

    pub(crate) fn set(&self, keep: Keep) {
        self.0.store(word(keep), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Keep {
        let word = self.0.load(Ordering::Relaxed);
        Keep { errors: word & 1 != 0, slower: word >> 1 }
    }
}

fn word(keep: Keep) -> u64 {
    keep.slower.min(NEVER) << 1 | u64::from(keep.errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read() {
        for (text, errors, slower) in [
            ("errors", true, NEVER),
            ("slower=50ms", false, 50_000_000),
            ("errors, slower = 2s", true, 2_000_000_000),
            ("slower=20us,slower=30ns", false, 30),
        ] {
            assert_eq!(Keep::parse(text), Ok(Keep { errors, slower }), "{text}");
            assert_eq!(KeepNow::new(Keep { errors, slower }).get(), Keep { errors, slower });
        }
        assert!(Keep::parse("all").unwrap().is_all() && Keep::default().is_all());
    }

    #[test]
    fn what_cannot_be_read_is_quoted() {
        for (text, word) in
            [("error", "`error`"), ("slower=fast", "`fast`"), ("slower", "`slower`"), ("slower=5", "`5`")]
        {
            assert!(Keep::parse(text).unwrap_err().contains(word), "{text}");
        }
    }
}
