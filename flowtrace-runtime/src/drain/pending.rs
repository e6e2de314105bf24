//! What is rendered, or collected for a block, and not written yet. The records stay in the ring until it is.
use std::collections::VecDeque;
use std::sync::Arc;

use super::keep::Keeper;
use crate::compact::block;
use crate::compact::writer::Writer;
use crate::render::{Renderer, Unreadable};
use crate::ring::channel::{Channel, Reader, Record};
use crate::ring::header::{DROPPED, LARGE};
use crate::ring::note::Place;
use crate::settings::keep::KeepNow;
use crate::text::Text;

/// A buffer larger than this is given back to the allocator.
const KEPT: usize = 1 << 20;

/// Lines, or records for blocks, in the order of the ring.
pub(super) struct Pending {
    keeper: Keeper,
    /// Where the ring goes on behind records that were dropped, if they come first.
    dropped: Option<u64>,
    renderer: Renderer,
    /// How much of the dictionary the renderer has learned.
    learned: u64,
    /// What records become in place of lines.
    blocks: Option<Blocks>,
    text: Text,
    pieces: VecDeque<Piece>,
}

/// What became of a record, or of several that nobody can read.
struct Piece {
    /// The bytes of its line, or in a block; 0 if there is none.
    len: usize,
    /// Where the ring goes on behind it.
    next: u64,
    /// How many records can't be read.
    unreadable: u64,
    /// It is to be written alone.
    is_large: bool,
}

/// Makes blocks.
struct Blocks {
    writer: Writer,
    /// How many bytes of records are in the last one that was made.
    len: usize,
}

impl Pending {
    pub(super) fn lines(keep: Arc<KeepNow>) -> Self {
        Self {
            keeper: Keeper::new(keep),
            dropped: None,
            renderer: Renderer::new(),
            learned: 0,
            blocks: None,
            text: Text::new(),
            pieces: VecDeque::new(),
        }
    }

    pub(super) fn blocks(writer: Writer, keep: Arc<KeepNow>) -> Self {
        Self { blocks: Some(Blocks { writer, len: 0 }), ..Self::lines(keep) }
    }

    /// Renders or collects records until there are so many `bytes` of them, or no more records.
    pub(super) fn fill(&mut self, channel: &Channel, reader: &mut Reader, bytes: usize) {
        self.keeper.look(channel, reader);
        while self.text.len() < bytes
            && let Some(record) = reader.next(channel)
        {
            if record.kind == DROPPED {
                match self.pieces.back_mut() {
                    Some(last) => last.next = record.next,
                    None => self.dropped = Some(record.next),
                }
                continue;
            }
            let before = self.text.len();
            let outcome = self.render(channel, record);
            let (len, next) = (self.text.len() - before, record.next);
            match self.pieces.back_mut() {
                Some(last) if outcome.is_err() && last.unreadable > 0 => {
                    last.next = next;
                    last.unreadable += 1;
                }
                _ => {
                    let (unreadable, is_large) = (u64::from(outcome.is_err()), record.is_large);
                    self.pieces.push_back(Piece { len, next, unreadable, is_large });
                }
            }
        }
        if let Some(Blocks { writer, .. }) = &mut self.blocks {
            // after the records: what they name was defined before them
            writer.learn(|from, out| channel.ring().definitions(from, out));
        }
    }

    /// What can't be rendered may need what was defined meanwhile.
    fn render(&mut self, channel: &Channel, record: Record<'_>) -> Result<(), Unreadable> {
        let Record { kind, payload, .. } = record;
        if self.blocks.is_some() {
            let is_kept = kind != LARGE && block::frame(kind, payload, |bytes| self.text.push(bytes));
            return if is_kept { Ok(()) } else { Err(Unreadable) };
        }
        let outcome = self.renderer.render_to(kind, payload, &mut self.text);
        if outcome.is_ok() {
            return outcome;
        }
        let mut definitions = Vec::new();
        channel.ring().definitions(self.learned, &mut definitions);
        if definitions.is_empty() {
            return outcome;
        }
        self.learned += definitions.len() as u64;
        self.renderer.learn(&definitions);
        self.renderer.render_to(kind, payload, &mut self.text)
    }

    /// Where the ring goes on behind records that were dropped, if they come first.
    pub(super) fn dropped(&mut self) -> Option<u64> {
        self.dropped.take()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The bytes of the next line, or of a block of the next record.
    pub(super) fn next_len(&self) -> Option<usize> {
        let next = self.pieces.front().filter(|piece| piece.unreadable == 0)?;
        Some(next.len + self.overhead(None))
    }

    /// The bytes of a batch at `place` that are no records.
    fn overhead(&self, place: Option<Place>) -> usize {
        self.blocks.as_ref().map_or(0, |blocks| blocks.writer.overhead(place))
    }

    /// Whole lines of up to `limit` bytes, but one at least; or a block of so many records, for a file that ends at `place`.
    /// Nothing of it comes from behind a record that can't be read: recovery, which finds these lines in the file, would
    /// tell of that one in between.
    pub(super) fn batch(&mut self, limit: usize, place: Option<Place>) -> &[u8] {
        let limit = limit.saturating_sub(self.overhead(place));
        let (mut len, mut count, mut next) = (0, 0, 0);
        for piece in self.pieces.iter().take_while(|piece| piece.unreadable == 0) {
            if len > 0 && (piece.is_large || len + piece.len > limit) {
                break;
            }
            (len, count, next) = (len + piece.len, count + 1, piece.next);
            if piece.is_large {
                break;
            }
        }
        match &mut self.blocks {
            Some(blocks) if count > 0 => {
                blocks.len = len;
                blocks.writer.block(&self.text.as_bytes()[..len], count, next, place)
            }
            _ => &self.text.as_bytes()[..len],
        }
    }

    /// Takes away what is whole within the first `bytes` of the batch; their bytes, and where the ring goes on behind them,
    /// if there are any.
    pub(super) fn advance(&mut self, bytes: usize) -> (usize, Option<u64>) {
        let whole = match &mut self.blocks {
            None => bytes,
            Some(blocks) if bytes > 0 && bytes == blocks.writer.last().len() => {
                blocks.writer.written();
                blocks.len
            }
            Some(_) => 0,
        };
        let (mut len, mut next) = (0, None);
        while let Some(piece) = self.pop_if(|piece| piece.unreadable == 0 && len + piece.len <= whole) {
            len += piece.len;
            next = Some(piece.next);
        }
        self.text.drop_front(len);
        if self.text.len() == 0 && self.text.room() > KEPT {
            self.text = Text::new();
        }
        (if self.blocks.is_some() && len > 0 { bytes } else { len }, next)
    }

    /// Takes the first line or the block away, and what follows its first `written` bytes.
    pub(super) fn tear(&mut self, written: usize) -> Option<(Vec<u8>, u64)> {
        if let Some(blocks) = &mut self.blocks {
            let rest = blocks.writer.last()[written..].to_vec();
            let all = blocks.writer.last().len();
            return Some((rest, self.advance(all).1?));
        }
        let piece = self.pieces.pop_front()?;
        let rest = self.text.as_bytes()[written..piece.len].to_vec();
        self.text.drop_front(piece.len);
        Some((rest, piece.next))
    }

    /// Takes records away that can't be read, if they come first; how many, and where the ring goes on behind them.
    pub(super) fn unreadable(&mut self) -> Option<(u64, u64)> {
        let piece = self.pop_if(|piece| piece.unreadable > 0)?;
        Some((piece.unreadable, piece.next))
    }

    /// Takes away whatever comes first; of how many records, and where the ring goes on behind them.
    pub(super) fn drop_first(&mut self) -> Option<(u64, u64)> {
        let piece = self.pieces.pop_front()?;
        self.text.drop_front(piece.len);
        Some((piece.unreadable.max(1), piece.next))
    }

    fn pop_if(&mut self, wanted: impl FnOnce(&Piece) -> bool) -> Option<Piece> {
        if self.pieces.front().is_some_and(wanted) { self.pieces.pop_front() } else { None }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::record::kind::LINE;
    use crate::ring::memory::Memory;
    use crate::ring::{NOTHING_LATE, Ring};
    use crate::settings::config::OnFull;
    use crate::settings::keep::Keep;

    fn channel() -> (Channel, Reader) {
        Channel::new(Ring::new(Memory::anonymous(4096).expect("memory"), 7), OnFull::Drop)
    }

    fn pending() -> Pending {
        Pending::lines(Arc::new(KeepNow::new(Keep::default())))
    }

    fn push(channel: &Channel, line: &str) {
        channel.push(LINE, line.as_bytes(), NOTHING_LATE);
    }

    #[test]
    fn what_nobody_can_read_comes_between_batches_and_is_counted() {
        let ((channel, mut reader), mut pending) = (channel(), pending());
        push(&channel, "a\n");
        channel.push(62, b"of another kind", NOTHING_LATE);
        channel.push(LINE, b"no LF", NOTHING_LATE);
        push(&channel, "b\n");
        pending.fill(&channel, &mut reader, 100);
        assert_eq!(pending.next_len(), Some(2));
        assert_eq!(pending.batch(100, None), b"a\n");
        assert_eq!(pending.unreadable(), None);
        assert_eq!(pending.advance(2), (2, Some(16)));
        assert_eq!(pending.next_len(), None);
        assert_eq!(pending.batch(100, None), b"");
        assert_eq!(pending.unreadable(), Some((2, 16 + 24 + 16)));
        assert_eq!(pending.batch(100, None), b"b\n");
        assert!(!reader.has_next(&channel));
    }

    #[test]
    fn a_batch_is_whole_lines_and_a_torn_one_leaves_its_rest() {
        let ((channel, mut reader), mut pending) = (channel(), pending());
        for line in ["one\n", "two\n", "three\n"] {
            push(&channel, line);
        }
        pending.fill(&channel, &mut reader, 6);
        assert!(reader.has_next(&channel), "no more is rendered than was asked for, but for a line");
        pending.fill(&channel, &mut reader, 100);
        assert_eq!(pending.batch(1, None), b"one\n");
        assert_eq!(pending.batch(9, None), b"one\ntwo\n");
        // 6 bytes of these are written
        assert_eq!(pending.advance(6), (4, Some(16)));
        assert_eq!(pending.tear(2), Some((b"o\n".to_vec(), 32)));
        assert_eq!(pending.batch(100, None), b"three\n");
        assert_eq!(pending.drop_first(), Some((1, 48)));
        assert!(pending.is_empty());
    }

    #[test]
    fn what_is_larger_than_the_ring_comes_alone() {
        let ((channel, mut reader), mut pending) = (channel(), pending());
        let large = format!("{}\n", "x".repeat(5000));
        for line in ["a\n", &large, "b\n", "c\n"] {
            push(&channel, line);
        }
        pending.fill(&channel, &mut reader, 1 << 20);
        for batch in ["a\n", &large, "b\nc\n"] {
            assert_eq!(pending.batch(1 << 20, None), batch.as_bytes());
            pending.advance(batch.len());
        }
    }
}
