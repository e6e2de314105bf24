//! The lines of a compact file, one block after another; what is damaged is passed over, and counted.
use std::io::{self, Read};

use super::block::{self, HEADER, Header};
use crate::render::Renderer;

/// How much is read at once, at least.
const READ: usize = 256 * 1024;
/// So many dictionaries are kept, those of the processes that wrote last.
const SESSIONS: usize = 1024;
/// A buffer larger than this is given back to the allocator.
const KEPT: usize = 16 << 20;

/// Whether a file that begins like this is a compact one: a byte is enough to tell it from text.
///
/// ```
/// assert!(!flowtrace_runtime::compact::is_compact(b"{\"timestamp\":"));
/// ```
#[must_use]
pub fn is_compact(begin: &[u8]) -> bool {
    !begin.is_empty() && block::begins(begin)
}

/// What could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Damage {
    /// How many places were passed over, each from where a block was to begin up to the next one that is whole.
    pub places: u64,
    /// The bytes of these.
    pub bytes: u64,
    /// Where the first of them begins.
    pub first: u64,
    /// Records that can't be read although their block is whole: an entry of the dictionary is missing.
    pub records: u64,
    /// The last place reaches to the end: a block was not written whole.
    pub is_torn: bool,
}

impl Damage {
    /// Whether all could be read.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.places == 0 && self.records == 0
    }
}

/// Reads the JSON lines of a compact file, byte for byte those that would have been written.
///
/// ```
/// use std::io::Read as _;
///
/// let compact: &[u8] = b"";
/// let mut lines = flowtrace_runtime::compact::Lines::new(compact);
/// let mut text = String::new();
/// lines.read_to_string(&mut text)?;
/// assert!(text.is_empty() && lines.damage().is_none());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Lines<R> {
    source: R,
    /// What is read and not dealt with is `start..end` of these; `start` is `offset` in the file.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    ended: bool,
    damage: Damage,
    /// What comes is passed over, since the end of the last whole block.
    is_lost: bool,
    /// By session, the one that wrote last at the end.
    renderers: Vec<(u64, Renderer)>,
    body: Vec<u8>,
    text: Vec<u8>,
    /// How much of the text is given out.
    given: usize,
}

impl<R: Read> Lines<R> {
    /// Reads from `source`, which is at its beginning, or at that of a block.
    pub fn new(source: R) -> Self {
        Self {
            source,
            bytes: Vec::new(),
            start: 0,
            end: 0,
            offset: 0,
            ended: false,
            damage: Damage::default(),
            is_lost: false,
            renderers: Vec::new(),
            body: Vec::new(),
            text: Vec::new(),
            given: 0,
        }
    }

    /// What could not be read so far.
    #[must_use]
    pub fn damage(&self) -> Damage {
        self.damage
    }

    /// Renders the next block that has lines; false at the end.
    fn more(&mut self) -> io::Result<bool> {
        self.text.clear();
        self.given = 0;
        if self.text.capacity() > KEPT {
            self.text = Vec::new();
        }
        while self.text.is_empty() {
            self.read_up_to(HEADER)?;
            let rest = self.rest();
            if rest.is_empty() {
                return Ok(false);
            }
            match Header::parse(rest) {
                Some(header) => self.block(header)?,
                None => self.pass_over(),
            }
        }
        Ok(true)
    }

    /// What is read and not dealt with.
    fn rest(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Renders the block that begins here, if it is whole.
    fn block(&mut self, header: Header) -> io::Result<()> {
        if let Some(why) = header.refusal() {
            return Err(io::Error::new(io::ErrorKind::Unsupported, why));
        }
        self.read_up_to(header.size())?;
        let rest = &self.bytes[self.start..self.end];
        let body = rest.get(HEADER..header.size()).filter(|body| header.is_of(body));
        let unpacked = body.and_then(|body| header.unpack(body, &mut self.body));
        let Some((definitions, mut records)) = unpacked else {
            self.pass_over();
            return Ok(());
        };
        let known = self.renderers.iter().rposition(|(session, _)| *session == header.session);
        let known = known.map(|at| self.renderers.remove(at));
        let (_, mut renderer) = known.unwrap_or_else(|| (header.session, Renderer::new()));
        renderer.learn(definitions);
        let mut read = 0;
        while let Some((kind, payload)) = block::take(&mut records) {
            let before = self.text.len();
            match renderer.render(kind, payload, &mut self.text) {
                Ok(()) => read += 1,
                Err(_) => self.text.truncate(before),
            }
        }
        self.damage.records += u64::from(header.records).saturating_sub(read);
        if self.renderers.len() == SESSIONS {
            self.renderers.remove(0);
        }
        self.renderers.push((header.session, renderer));
        self.go_on(header.size());
        self.is_lost = false;
        Ok(())
    }

    /// Goes on to where the next block may begin.
    fn pass_over(&mut self) {
        let rest = self.rest();
        let next = rest.get(1..).and_then(block::find).map(|at| at + 1);
        // of the last few bytes more is to be seen
        let len = next.unwrap_or(if self.ended { rest.len() } else { rest.len().saturating_sub(8).max(1) });
        if !std::mem::replace(&mut self.is_lost, true) {
            if self.damage.places == 0 {
                self.damage.first = self.offset;
            }
            self.damage.places += 1;
        }
        self.damage.bytes += len as u64;
        self.go_on(len);
        self.damage.is_torn = self.ended && self.start == self.end;
    }

    fn go_on(&mut self, len: usize) {
        self.start += len;
        self.offset += len as u64;
    }

    /// Reads until `len` bytes are there, if there are so many.
    fn read_up_to(&mut self, len: usize) -> io::Result<()> {
        while !self.ended && self.end - self.start < len {
            if self.start + len > self.bytes.len() {
                self.make_room(len);
            }
            match self.source.read(&mut self.bytes[self.end..]) {
                Ok(read) => {
                    self.ended = read == 0;
                    self.end += read;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Moves what is there to the front; and gets more room if it needs it, but no more than twice as much, since nobody knows
    /// yet whether so much will come.
    fn make_room(&mut self, len: usize) {
        let size = if len <= READ { READ } else { len.min(self.bytes.len() * 2) };
        if size > self.bytes.len() || (self.bytes.len() > KEPT && size < KEPT) {
            let mut larger = vec![0; size.max(self.end - self.start)];
            larger[..self.end - self.start].copy_from_slice(self.rest());
            self.bytes = larger;
        } else {
            self.bytes.copy_within(self.start..self.end, 0);
        }
        (self.start, self.end) = (0, self.end - self.start);
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() && !self.more()? {
            return Ok(0);
        }
        let rest = &self.text[self.given..];
        let len = rest.len().min(into.len());
        into[..len].copy_from_slice(&rest[..len]);
        self.given += len;
        Ok(len)
    }
}

impl<R> std::fmt::Debug for Lines<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines")
            .field("offset", &self.offset)
            .field("damage", &self.damage)
            .finish_non_exhaustive()
    }
}
