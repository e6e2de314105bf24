//! Where in a file one run of a program ends and the next begins.
//!
//! Nothing in the lines names a process, but their ids tell: span ids are drawn from one counter of the process, which starts at
//! a random place (docs/FORMAT.md). So two lines are of one process if their counters are near each other. Runs follow one another in
//! a file, so a few looks into it find where they change, however long it is. The blocks of a compact file name their process.
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use flowtrace_runtime::compact;

use super::line::Line;
use super::record::Record;

/// Counters of one process are no further apart.
const NEAR: u64 = 1 << 44;
/// So much is read for a look, at first and at most.
const LOOK: u64 = 1 << 15;
const LONGEST_LOOK: u64 = 1 << 24;
/// So many places are looked at to see that runs do not lie in each other.
const PLACES: u64 = 64;
/// A block's header in a compact file.
const HEADER: usize = 52;

/// The bytes of each run in the file at `path`, the oldest first. Empty if the file does not tell: ids that something else drew, processes
/// that wrote at once, compressed data.
pub(super) fn of(path: &Path) -> io::Result<Vec<Range<u64>>> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(Vec::new());
    }
    let mut first = Vec::new();
    file.by_ref().take(HEADER as u64).read_to_end(&mut first)?;
    let starts = if compact::is_compact(&first) {
        of_blocks(&mut file, metadata.len())?
    } else if first.first().is_some_and(u8::is_ascii) {
        let mut lines = LineFile { file, len: metadata.len() };
        lines.starts()?
    } else {
        Vec::new()
    };
    let ends = starts.iter().skip(1).copied().chain([u64::MAX]);
    Ok(starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect())
}

/// How many lines of the file at `path` stand before byte `end`; of a compact file, which has none, 0.
pub(super) fn lines_before(path: &Path, end: u64) -> io::Result<u64> {
    let (mut file, mut block, mut lines) = (File::open(path)?.take(end), vec![0; 1 << 18], 0);
    loop {
        let read = file.read(&mut block)?;
        if read == 0 || compact::is_compact(&block[..read]) && lines == 0 {
            return Ok(lines);
        }
        lines += memchr::memchr_iter(b'\n', &block[..read]).count() as u64;
    }
}

/// When the last line of the file at `path` was written, if it is one of lines.
pub(super) fn end(path: &Path) -> io::Result<Option<u64>> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let mut text = LineFile { file, len };
    let bytes = text.read(len.saturating_sub(LOOK * 32), LOOK * 32)?;
    let at = |line: &[u8]| match Line::of(line) {
        Line::Call(record) => Some(record.at),
        Line::LeftOut(calls) => Some(calls.at),
        _ => None,
    };
    Ok(bytes.split(|byte| *byte == b'\n').filter_map(at).max())
}

/// Where the runs of a compact file begin.
fn of_blocks(file: &mut File, len: u64) -> io::Result<Vec<u64>> {
    let (mut starts, mut sessions, mut at) = (Vec::new(), Vec::new(), 0);
    while at + HEADER as u64 <= len {
        let mut header = [0; HEADER];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut header)?;
        if !compact::is_compact(&header) {
            return Ok(Vec::new());
        }
        let [_, _, body, _, _, _, low, high, ..] = header.as_chunks::<4>().0 else { return Ok(Vec::new()) };
        let session = u64::from(u32::from_le_bytes(*high)) << 32 | u64::from(u32::from_le_bytes(*low));
        // 0 is of no process: lines that are missing
        if session != 0 && sessions.last() != Some(&session) {
            if sessions.contains(&session) {
                return Ok(Vec::new());
            }
            starts.push(if starts.is_empty() { 0 } else { at });
            sessions.push(session);
        }
        at += HEADER as u64 + u64::from(u32::from_le_bytes(*body));
    }
    Ok(starts)
}

/// A file of lines.
struct LineFile {
    file: File,
    len: u64,
}

/// A line that tells its process.
#[derive(Clone, Copy, Debug)]
struct Sign {
    /// Where the line begins.
    at: u64,
    counter: u64,
}

impl Sign {
    fn is_near(self, other: Self) -> bool {
        let apart = self.counter.wrapping_sub(other.counter);
        apart.min(apart.wrapping_neg()) < NEAR
    }
}

impl LineFile {
    fn starts(&mut self) -> io::Result<Vec<u64>> {
        let (Some(first), Some(last)) = (self.next(0)?, self.last()?) else { return Ok(Vec::new()) };
        let mut runs = vec![Sign { at: 0, ..first }];
        while let Some(run) = runs.last().copied().filter(|run| !run.is_near(last)) {
            runs.push(self.change(run, last)?);
        }
        let known = |sign: Sign| runs.iter().rposition(|run| run.at <= sign.at).map(|i| runs[i]);
        for place in 0..if runs.len() > 1 { PLACES } else { 0 } {
            let sign = self.next(self.len / PLACES * place)?;
            if sign.is_some_and(|sign| known(sign).is_none_or(|run| !run.is_near(sign))) {
                return Ok(Vec::new());
            }
        }
        Ok(runs.into_iter().map(|run| run.at).collect())
    }

    /// The first line that is not of the process of `run`, which `other` is not of, either.
    fn change(&mut self, run: Sign, other: Sign) -> io::Result<Sign> {
        let (mut before, mut behind, mut end) = (run.at, other, other.at);
        while end.saturating_sub(before) > LOOK {
            let middle = before + (end - before) / 2;
            match self.next(middle)? {
                Some(sign) if sign.at < behind.at && sign.is_near(run) => before = sign.at,
                Some(sign) if sign.at < behind.at => (behind, end) = (sign, sign.at),
                // no line from there on tells
                _ => end = middle,
            }
        }
        Ok(self.next_but(before, run, behind.at)?.unwrap_or(behind))
    }

    /// The first line from `at` on and before `end` that is not of the process of `run`.
    fn next_but(&mut self, mut at: u64, run: Sign, end: u64) -> io::Result<Option<Sign>> {
        while let Some(sign) = self.next(at)?.filter(|sign| sign.at < end) {
            if !sign.is_near(run) {
                return Ok(Some(sign));
            }
            at = sign.at + 1;
        }
        Ok(None)
    }

    /// The first line that begins at `at` or behind it and tells its process.
    fn next(&mut self, at: u64) -> io::Result<Option<Sign>> {
        let mut look = LOOK;
        loop {
            // one byte more says whether a line begins at `at`
            let from = at.saturating_sub(1);
            let bytes = self.read(from, look)?;
            let skipped = if at == 0 { Some(0) } else { memchr::memchr(b'\n', &bytes).map(|end| end + 1) };
            if let Some(sign) =
                skipped.and_then(|skipped| signs(&bytes[skipped..], from + skipped as u64).next())
            {
                return Ok(Some(sign));
            }
            if from + look >= self.len || look >= LONGEST_LOOK {
                return Ok(None);
            }
            look *= 4;
        }
    }

    /// The last line that tells its process.
    fn last(&mut self) -> io::Result<Option<Sign>> {
        let mut look = LOOK;
        loop {
            let from = self.len.saturating_sub(look);
            let bytes = self.read(from, look)?;
            let skipped = if from == 0 { Some(0) } else { memchr::memchr(b'\n', &bytes).map(|end| end + 1) };
            if let Some(sign) =
                skipped.and_then(|skipped| signs(&bytes[skipped..], from + skipped as u64).last())
            {
                return Ok(Some(sign));
            }
            if from == 0 || look >= LONGEST_LOOK {
                return Ok(None);
            }
            look *= 4;
        }
    }

    fn read(&mut self, from: u64, len: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(from))?;
        self.file.by_ref().take(len).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// The whole lines of `bytes`, which begin at `at` in the file, that tell their process.
fn signs(bytes: &[u8], at: u64) -> impl Iterator<Item = Sign> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.scan(at, |at, line| Some((std::mem::replace(at, *at + line.len() as u64), line))).filter_map(
        |(at, line)| match Line::of(line.strip_suffix(b"\n")?) {
            Line::Call(record) => counter(&record).map(|counter| Sign { at, counter }),
            _ => None,
        },
    )
}

/// The counter that the id of a call was drawn from, if another id of the line says that it was.
fn counter(record: &Record<'_>) -> Option<u64> {
    let own = Sign { at: 0, counter: unmix(record.span) };
    // of a root, the id of the trace ends with one
    let drawn = record.parent.or_else(|| super::canonical::span_id(record.trace.raw().get(16..)?))?;
    own.is_near(Sign { at: 0, counter: unmix(drawn) }).then_some(own.counter)
}

/// Undoes what makes an id of a counter: the finalizer of `SplitMix64`.
fn unmix(mut id: u64) -> u64 {
    id = (id ^ (id >> 31) ^ (id >> 62)).wrapping_mul(0x3196_42b2_d24d_8ec3);
    id = (id ^ (id >> 27) ^ (id >> 54)).wrapping_mul(0x96de_1b17_3f11_9089);
    id ^ (id >> 30) ^ (id >> 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// As the runtime has it.
    fn mix(mut x: u64) -> u64 {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn line(counter: u64) -> String {
        let span = mix(counter);
        format!(
            "{{\"timestamp\":1,\"event\":\"ENTER\",\"thread\":\"main\",\"module\":\"m\",\"function\":\"f\",\"args\":\"{{}}\",\
             \"nanos\":0,\"traceId\":\"00000000000000aa{span:016x}\",\"spanId\":\"{span:016x}\"}}\n"
        )
    }

    fn runs(text: &str) -> Vec<Range<u64>> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        of(file.path()).unwrap()
    }

    #[test]
    fn an_id_says_which_counter_it_was_drawn_from() {
        for counter in [1, 2, u64::MAX, 0x0123_4567_89ab_cdef] {
            assert_eq!(unmix(mix(counter)), counter);
        }
    }

    #[test]
    fn runs_of_any_length_are_told_apart() {
        let lengths = [1, 20_000, 3, 1, 1, 700, 2];
        let (mut text, mut starts) = (String::new(), Vec::new());
        for (run, length) in (1..).zip(lengths) {
            starts.push(text.len() as u64);
            // counters may pass the largest number
            let counter =
                |i: u64| (run * 0x1234_5678_9abc_def1u64).wrapping_add(i).wrapping_add(u64::MAX - 5);
            text.extend((0..length).map(|i| line(counter(i))));
            text.push_str("another program's line\n");
        }
        // what another program wrote before a run is taken for the end of the one before
        assert_eq!(runs(&text).iter().map(|run| run.start).collect::<Vec<_>>(), starts);
        assert_eq!(runs(&text).last().unwrap().end, u64::MAX);
    }

    #[test]
    fn blocks_of_a_compact_file_say_whose_they_are() {
        let block = |session: u64, body: usize| {
            let mut block = b"\xffftrace\x01".to_vec();
            block.extend(u32::try_from(body).unwrap().to_le_bytes());
            block.extend([0; 12]);
            block.extend(session.to_le_bytes());
            block.resize(HEADER + body, 0);
            block
        };
        let starts = |blocks: &[(u64, usize)]| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            for (session, body) in blocks {
                file.write_all(&block(*session, *body)).unwrap();
            }
            of(file.path()).unwrap().iter().map(|run| run.start).collect::<Vec<_>>()
        };
        // a block without a session has lines that are missing, and is of the run before
        assert_eq!(starts(&[(7 << 40, 10), (7 << 40, 20), (0, 5), (8, 30), (9, 0)]), [0, 191, 273]);
        assert!(starts(&[(7, 10), (8, 10), (7, 10)]).is_empty());
    }

    #[test]
    fn what_does_not_tell_is_one_piece() {
        let at_once: String = (1..2_001).map(|i| line(i + i % 2 * (1 << 60))).collect();
        let foreign = line(7)
            .replace("00000000000000aa", "")
            .replace("\"traceId\":\"", "\"traceId\":\"bbbbbbbbbbbbbbbbcccccccccccccccc\",\"x\":\"");
        assert_eq!((runs(&at_once), runs(&foreign), runs("")), (vec![], vec![], vec![]));
        let one = runs(&(line(1) + &line(2)));
        assert_eq!((one.len(), one[0].start, one[0].end), (1, 0, u64::MAX));
    }
}
