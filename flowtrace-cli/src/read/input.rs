//! A file or stdin is opened: compressed or not, ended or growing.
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::blocks::Blocks;
use super::follow::Follow;
use super::lines::Lines;
use super::runs;
use crate::failure::{Failure, Outcome};
use crate::progress::Progress;

/// What to read.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    Stdin,
    File(PathBuf),
    /// These bytes of a file, before which so many lines stand.
    Part(PathBuf, Range<u64>, u64),
}

impl From<&str> for Input {
    fn from(word: &str) -> Self {
        if word == "-" { Self::Stdin } else { Self::File(word.into()) }
    }
}

impl std::fmt::Display for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdin => f.write_str("stdin"),
            Self::File(path) | Self::Part(path, ..) => path.display().fmt(f),
        }
    }
}

impl Input {
    /// The file, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdin => None,
            Self::File(path) | Self::Part(path, ..) => Some(path),
        }
    }

    /// The runs of the program in it, the oldest first; empty where they can't be told apart.
    pub(crate) fn runs(&self) -> Outcome<Vec<Range<u64>>> {
        let Self::File(path) = self else { return Ok(Vec::new()) };
        runs::of(path).map_err(|error| Failure::at(self, error))
    }

    /// These bytes of it.
    pub(crate) fn part(self, bytes: Range<u64>) -> Outcome<Self> {
        let Self::File(path) = self else { return Ok(self) };
        let lines =
            runs::lines_before(&path, bytes.start).map_err(|error| Failure::at(path.display(), error))?;
        Ok(Self::Part(path, bytes, lines))
    }

    /// How many lines stand before it in its file.
    pub(super) fn lines_before(&self) -> u64 {
        if let Self::Part(_, _, lines) = self { *lines } else { 0 }
    }

    /// Its lines as they stand.
    pub(crate) fn lines(&self, progress: &Progress) -> Outcome<Lines> {
        Ok(Lines::new(self.open(false, progress)?, self.lines_before()))
    }

    /// Opens it, whatever it is compressed by; a file that is followed grows, and is not compressed.
    pub(crate) fn open(&self, follow: bool, progress: &Progress) -> Outcome<Blocks> {
        let file: Box<dyn Read + Send> = match self {
            Self::Stdin => Box::new(io::stdin()),
            Self::File(path) | Self::Part(path, ..) => {
                let mut file = File::open(path).map_err(|error| Failure::at(self, error))?;
                let metadata = file.metadata().map_err(|error| Failure::at(self, error))?;
                if metadata.is_dir() {
                    return Err(Failure::at(self, "is a directory; expected a trace file"));
                }
                if follow && metadata.is_file() {
                    let file = Follow::open(path.clone()).map_err(|error| Failure::at(self, error))?;
                    return Ok(Blocks::new(Box::new(file)));
                }
                if let Self::Part(_, bytes, _) = self {
                    file.seek(SeekFrom::Start(bytes.start)).map_err(|error| Failure::at(self, error))?;
                    progress.expect(bytes.end.min(metadata.len()).saturating_sub(bytes.start));
                    Box::new(file.take(bytes.end - bytes.start))
                } else {
                    progress.expect(metadata.len());
                    Box::new(file)
                }
            }
        };
        let source = decompressed(progress.watch(file)).map_err(|error| Failure::at(self, error))?;
        Ok(Blocks::new(source))
    }
}

/// Looks at the first bytes for the mark of gzip or zstd.
fn decompressed(mut source: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut mark = Vec::new();
    source.by_ref().take(4).read_to_end(&mut mark)?;
    let is_gzip = mark.starts_with(&[0x1f, 0x8b]);
    let is_zstd = mark == [0x28, 0xb5, 0x2f, 0xfd];
    let source = Cursor::new(mark).chain(source);
    Ok(if is_gzip {
        Box::new(flate2::read::MultiGzDecoder::new(source))
    } else if is_zstd {
        Box::new(zstd::Decoder::new(source)?)
    } else {
        Box::new(source)
    })
}
