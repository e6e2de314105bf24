//! How much of what a ring's reader was writing when it died stands in the file that it noted.
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::scan::{Kind, Left};
use crate::compact::block;
use crate::file::format::{BEGIN, Format};
use crate::os;
use crate::render;
use crate::ring::file::State;
use crate::ring::note::Place;
use crate::ring::reason::Reason;

/// How far behind the noted place the write may stand: another program may append at the same time.
const SLACK: u64 = 1 << 20;

/// Takes away from `left` what is written already. The file is looked for beside `output`, if it is not that.
pub(crate) fn take_written(left: &mut Left, output: &Path) -> io::Result<()> {
    let (head, noted) = (left.state.head, left.state.noted);
    let lines = noted.writes_lines(head);
    if !lines && !noted.writes_lost(head) {
        return Ok(());
    }
    let there = match find(noted.place, output) {
        Some(path) => read(&path, noted.place.offset, noted.len.saturating_add(SLACK))?,
        None => Vec::new(),
    };
    if lines {
        let count = match left.format {
            Format::Lines => written(left, &there),
            Format::Blocks => in_blocks(left, &there),
        };
        left.advance(count);
    } else {
        let count = noted.told_to.saturating_sub(noted.told);
        let line = render::lost(noted.at, count, Reason::from_number(noted.reason).name());
        let is_there = match left.format {
            Format::Lines => position(&there, &line).is_some(),
            Format::Blocks => memmem(&there, &block::of_line(&line)),
        };
        if count > 0 && is_there {
            left.state.noted.told = noted.told_to;
        }
    }
    left.state.noted.end();
    Ok(())
}

/// The file at `place`: `output`, or one in its folder that it was moved aside to.
pub(crate) fn find(place: Place, output: &Path) -> Option<PathBuf> {
    let is_it =
        |path: &Path| fs::metadata(path).is_ok_and(|meta| os::file::id(&meta) == (place.device, place.inode));
    if is_it(output) {
        return Some(output.to_owned());
    }
    let entries = fs::read_dir(output.parent()?).ok()?.filter_map(Result::ok);
    let paths = entries.filter(|entry| os::file::may_be(entry, place.inode)).map(|entry| entry.path());
    paths.into_iter().find(|path| is_it(path))
}

/// Up to `most` bytes from `offset` on; of a file that somebody cut, from its start on.
fn read(path: &Path, offset: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let offset = if file.metadata()?.len() < offset { 0 } else { offset };
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How many pieces stand in `there`.
fn written(left: &Left, there: &[u8]) -> usize {
    let Some(first) = left.pieces().first() else { return 0 };
    let len = usize::try_from(left.state.noted.len).unwrap_or(usize::MAX);
    // its bytes are not known any more
    if first.kind == Kind::Large && left.state.noted.at == 0 {
        let line = there.get(..len).and_then(|line| line.strip_suffix(b"\n"));
        return usize::from(line.is_some_and(|line| line.starts_with(BEGIN) && !line.contains(&b'\n')));
    }
    let Some(start) = position(there, &left.text()[..first.len]) else { return 0 };
    let same = there[start..].iter().zip(left.text()).take(len).take_while(|(a, b)| a == b).count();
    left.pieces_in(same)
}

/// How many pieces the blocks of this ring in `there` hold: each says up to where.
fn in_blocks(left: &Left, there: &[u8]) -> usize {
    let State { head, tail, .. } = left.state;
    let ours = block::whole(there).filter(|header| header.session == left.key);
    let next = ours.map(|header| header.next).filter(|next| (head..=tail).contains(next)).max();
    left.pieces().iter().take_while(|piece| next.is_some_and(|next| piece.at < next)).count()
}

fn memmem(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Where a line of `text` is `line`.
fn position(text: &[u8], line: &[u8]) -> Option<usize> {
    let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(ends).find(|start| text[*start..].starts_with(line))
}
