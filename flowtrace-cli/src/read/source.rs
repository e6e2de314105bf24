//! The bytes of an input as lines: as they stand there, or those that a compact file's records stand for.
use std::io::{self, Cursor, Read};

use flowtrace_runtime::compact::{self, Damage};

type Reader = Box<dyn Read + Send>;

/// What lines are read from.
pub(super) struct Source {
    kind: Kind,
}

enum Kind {
    /// Nothing is read yet.
    New(Reader),
    Lines(Reader),
    Compact(Box<compact::Lines<Reader>>),
}

impl Source {
    pub(super) fn new(reader: Reader) -> Self {
        Self { kind: Kind::New(reader) }
    }

    /// What could not be read so far, of a compact file.
    pub(super) fn damage(&self) -> Damage {
        match &self.kind {
            Kind::Compact(lines) => lines.damage(),
            Kind::New(_) | Kind::Lines(_) => Damage::default(),
        }
    }

    /// Looks at what comes first.
    fn begin(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Kind::New(reader) = &mut self.kind else { return Ok(0) };
        let len = reader.read(into)?;
        let reader = std::mem::replace(reader, Box::new(io::empty()));
        if !compact::is_compact(&into[..len]) {
            self.kind = Kind::Lines(reader);
            return Ok(len);
        }
        let reader: Reader = Box::new(Cursor::new(into[..len].to_vec()).chain(reader));
        self.kind = Kind::Compact(Box::new(compact::Lines::new(reader)));
        self.read(into)
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.kind {
            Kind::New(_) => self.begin(into),
            Kind::Lines(reader) => reader.read(into),
            Kind::Compact(lines) => lines.read(into),
        }
    }
}
