//! The drainer: from committed records to few writes, and what becomes of lines that can't be written.
mod decide;
mod keep;
mod pending;
mod room;
pub(crate) mod sink;

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock;
use crate::compact::writer::Writer;
use crate::file::format::Format;
use crate::output::{Ready, Target};
use crate::render;
use crate::ring::channel::{Channel, Reader};
use crate::ring::reason::Reason;
use crate::settings::keep::KeepNow;
use crate::thread::thinning;
use pending::Pending;
use room::Room;

/// How long a line waits for company.
const GATHER: Duration = Duration::from_millis(5);
/// How often in a row there is no line before the drainer goes to sleep.
const IDLE: u32 = 20;
/// How long after a failed write the next is tried.
const RETRY: Duration = Duration::from_millis(200);
/// How often a file is asked for that another process has.
const ASK: Duration = Duration::from_millis(10);
/// How often what other processes have left meanwhile is looked for.
const LOOK: Duration = Duration::from_secs(10);

/// What the drainer knows from one write to the next.
pub(crate) struct Drain {
    target: Target,
    /// As it is called in messages.
    name: String,
    /// Ends the tracing in this process.
    end_all: fn(),
    reader: Reader,
    pending: Pending,
    torn: Option<Torn>,
    /// Why lines are lost, if they are.
    reason: Reason,
    /// Before that, no write is tried after one that failed.
    retry: Option<Instant>,
    /// Somebody was told that writing fails.
    complained: bool,
    room: Room,
}

/// A line or block of which the last write took only a part.
struct Torn {
    rest: Vec<u8>,
    /// Where the ring goes on behind it.
    next: u64,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// There was nothing to do.
    Idle,
    /// All there was is written.
    Wrote,
    /// There is more.
    More,
    /// Another process has the file.
    NotYet,
    /// Writing failed.
    Failed,
    /// Nobody will ever read the output again.
    Closed,
}

/// The drainer's life: until all is written that ever will be.
pub(crate) fn run(channel: &Channel, drain: &Mutex<Drain>) {
    let mut idle = 0;
    let mut looked = Instant::now();
    loop {
        clock::calibrate();
        if looked.elapsed() > LOOK {
            drain.lock().unwrap_or_else(PoisonError::into_inner).look(channel);
            looked = Instant::now();
        }
        // a step that began before the end may have waited for its next try, and not tried
        let ending = channel.is_ending();
        let step = drain.lock().unwrap_or_else(PoisonError::into_inner).step(channel);
        if step == Step::Failed && ending {
            channel.give_up();
            return;
        }
        if channel.is_over() {
            return;
        }
        idle = if step == Step::Idle { idle + 1 } else { 0 };
        match step {
            Step::Closed => return,
            Step::More => {}
            Step::Failed => channel.pause(RETRY),
            Step::NotYet => channel.pause(ASK),
            Step::Wrote | Step::Idle => {
                if idle > IDLE {
                    channel.sleep(None);
                    idle = 0;
                }
                channel.sleep(Some(GATHER));
            }
        }
    }
}

impl Drain {
    /// Blocks, if `target` is to have such, are made by `writer`. `most` is how many bytes are written at most; 0 is no limit.
    pub(crate) fn new(
        target: Target,
        name: String,
        end_all: fn(),
        reader: Reader,
        writer: Writer,
        most: u64,
        keep: Arc<KeepNow>,
    ) -> Self {
        let pending = match target.format() {
            Format::Lines => Pending::lines(keep),
            Format::Blocks => Pending::blocks(writer, keep),
        };
        Self {
            target,
            name,
            end_all,
            reader,
            pending,
            torn: None,
            reason: Reason::BufferFull,
            retry: None,
            complained: false,
            room: Room::new(most),
        }
    }

    /// Writes one batch.
    pub(crate) fn step(&mut self, channel: &Channel) -> Step {
        // a line that is half written goes on where it is
        let next = if self.torn.is_some() { None } else { self.next_len(channel) };
        if self.torn.is_none() && next.is_none() && channel.lost() == 0 {
            return Step::Idle;
        }
        // whoever waits for room does not wait for the next try
        if self.retry.is_some_and(|retry| Instant::now() < retry) && !channel.is_ending() {
            self.make_room(channel);
            return Step::Failed;
        }
        // no writer waits for a file that another process has
        let in_haste = channel.is_ending() || channel.is_stuck();
        let outcome = match self.target.prepare(next, in_haste, |lines| channel.lose(lines)) {
            Ok(Ready::NotYet) => return Step::NotYet,
            Ok(Ready::Now { limit }) => self.write_batch(channel, limit),
            Err(error) => Err(error),
        };
        self.retry = outcome.is_err().then(|| Instant::now() + RETRY);
        match outcome {
            Ok(()) if !self.pending.is_empty() || self.reader.has_next(channel) => Step::More,
            Ok(()) => Step::Wrote,
            // the second is what a socket says
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                self.stop(channel)
            }
            Err(_) if self.target.is_gone() => {
                (self.end_all)();
                let (name, lines) = (&self.name, channel.unread());
                // before whoever flushes goes on, which may be to the end of the process
                crate::complain(&format!(
                    "the program has closed {name} or put another file in its place; \
                     tracing stops, {lines} lines are not written"
                ));
                self.stop(channel)
            }
            Err(error) => {
                self.fail(channel, &error);
                Step::Failed
            }
        }
    }

    /// Ends the tracing: calls go to their bodies from now on.
    fn stop(&self, channel: &Channel) -> Step {
        (self.end_all)();
        channel.close();
        Step::Closed
    }

    /// Adds what other processes have left meanwhile.
    fn look(&mut self, channel: &Channel) {
        self.target.recover(|lines| channel.lose(lines));
    }

    fn write_batch(&mut self, channel: &Channel, limit: usize) -> io::Result<()> {
        if let Some(mut torn) = self.torn.take() {
            if let Err((error, written)) = self.target.write(&torn.rest) {
                torn.rest.drain(..written);
                self.torn = Some(torn);
                return Err(error);
            }
            self.free(channel, torn.next);
        }
        let limit =
            if self.reason == Reason::BufferFull { limit } else { self.tell_lost_first(channel, limit)? };
        self.fill(channel, limit.max(1));
        let place = self.target.place();
        let batch = self.pending.batch(limit, place);
        if let Some(place) = place.filter(|_| !batch.is_empty()) {
            let mut noted = channel.note().get();
            noted.begin_lines(channel.ring().head(), place, batch.len(), 0);
            channel.note().set(&noted);
        }
        if let Err((error, written)) = self.target.write(batch) {
            self.tear(channel, written);
            return Err(error);
        }
        let written = batch.len();
        self.advance(channel, written);
        self.tell_lost(channel)
    }

    /// The bytes of the next line.
    fn next_len(&mut self, channel: &Channel) -> Option<usize> {
        self.fill(channel, 1);
        self.pending.next_len()
    }

    /// Renders up to `bytes`, if there are so many, and more by one line at most.
    fn fill(&mut self, channel: &Channel, bytes: usize) {
        loop {
            self.pending.fill(channel, &mut self.reader, bytes);
            if self.torn.is_some() {
                return;
            }
            if let Some(next) = self.pending.dropped() {
                self.free(channel, next);
            }
            if !self.pass_unreadable(channel) {
                return;
            }
        }
    }

    /// Counts records that can't be read, if they come first, and frees them; whether there were any.
    fn pass_unreadable(&mut self, channel: &Channel) -> bool {
        let Some((records, next)) = self.pending.unreadable() else { return false };
        if channel.lost() == 0 {
            self.set_reason(Reason::Unreadable, channel);
        }
        channel.lose(records);
        self.free(channel, next);
        true
    }

    /// Frees what is written.
    fn advance(&mut self, channel: &Channel, written: usize) {
        let head = channel.ring().head();
        if let (_, Some(next)) = self.pending.advance(written) {
            self.free(channel, next);
        }
        self.pass_unreadable(channel);
        self.room.take(written as u64, channel.ring().head() - head);
        // until it is looked at again, all that waits may be written, and as much come in its place
        if self.room.is_used_up(2 * channel.ring().capacity()) {
            thinning::fill_output();
        }
    }

    fn free(&mut self, channel: &Channel, to: u64) {
        // it may be freed already, since others waited for its room
        self.reader.free(channel, to.max(channel.ring().head()));
    }

    /// Frees what is written, and keeps the rest of a line that is not written whole.
    fn tear(&mut self, channel: &Channel, written: usize) {
        let (whole, next) = self.pending.advance(written);
        if let Some(next) = next {
            self.free(channel, next);
        }
        if written > whole {
            self.torn = self.pending.tear(written - whole).map(|(rest, next)| Torn { rest, next });
        }
    }

    /// Says what was lost while writing failed: those lines are older than the ones in the ring. Returns how many bytes
    /// of lines may follow.
    fn tell_lost_first(&mut self, channel: &Channel, limit: usize) -> io::Result<usize> {
        if channel.lost() == 0 {
            return Ok(limit);
        }
        self.tell_lost(channel)?;
        let next = self.next_len(channel);
        match self.target.prepare(next, true, |lines| channel.lose(lines))? {
            Ready::Now { limit } => Ok(limit),
            Ready::NotYet => Ok(0),
        }
    }

    /// Writes a LOST line where it is due.
    fn tell_lost(&mut self, channel: &Channel) -> io::Result<()> {
        let lost = channel.lost();
        if lost == 0 {
            return Ok(());
        }
        let told_to = channel.note().told() + lost;
        let at = clock::now();
        let line = render::lost(at, lost, self.reason.name());
        let line = self.target.format().piece(&line);
        self.target.prepare(Some(line.len()), true, |lines| channel.lose(lines))?;
        if let Some(place) = self.target.place() {
            let mut noted = channel.note().get();
            noted.begin_lost(channel.ring().head(), place, line.len(), at, told_to);
            channel.note().set(&noted);
        }
        if let Err((error, written)) = self.target.write(&line) {
            if written > 0 {
                channel.note().set_told(told_to);
                self.torn = Some(Torn { rest: line[written..].to_vec(), next: channel.ring().head() });
            }
            return Err(error);
        }
        channel.note().set_told(told_to);
        self.set_reason(Reason::BufferFull, channel);
        Ok(())
    }

    fn set_reason(&mut self, reason: Reason, channel: &Channel) {
        self.reason = reason;
        channel.note().set_reason(reason.number());
    }

    /// Lines stay in the ring until they can be written; where others wait for their room, the oldest go.
    fn fail(&mut self, channel: &Channel, error: &io::Error) {
        self.set_reason(Reason::of(error), channel);
        if !std::mem::replace(&mut self.complained, true) {
            let name = &self.name;
            crate::complain(&format!(
                "cannot write the trace to {name}: {error}; lines that are lost are counted in LOST lines"
            ));
        }
        self.make_room(channel);
        channel.fail();
    }

    fn make_room(&mut self, channel: &Channel) {
        if channel.is_stuck() {
            self.drop_oldest(channel);
            channel.let_go_on();
        }
    }

    /// Loses what is there: there is no drainer that could try again.
    pub(crate) fn give_up(&mut self, channel: &Channel) {
        while self.drop_oldest(channel) {}
    }

    /// Gives a quarter of the ring free, if so much is used; whether there was anything.
    fn drop_oldest(&mut self, channel: &Channel) -> bool {
        let head = channel.ring().head();
        let enough = head + channel.ring().capacity() / 4;
        // of a torn line the rest is still to come
        let mut to = self.torn.as_ref().map_or(head, |torn| torn.next.max(head));
        let mut lost = 0;
        while to < enough
            && let Some((records, next)) = self.pending.drop_first().or_else(|| self.reader.skip(channel))
        {
            to = next;
            lost += records;
        }
        channel.lose(lost);
        self.reader.free(channel, to);
        to > head
    }
}
