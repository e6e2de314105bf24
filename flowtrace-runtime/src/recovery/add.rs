//! Adds what is left in a ring to its output, as the ring's own reader would: each step is noted in the ring before it is
//! taken, so that whoever comes after a kill goes on from there.
use std::io;
use std::path::Path;

use super::scan::{Kind, Left, scan};
use super::written::{find, take_written};
use super::{BATCH, Recovered, any_tells, ready, settle};
use crate::compact::Compression;
use crate::compact::writer::Writer;
use crate::file::LogFile;
use crate::file::format::Format;
use crate::render;
use crate::ring::file::RingFile;
use crate::ring::reason::Reason;

/// Adds `ring`, which this process holds and whose lines go to `output`, to the end of `file`.
pub(crate) fn add(
    ring: &RingFile,
    output: &Path,
    file: &mut LogFile,
    found: &mut Recovered,
) -> io::Result<()> {
    let tells = |place| ring.tells_of(place) || any_tells(place);
    settle(file, tells)?;
    if let Some(mut left) = scan(&ring.read()?) {
        if let Some(mut moved) = moved_aside(&left, output, file) {
            let _ = settle(&mut moved, tells);
        }
        take_written(&mut left, output)?;
        ring.set_state(&left.state)?;
        let mut writer = Writer::new(Compression::default(), left.key);
        writer.learn(|_, definitions| definitions.append(&mut left.definitions));
        while !left.pieces().is_empty() {
            add_some(&mut left, &mut writer, ring, file, found)?;
        }
        tell_lost(&mut left, ring, file, found)?;
        found.processes += 1;
    }
    ring.remove();
    Ok(())
}

/// The file that the process was writing to, if it was moved aside since: it may end with half a line.
fn moved_aside(left: &Left, output: &Path, file: &LogFile) -> Option<LogFile> {
    let place = left.state.noted.place;
    if !left.state.noted.covers(left.state.head, place) || file.end().is_in(place) {
        return None;
    }
    let mut moved = LogFile::open_old(&find(place, output)?, left.format).ok()?;
    moved.lock().then_some(moved)
}

/// Adds as many lines as are written at once.
fn add_some(
    left: &mut Left,
    writer: &mut Writer,
    ring: &RingFile,
    file: &mut LogFile,
    found: &mut Recovered,
) -> io::Result<()> {
    let overhead = |place| if left.format == Format::Blocks { writer.overhead(place) } else { 0 };
    ready(file, Some(left.pieces()[0].len + overhead(None)))?;
    let room = file.room().saturating_sub(overhead(Some(file.end())));
    let count = left.pieces_in(room.min(BATCH)).max(1);
    let len = left.pieces()[..count].iter().map(|piece| piece.len).sum();
    let bytes = match left.format {
        Format::Lines => &left.text()[..len],
        Format::Blocks => writer.block(&left.text()[..len], count, left.position(count), Some(file.end())),
    };
    let (head, at) = (left.state.head, left.at);
    let mut state = left.state;
    state.noted.begin_lines(head, file.end(), bytes.len(), at);
    ring.set_state(&state)?;
    let outcome = file.append(bytes);
    left.state = state;
    let count = match &outcome {
        Ok(()) => count,
        Err((_, written)) if left.format == Format::Lines => left.pieces_in(*written),
        Err(_) => 0,
    };
    if outcome.is_ok() {
        writer.written();
    }
    for piece in &left.pieces()[..count] {
        let is_line = piece.kind == Kind::Whole;
        found.lines += u64::from(is_line);
        found.lost += u64::from(!is_line);
    }
    left.advance(count);
    left.state.noted.end();
    ring.set_state(&left.state)?;
    outcome.map_err(|(error, _)| error)
}

/// Tells how many lines the process itself did not keep.
fn tell_lost(left: &mut Left, ring: &RingFile, file: &mut LogFile, found: &mut Recovered) -> io::Result<()> {
    let (state, at) = (&mut left.state, crate::clock::now());
    let count = state.untold();
    if count == 0 {
        return Ok(());
    }
    let line = render::lost(at, count, Reason::from_number(state.noted.reason).name());
    let line = file.format().piece(&line);
    ready(file, Some(line.len()))?;
    state.noted.begin_lost(state.head, file.end(), line.len(), at, state.lost);
    ring.set_state(state)?;
    file.append(&line).map_err(|(error, _)| error)?;
    state.noted.told = state.lost;
    state.noted.end();
    ring.set_state(state)?;
    found.lost += count;
    Ok(())
}
