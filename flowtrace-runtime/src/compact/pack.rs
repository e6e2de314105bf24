//! The body of a block, compressed and back.
use std::fmt;

/// How the blocks of a compact file are compressed. Lines of JSON are not.
///
/// ```
/// use flowtrace_runtime::{Compression, Config};
///
/// let config = Config::builder().compress(Compression::Lz4).build()?;
/// # let _ = config;
/// # Ok::<(), flowtrace_runtime::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// By LZ4, which is fast.
    Lz4,
    /// By Zstandard, which makes files smaller. It needs the feature `zstd` of this crate.
    Zstd,
}

/// As `FLOWTRACE_COMPRESS` has it.
impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        })
    }
}

/// The compression of this name, if this build has it.
///
/// # Errors
/// It has none of that name.
pub(crate) fn named(name: &str) -> Result<Compression, String> {
    match name.trim() {
        "none" => Ok(Compression::None),
        "lz4" => Ok(Compression::Lz4),
        "zstd" if cfg!(feature = "zstd") => Ok(Compression::Zstd),
        "zstd" => Err("`zstd` needs the feature `zstd` of flowtrace-runtime".to_owned()),
        _ => Err(format!("`{name}` is none of `none`, `lz4`, `zstd`")),
    }
}

/// The smallest that LZ4 makes of so many bytes, at the least.
const LZ4_RATIO: usize = 255;

impl Compression {
    pub(super) fn number(self) -> u8 {
        self as u8
    }

    pub(super) fn of_number(number: u8) -> Option<Self> {
        [Self::None, Self::Lz4, Self::Zstd].into_iter().find(|known| known.number() == number)
    }

    /// Appends `body`, compressed; returns how it was, which is not at all where that would be larger.
    pub(super) fn pack(self, body: &[u8], out: &mut Vec<u8>) -> Self {
        let before = out.len();
        let len = match self {
            Self::None => None,
            Self::Lz4 => {
                out.resize(before + lz4_flex::block::get_maximum_output_size(body.len()), 0);
                lz4_flex::block::compress_into(body, &mut out[before..]).ok()
            }
            Self::Zstd => zstd::pack(body, out),
        };
        if let Some(len) = len.filter(|len| *len < body.len()) {
            out.truncate(before + len);
            return self;
        }
        out.truncate(before);
        out.extend_from_slice(body);
        Self::None
    }

    /// Replaces `out` by the `len` bytes that `packed` was made of; `None` if it is damaged.
    pub(super) fn unpack(self, packed: &[u8], len: usize, out: &mut Vec<u8>) -> Option<()> {
        out.clear();
        let unpacked = match self {
            Self::None => {
                out.extend_from_slice(packed);
                packed.len()
            }
            // what claims more is damaged, and gets no memory
            Self::Lz4 if len / LZ4_RATIO > packed.len() => return None,
            Self::Lz4 => {
                out.resize(len, 0);
                lz4_flex::block::decompress_into(packed, out).ok()?
            }
            Self::Zstd => zstd::unpack(packed, len, out)?,
        };
        (unpacked == len).then_some(())
    }
}

#[cfg(feature = "zstd")]
mod zstd {
    use std::io::Read as _;

    /// The fastest but for those that are no smaller than LZ4's.
    const LEVEL: i32 = 1;

    /// Appends `body`, compressed, and returns its length.
    pub(super) fn pack(body: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        let packed = zstd::bulk::compress(body, LEVEL).ok()?;
        out.extend_from_slice(&packed);
        Some(packed.len())
    }

    /// Appends what `packed` was made of, and a byte more than `len` at most; returns its length.
    pub(super) fn unpack(packed: &[u8], len: usize, out: &mut Vec<u8>) -> Option<usize> {
        zstd::Decoder::new(packed).ok()?.take(len as u64 + 1).read_to_end(out).ok()
    }
}

#[cfg(not(feature = "zstd"))]
mod zstd {
    pub(super) fn pack(_: &[u8], _: &mut Vec<u8>) -> Option<usize> {
        None
    }

    pub(super) fn unpack(_: &[u8], _: usize, _: &mut Vec<u8>) -> Option<usize> {
        None
    }
}
