//! Which track a call is drawn on, and in which row.
//!
//! A sync call stands on its thread's track. An async call may move between threads and overlap others there, so it
//! stands on the track of a task, and what it calls below it. A task's track is used again once all on it has ended.
//! Calls in one row never overlap.
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::scan::NONE;

/// So many tracks of tasks; calls that would need more are not drawn.
const TASKS: usize = 1_000;
/// So many rows a track; deeper calls are not drawn.
const ROWS: usize = 1_000;

/// A call to be placed.
pub(super) struct Placed {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) thread: u32,
    pub(super) is_async: bool,
}

/// The caller, where it stands.
pub(super) struct Above {
    pub(super) end: u64,
    pub(super) thread: u32,
    pub(super) is_async: bool,
    pub(super) track: u32,
    pub(super) row: u16,
}

/// The rows that are taken, and until when.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) tracks: Vec<Track>,
    /// The track of each thread.
    threads: Vec<u32>,
    /// The tracks of tasks, by when they are free.
    tasks: BinaryHeap<Reverse<(u64, u32)>>,
    task_count: usize,
}

/// A track.
#[derive(Default)]
pub(super) struct Track {
    /// The thread; `None` for tasks.
    pub(super) thread: Option<u32>,
    pub(super) calls: u64,
    /// When the last call in each row ends.
    pub(super) rows: Vec<u64>,
}

impl Layout {
    /// The track and the row of the next call; the track is [`NONE`] if it is not drawn.
    pub(super) fn place(&mut self, bar: &Placed, above: Option<&Above>) -> (u32, u16) {
        let below = above.filter(|above| above.track != NONE).and_then(|above| {
            let is_sync = !bar.is_async && !above.is_async && bar.thread == above.thread;
            let fits = is_sync || (bar.is_async || above.is_async) && bar.end <= above.end;
            let row = usize::from(above.row) + 1;
            (fits && self.is_free(above.track, row, bar.start)).then_some((above.track, row))
        });
        let found = below.or_else(|| if bar.is_async { self.task(bar) } else { self.on_thread(bar) });
        let Some((track, row)) = found.filter(|(_, row)| *row < ROWS) else { return (NONE, 0) };
        let taken = &mut self.tracks[track as usize];
        taken.calls += 1;
        if taken.rows.len() <= row {
            taken.rows.resize(row + 1, 0);
        }
        taken.rows[row] = taken.rows[row].max(bar.end);
        (track, u16::try_from(row).expect("fewer rows than 2¹⁶"))
    }

    fn is_free(&self, track: u32, row: usize, start: u64) -> bool {
        self.tracks[track as usize].rows.get(row).is_none_or(|end| *end <= start)
    }

    /// The first row of the thread's track that is free.
    fn on_thread(&mut self, bar: &Placed) -> Option<(u32, usize)> {
        let thread = bar.thread as usize;
        if self.threads.len() <= thread {
            self.threads.resize(thread + 1, NONE);
        }
        if self.threads[thread] == NONE {
            self.threads[thread] = self.add(Some(bar.thread));
        }
        let track = self.threads[thread];
        (0..ROWS).find(|row| self.is_free(track, *row, bar.start)).map(|row| (track, row))
    }

    /// The first row of a task's track on which nothing is left.
    fn task(&mut self, bar: &Placed) -> Option<(u32, usize)> {
        let free =
            self.tasks.peek().filter(|Reverse((end, _))| *end <= bar.start).map(|Reverse((_, track))| *track);
        let track = match free {
            Some(track) => {
                self.tasks.pop();
                track
            }
            None if self.task_count == TASKS => return None,
            None => {
                self.task_count += 1;
                self.add(None)
            }
        };
        self.tasks.push(Reverse((bar.end, track)));
        let free = (0..ROWS).find(|row| self.is_free(track, *row, bar.start));
        free.map(|row| (track, row))
    }

    fn add(&mut self, thread: Option<u32>) -> u32 {
        let track = u32::try_from(self.tracks.len()).expect("fewer tracks than 2³²");
        self.tracks.push(Track { thread, ..Track::default() });
        track
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(start: u64, end: u64, thread: u32, is_async: bool) -> Placed {
        Placed { start, end, thread, is_async }
    }

    fn above(bar: &Placed, (track, row): (u32, u16)) -> Above {
        Above { end: bar.end, thread: bar.thread, is_async: bar.is_async, track, row }
    }

    #[test]
    fn calls_of_a_thread_nest_and_tasks_that_run_at_once_have_tracks_of_their_own() {
        let mut layout = Layout::default();
        let root = bar(0, 100, 7, false);
        let at = layout.place(&root, None);
        assert_eq!(at, (0, 0));
        assert_eq!(layout.place(&bar(10, 20, 7, false), Some(&above(&root, at))), (0, 1));
        // on another thread
        assert_eq!(layout.place(&bar(10, 20, 8, false), Some(&above(&root, at))), (1, 0));
        let task = bar(0, 50, 7, true);
        let task_at = layout.place(&task, None);
        assert_eq!(task_at, (2, 0));
        assert_eq!(layout.place(&bar(0, 60, 7, true), None), (3, 0));
        // a sync call that an async one makes stands below it, on whatever thread
        assert_eq!(layout.place(&bar(5, 9, 8, false), Some(&above(&task, task_at))), (2, 1));
        // two at once: the second is a task of its own
        assert_eq!(layout.place(&bar(10, 30, 8, true), Some(&above(&task, task_at))), (2, 1));
        assert_eq!(layout.place(&bar(20, 30, 8, true), Some(&above(&task, task_at))), (4, 0));
        // a track is used again
        assert_eq!(layout.place(&bar(55, 70, 7, true), None).0, 4);
    }

    #[test]
    fn what_overlaps_in_a_row_goes_to_the_next_and_what_is_too_deep_is_not_drawn() {
        let mut layout = Layout::default();
        assert_eq!(layout.place(&bar(0, 100, 0, false), None), (0, 0));
        assert_eq!(layout.place(&bar(50, 150, 0, false), None), (0, 1));
        for row in 2..ROWS {
            assert_eq!(usize::from(layout.place(&bar(50, 150, 0, false), None).1), row);
        }
        assert_eq!(layout.place(&bar(50, 150, 0, false), None).0, NONE);
    }
}
