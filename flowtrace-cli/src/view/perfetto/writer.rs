//! One of the two formats.
use std::io::{self, Write};

use super::event::Events;
use super::slice::{Details, Slice, Track};
use super::track_event::TrackEvents;

/// Writes a timeline.
pub(super) enum Writer<W: Write> {
    Json(Events<W>),
    Protobuf(Box<TrackEvents<W>>),
}

impl<W: Write> Writer<W> {
    pub(super) fn new(json: bool, out: W) -> Self {
        if json { Self::Json(Events::new(out)) } else { Self::Protobuf(Box::new(TrackEvents::new(out))) }
    }

    /// Says when the first line was written.
    pub(super) fn start_at(&mut self, at: u64) {
        if let Self::Json(out) = self {
            out.start_at(at);
        }
    }

    pub(super) fn process(&mut self, input: usize, name: &str) -> io::Result<()> {
        match self {
            Self::Json(out) => out.process(input, name),
            Self::Protobuf(out) => out.process(input, name),
        }
    }

    pub(super) fn thread(&mut self, input: usize, thread: u32, name: &str) -> io::Result<()> {
        match self {
            Self::Json(out) => out.thread(input, thread, name),
            Self::Protobuf(out) => out.thread(input, thread, name),
        }
    }

    /// The group of a request, or a track in it. JSON has neither: a track has the name of its first call.
    pub(super) fn task(&mut self, input: usize, uuid: u64, group: Option<u64>, name: &str) -> io::Result<()> {
        match self {
            Self::Json(_) => Ok(()),
            Self::Protobuf(out) => out.task(input, uuid, group, name),
        }
    }

    /// A call begins, which lasts so long if it ends.
    pub(super) fn begin(
        &mut self,
        slice: &Slice<'_>,
        duration: Option<u64>,
        details: &Details,
    ) -> io::Result<()> {
        match (self, slice.track) {
            (Self::Json(out), Track::Thread) => out.slice(slice, duration.unwrap_or_default(), details),
            (Self::Json(out), Track::Task(task)) => out.task_begin(slice, task, details),
            (Self::Protobuf(out), _) => out.begin(slice, details),
        }
    }

    pub(super) fn end(&mut self, slice: &Slice<'_>, at: u64) -> io::Result<()> {
        match (self, slice.track) {
            (Self::Json(_), Track::Thread) => Ok(()),
            (Self::Json(out), Track::Task(task)) => out.task_end(slice, at, task),
            (Self::Protobuf(out), _) => out.end(slice, at),
        }
    }

    pub(super) fn instant(
        &mut self,
        what: &str,
        at: u64,
        input: usize,
        thread: Option<u32>,
    ) -> io::Result<()> {
        match self {
            Self::Json(out) => out.instant(what, at, input, thread),
            Self::Protobuf(out) => out.instant(what, at, input, thread),
        }
    }

    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Json(out) => out.finish(),
            Self::Protobuf(out) => out.finish(),
        }
    }
}
