//! Bytes are read in large blocks, and cut at line ends.
use std::io::{self, Read};

use flowtrace_runtime::compact::Damage;

use super::source::Source;

/// As much as stays in the second-level cache.
const BLOCK: usize = 512 * 1024;
/// No line is that long; something else was given to read.
const LONGEST_LINE: usize = 1 << 30;

/// Blocks of whole lines from a reader.
pub(crate) struct Blocks {
    source: Source,
    /// The begin of a line whose end has not been read yet.
    begun: Vec<u8>,
    ended: bool,
    /// How many bytes were given out.
    given: u64,
}

/// Room for lines, used again and again.
#[derive(Default)]
pub(crate) struct Block {
    bytes: Vec<u8>,
    filled: usize,
    at: u64,
}

impl Block {
    /// Whole lines, each ended by LF but perhaps the very last of the input.
    pub(crate) fn lines(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// Where its first byte stands among those of all blocks.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }
}

impl Blocks {
    pub(super) fn new(source: Box<dyn Read + Send>) -> Self {
        Self { source: Source::new(source), begun: Vec::new(), ended: false, given: 0 }
    }

    /// What could not be read so far, of a compact file.
    pub(super) fn damage(&self) -> Damage {
        self.source.damage()
    }

    /// Replaces what is in `block` by the next lines; false at the end. Waits for no more than one line.
    pub(super) fn next(&mut self, block: &mut Block) -> io::Result<bool> {
        let Block { bytes, filled, at } = block;
        *at = self.given;
        *filled = self.begun.len();
        if bytes.len() < *filled + BLOCK {
            bytes.resize(*filled + BLOCK, 0);
        }
        bytes[..*filled].copy_from_slice(&self.begun);
        self.begun.clear();
        while !self.ended {
            if *filled == bytes.len() {
                if *filled > LONGEST_LINE {
                    return Err(io::Error::other("a line of more than 1 GiB; expected the lines of a trace"));
                }
                bytes.resize(2 * *filled, 0);
            }
            let read = self.read(&mut bytes[*filled..])?;
            self.ended = read == 0;
            let before = *filled;
            *filled += read;
            if let Some(end) = memchr::memrchr(b'\n', &bytes[before..*filled]) {
                let whole = before + end + 1;
                self.begun.extend_from_slice(&bytes[whole..*filled]);
                *filled = whole;
                self.given += whole as u64;
                return Ok(true);
            }
        }
        self.given += *filled as u64;
        Ok(*filled > 0)
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.source.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that gives what it is told to, a piece at a time.
    struct Pieces(Vec<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            into[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    fn blocks(pieces: &[&str]) -> Vec<String> {
        let pieces = pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect();
        let mut blocks = Blocks::new(Box::new(Pieces(pieces)));
        let (mut block, mut out) = (Block::default(), Vec::new());
        while blocks.next(&mut block).unwrap() {
            out.push(String::from_utf8(block.lines().to_vec()).unwrap());
        }
        out
    }

    #[test]
    fn blocks_end_where_lines_end() {
        assert_eq!(blocks(&["a\nb", "c", "d\n", "e\nf\n", "g"]), ["a\n", "bcd\n", "e\nf\n", "g"]);
        assert_eq!(blocks(&[]), Vec::<String>::new());
        assert_eq!(blocks(&["\n"]), ["\n"]);
    }

    #[test]
    fn a_line_may_be_longer_than_a_block() {
        let long = "x".repeat(BLOCK);
        let text = format!("{long}{long}y\nz\n");
        let mut blocks = Blocks::new(Box::new(io::Cursor::new(text.clone().into_bytes())));
        let (mut block, mut out) = (Block::default(), Vec::new());
        while blocks.next(&mut block).unwrap() {
            assert!(block.lines().ends_with(b"\n"));
            out.extend_from_slice(block.lines());
        }
        assert!(out == text.as_bytes());
    }
}
