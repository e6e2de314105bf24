//! What follows from the columns of all calls: callers, roots, tracks, bars, tables to look up by.
use std::io;

use super::bars::{self, Bar};
use super::build::Read;
use super::format::{Column, Section, in_chunk, u64_at};
use super::layout::{self, Layout, Track};
use super::map::map;
use super::names::{RunOfCalls, end_of_run};
use super::scan::{NONE, NONE64};
use super::{flag, table};

/// The calls as they were read, from the file that they are in.
pub(super) struct ReadCalls {
    bytes: memmap2::Mmap,
    chunks: Vec<u64>,
    pub(super) calls: u32,
    /// Open calls end with their run, for now.
    runs: Vec<RunOfCalls>,
}

impl ReadCalls {
    pub(super) fn get(&self, column: Column, call: u32) -> u64 {
        let chunk = self.chunks[call as usize / super::format::ROWS];
        u64_at(
            &self.bytes,
            usize::try_from(chunk).unwrap_or(usize::MAX).saturating_add(in_chunk(column, call)),
        )
    }

    fn start(&self, call: u32) -> u64 {
        self.get(Column::Start, call)
    }

    fn end(&self, call: u32) -> u64 {
        match self.get(Column::Duration, call) {
            NONE64 => end_of_run(&self.runs, call).max(self.start(call)),
            duration => self.start(call).saturating_add(duration),
        }
    }

    #[allow(clippy::cast_possible_truncation)] // halves of a word
    fn names(&self, call: u32) -> (u32, u32) {
        let names = self.get(Column::Names, call);
        (names as u32, (names >> 32) as u32)
    }
}

/// Writes the sections that follow from `read`, and says what the tracks are and the runs, which begin at these bytes.
pub(super) fn write(read: &mut Read, begins: &[u64]) -> io::Result<(Vec<Track>, Vec<RunOfCalls>)> {
    let calls = read.chunks.calls;
    let mut rows = ReadCalls {
        bytes: map(&read.out.file)?,
        chunks: read.chunks.places.clone(),
        calls,
        runs: Vec::new(),
    };
    rows.runs = runs(&rows, begins, read.times.1);
    let spans = table::build(calls as usize, (0..calls).map(|call| (call, rows.get(Column::Span, call))));
    adopt(read, &rows, &spans);
    write_u32(read, Section::Spans, spans)?;
    let roots = write_tree(read)?;
    let keys = roots.iter().map(|root| (*root, rows.get(Column::Trace, *root)));
    let by_trace = table::build(roots.len(), keys);
    write_u32(read, Section::Traces, by_trace)?;
    let endpoints = endpoints(read, &roots);
    write_u32(read, Section::Endpoints, endpoints)?;
    write_children(read, &roots)?;
    drop(roots);
    let tracks = write_bars(read, &rows)?;
    let parents = std::mem::take(&mut read.parents);
    write_u32(read, Section::Parent, parents)?;
    Ok((tracks, rows.runs))
}

/// The runs of the program that wrote the trace: each ends when the next begins, and the last at `end`.
fn runs(rows: &ReadCalls, begins: &[u64], end: u64) -> Vec<RunOfCalls> {
    let place = |call: u32| rows.get(Column::Enter, call).min(rows.get(Column::Exit, call));
    let mut runs: Vec<RunOfCalls> = Vec::new();
    for begin in begins {
        let (mut low, mut high) = (0, rows.calls);
        while low < high {
            let middle = low + (high - low) / 2;
            if place(middle) < *begin { low = middle + 1 } else { high = middle }
        }
        if low == rows.calls {
            break;
        }
        if let Some(before) = runs.last_mut() {
            before.end = rows.start(low);
        }
        runs.push(RunOfCalls { first: low, end });
    }
    if runs.is_empty() {
        runs.push(RunOfCalls { first: 0, end });
    }
    runs[0].first = 0;
    runs
}

fn write_u32(read: &mut Read, section: Section, numbers: Vec<u32>) -> io::Result<()> {
    read.out.section(section, numbers.into_iter().map(u32::to_le_bytes))
}

/// Gives callers to calls whose caller had ended when they began, or stood in another file.
fn adopt(read: &mut Read, rows: &ReadCalls, spans: &[u32]) {
    let find = |span: u64, before: u32| {
        let found = table::find(span, spans.len(), |at| spans[at]);
        found.into_iter().find(|call| *call < before && rows.get(Column::Span, *call) == span)
    };
    for (call, parent) in &read.orphans {
        // a caller stands before what it calls
        read.parents[*call as usize] = find(*parent, *call).unwrap_or(NONE);
    }
    for (missing, parent) in &mut read.missing {
        if *parent == NONE && missing.parent != 0 {
            *parent = find(missing.parent, NONE).unwrap_or(NONE);
            if let Some(flags) = read.flags.get_mut(*parent as usize) {
                *flags |= flag::THINNED;
            }
        }
    }
}

/// Writes roots, depths, sizes and flags, and gives the roots.
fn write_tree(read: &mut Read) -> io::Result<Vec<u32>> {
    let count = read.parents.len();
    let mut roots = Vec::new();
    let mut root = vec![0_u32; count];
    let mut depth = vec![0_u16; count];
    for call in 0..count {
        let flags = read.flags[call];
        let parent = read.parents[call] as usize;
        let failed = flags & (flag::ERROR | flag::PANIC) != 0;
        if parent == NONE as usize {
            let number = u32::try_from(call).expect("calls are numbered by 32 bits");
            roots.push(number);
            root[call] = number;
            read.flags[call] |= flag::ROOT | if failed { flag::REACHED } else { 0 };
        } else {
            root[call] = root[parent];
            depth[call] = depth[parent].saturating_add(1);
            read.flags[call] |= if failed { read.flags[parent] & flag::REACHED } else { 0 };
        }
    }
    read.out.section(Section::Root, root.iter().map(|root| root.to_le_bytes()))?;
    read.out.section(Section::Depth, depth.iter().map(|depth| depth.to_le_bytes()))?;
    read.out.section(Section::Flags, read.flags.iter().map(|flags| flags.to_le_bytes()))?;
    let mut size = root;
    size.fill(1);
    for call in (0..count).rev() {
        let parent = read.parents[call] as usize;
        if parent != NONE as usize {
            size[parent] += size[call];
        }
    }
    write_u32(read, Section::Size, size)?;
    Ok(roots)
}

/// The endpoint of each root, where it tells roots apart.
fn endpoints(read: &Read, roots: &[u32]) -> Vec<u32> {
    let useful = read.useful_endpoints();
    let mut known = read.endpoints.iter().peekable();
    let endpoint = |root: &u32| {
        while known.next_if(|(call, _)| call < root).is_some() {}
        let (_, endpoint) = known.next_if(|(call, _)| call == root)?;
        Some(*endpoint).filter(|endpoint| useful[*endpoint as usize])
    };
    roots.iter().map(endpoint).map(|endpoint| endpoint.unwrap_or(NONE)).collect()
}

/// Writes the callees of each call, in order, and the roots behind them.
fn write_children(read: &mut Read, roots: &[u32]) -> io::Result<()> {
    let count = read.parents.len();
    let mut at = vec![0_u32; count + 2];
    for parent in read.parents.iter().filter(|parent| **parent != NONE) {
        at[*parent as usize + 1] += 1;
    }
    for i in 1..=count {
        at[i] += at[i - 1];
    }
    at[count + 1] = u32::try_from(count).expect("calls are numbered by 32 bits");
    read.out.section(Section::ChildrenAt, at.iter().map(|at| at.to_le_bytes()))?;
    let mut children = vec![0_u32; count];
    for (call, parent) in (0..).zip(&read.parents) {
        if *parent != NONE {
            let place = &mut at[*parent as usize];
            children[*place as usize] = call;
            *place += 1;
        }
    }
    children[count - roots.len()..].copy_from_slice(roots);
    write_u32(read, Section::Children, children)
}

/// Writes where each call is drawn, and the bars of all scales.
fn write_bars(read: &mut Read, rows: &ReadCalls) -> io::Result<Vec<Track>> {
    let count = rows.calls as usize;
    let mut layout = Layout::default();
    let (mut track, mut row) = (vec![NONE; count], vec![0_u16; count]);
    let is_async = |call: u32, function: u32| {
        read.flags[call as usize] & flag::ASYNC != 0
            || read.flags[call as usize] & flag::OPEN != 0 && read.functions_async[function as usize]
    };
    for call in 0..rows.calls {
        let (function, thread) = rows.names(call);
        let bar = layout::Placed {
            start: rows.start(call),
            end: rows.end(call),
            thread,
            is_async: is_async(call, function),
        };
        let parent = read.parents[call as usize];
        let above = (parent != NONE).then(|| {
            let (function, thread) = rows.names(parent);
            layout::Above {
                end: rows.end(parent),
                thread,
                is_async: is_async(parent, function),
                track: track[parent as usize],
                row: row[parent as usize],
            }
        });
        (track[call as usize], row[call as usize]) = layout.place(&bar, above.as_ref());
    }
    read.out.section(Section::Track, track.iter().map(|track| track.to_le_bytes()))?;
    read.out.section(Section::Row, row.iter().map(|row| row.to_le_bytes()))?;
    let (mut order, places) = sorted(&layout.tracks, &track, &row);
    drop((track, row));
    let (mut headers, mut levels, mut bar_bytes) = (Vec::new(), Vec::new(), Vec::new());
    let mut bar_count = 0_u64;
    for Group { track, row, first, count } in places {
        let calls = &mut order[first as usize..(first + count) as usize];
        if !calls.is_sorted_by_key(|call| rows.start(*call)) {
            calls.sort_by_key(|call| rows.start(*call));
        }
        let scales = bars::scales(calls.iter().map(|call| (rows.start(*call), rows.end(*call))));
        headers.push(words([
            track,
            row,
            first,
            count,
            u32::try_from(levels.len()).unwrap_or(NONE),
            u32::try_from(scales.len()).unwrap_or(0),
        ]));
        let mut below: Option<Vec<Bar>> = None;
        for scale in scales {
            let level = match &below {
                Some(bars) => bars::joined(bars.iter().copied(), scale),
                None => bars::joined(calls.iter().map(|call| bar_of(rows, &read.flags, *call)), scale),
            };
            levels.push([u64::from(scale), bar_count, level.len() as u64]);
            bar_count += level.len() as u64;
            bar_bytes.extend(level.iter().map(Bar::bytes));
            below = Some(level);
        }
    }
    write_u32(read, Section::Order, order)?;
    read.out.section(Section::Rows, headers)?;
    read.out.section(Section::Levels, levels.into_iter().flatten().map(u64::to_le_bytes))?;
    read.out.section(Section::Bars, bar_bytes)?;
    Ok(layout.tracks)
}

fn words(words: [u32; 6]) -> [u8; 24] {
    let mut out = [0; 24];
    for (place, word) in out.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    out
}

fn bar_of(rows: &ReadCalls, flags: &[u16], call: u32) -> Bar {
    let (start, end) = (rows.start(call), rows.end(call));
    let busy = rows.get(Column::Busy, call);
    let longest = end - start;
    let busy = if busy == NONE64 { longest } else { busy };
    Bar { start, end, busy, call, count: 1, flags: flags[call as usize], longest }
}

/// The calls of a row of a track.
struct Group {
    track: u32,
    row: u32,
    /// Where they stand in the order.
    first: u32,
    count: u32,
}

/// The calls that are drawn, by track, row and number, and where those of each row stand.
fn sorted(tracks: &[Track], track: &[u32], row: &[u16]) -> (Vec<u32>, Vec<Group>) {
    let mut first_row = Vec::new();
    let mut groups = Vec::new();
    for (track, rows) in (0..).zip(tracks.iter().map(|track| track.rows.len())) {
        first_row.push(groups.len());
        let rows = u32::try_from(rows).expect("rows are few");
        groups.extend((0..rows).map(|row| Group { track, row, first: 0, count: 0 }));
    }
    let group =
        |call: usize| (track[call] != NONE).then(|| first_row[track[call] as usize] + usize::from(row[call]));
    for call in 0..track.len() {
        if let Some(group) = group(call) {
            groups[group].count += 1;
        }
    }
    let mut next = 0;
    let mut places = Vec::with_capacity(groups.len());
    for group in &mut groups {
        group.first = next;
        places.push(next);
        next += group.count;
    }
    let mut order = vec![0; next as usize];
    for (number, call) in (0..).zip(0..track.len()) {
        if let Some(group) = group(call) {
            order[places[group] as usize] = number;
            places[group] += 1;
        }
    }
    groups.retain(|group| group.count > 0);
    (order, groups)
}
