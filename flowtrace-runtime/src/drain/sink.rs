//! Takes lines and sees to it that they are written: the ring, its file, its drainer, and the output, put together.
use std::cell::Cell;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::clock;
use crate::compact::writer::Writer;
use crate::drain::{self, Drain, Step};
use crate::file::asked::Asked;
use crate::file::format::Format;
use crate::file::held::Held;
use crate::os;
use crate::output::Target;
use crate::ring::Ring;
use crate::ring::channel::Channel;
use crate::ring::file::{self, Identity, OwnRing, RingFile};
use crate::ring::memory::Memory;
use crate::settings::config::Config;
use crate::settings::keep::KeepNow;
use crate::thread::local;

/// How long a flush, and so the end of the process, waits for a reader that does not read.
const PATIENCE: Duration = Duration::from_secs(5);
/// Of an output that is limited, the ring holds this part at most.
const WAITING: u64 = 64;
/// The smallest ring.
const PAGE: u64 = 4096;

pub(crate) struct Sink {
    channel: Channel,
    drain: Mutex<Drain>,
    ring: Option<Arc<OwnRing>>,
    /// The descriptor of the output, if it is a file.
    held: Arc<Held>,
    name: String,
    /// Records become lines, which callers can help with.
    renders: bool,
    keep: Arc<KeepNow>,
}

impl Sink {
    /// Opens the output and starts the drainer, which calls `end_all` once nobody reads the output any more.
    ///
    /// # Errors
    /// The output can't be opened.
    pub(crate) fn open(config: &Config, end_all: fn(), keep: &Arc<KeepNow>) -> io::Result<Arc<Self>> {
        let held = Arc::new(Held::default());
        let mut target = Target::open(config, &held)?;
        // what waits when the output is full is written all the same
        let most = if config.max_bytes == 0 { u64::MAX } else { config.max_bytes / WAITING };
        let capacity = (config.buffer_bytes as u64).min(most).max(PAGE).next_power_of_two();
        let key = RandomState::new().build_hasher().finish();
        let lost = Cell::new(0);
        target.bound(|lines| lost.set(lost.get() + lines));
        let (ring, memory) = match target.file() {
            Some((output, asked)) => in_file(output, asked, capacity, key),
            None => (None, Memory::anonymous(capacity)),
        };
        if let Some(ring) = &ring {
            target.keep_in(Arc::clone(ring));
        }
        let name = config.output.to_string();
        let (channel, reader) = Channel::new(Ring::new(memory?, key), config.on_full);
        channel.lose(lost.get());
        let renders = target.format() == Format::Lines;
        let writer = Writer::new(config.compress, key);
        let its_keep = Arc::clone(keep);
        let drain = Drain::new(target, name.clone(), end_all, reader, writer, config.max_bytes, its_keep);
        let (drain, keep) = (Mutex::new(drain), Arc::clone(keep));
        let sink = Arc::new(Self { channel, drain, ring, held, name, renders, keep });
        let its_own = Arc::clone(&sink);
        let drainer = os::without_signals(|| {
            thread::Builder::new().name("flowtrace".to_owned()).spawn(move || its_own.run())
        });
        if drainer.is_err() {
            sink.channel.leave_unattended();
        }
        Ok(sink)
    }

    /// Whether the drainer has so much to do that callers had better render their records themselves.
    #[inline]
    pub(crate) fn is_crowded(&self) -> bool {
        // of what may be left out no line is needed
        self.channel.is_crowded() && self.renders && self.keep.get().is_all()
    }

    /// Takes one record, see [`Channel::push`].
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the path of a call that finds room is one function")]
    pub(crate) fn push(&self, kind: u8, payload: &[u8], late: Option<(usize, impl FnOnce() -> u64)>) {
        if self.channel.push(kind, payload, late) {
            self.woken();
        }
    }

    /// Keeps entries of the dictionary beside the ring; false if there is no room. One at a time.
    pub(crate) fn define(&self, entries: &[u8]) -> bool {
        self.channel.ring().define(entries)
    }

    #[cold]
    fn woken(&self) {
        if self.channel.is_unattended() {
            self.write_out();
        }
    }

    /// Waits until all that was pushed is written; false if some was lost or that took too long.
    pub(crate) fn flush(&self) -> bool {
        self.channel.flush(self.patience(), || self.held.taken())
    }

    /// How long to wait for the drainer; without one, everything is done at once.
    fn patience(&self) -> Duration {
        if !self.channel.is_unattended() {
            return PATIENCE;
        }
        self.write_out();
        Duration::ZERO
    }

    /// Writes what is there and takes no more: after this the process may end at any moment, and no line
    /// is torn by it.
    pub(crate) fn end(&self) {
        if os::EXIT_STOPS_THREADS {
            self.write_without_drainer();
        }
        if self.channel.end(self.patience(), || self.held.taken()) {
            if let Some(ring) = &self.ring {
                ring.remove();
            }
            return;
        }
        let kept = if self.ring.is_some() { "; they are kept for the next start" } else { "" };
        // what is counted is not written meanwhile
        self.channel.close();
        let (lines, name) = (self.channel.unread(), &self.name);
        crate::complain(&format!("the last {lines} lines could not be written to {name}{kept}"));
    }

    /// Writes what is there: the drainer may be gone by now. If it holds what is needed, it is writing.
    fn write_without_drainer(&self) {
        if let Ok(mut drain) = self.drain.try_lock() {
            while let Step::Wrote | Step::More = drain.step(&self.channel) {}
        }
    }

    /// In the child of a fork: lets go of what is the parent's.
    pub(crate) fn leave_to_parent(&self) {
        self.held.close_in_child();
        if let Some(ring) = &self.ring {
            ring.leave_to_parent();
            self.channel.ring().leave_to_parent();
        }
    }

    /// The drainer's life.
    fn run(&self) {
        // the allocator may be traced
        local::leave_untraced();
        let _leaving = Leaving(&self.channel);
        drain::run(&self.channel, &self.drain);
    }

    /// What the drainer does, on the thread of whoever pushed: until nothing is left, and whoever pushes from then on
    /// sees that nobody is at it.
    fn write_out(&self) {
        let mut drain = self.drain.lock().unwrap_or_else(PoisonError::into_inner);
        os::without_signals(|| {
            while !self.channel.is_over() {
                match drain.step(&self.channel) {
                    Step::Closed => break,
                    Step::NotYet => thread::sleep(Duration::from_millis(1)),
                    Step::Wrote | Step::More => {}
                    step => {
                        if step == Step::Failed {
                            drain.give_up(&self.channel);
                        }
                        if self.channel.leave_asleep() {
                            break;
                        }
                        // another thread has claimed a place, and is about to write there
                        thread::yield_now();
                    }
                }
            }
        });
    }
}

/// Has nobody wait for a drainer that is gone. Nothing in it is meant to panic; but if something did, writers that need
/// room would stand still for ever.
struct Leaving<'a>(&'a Channel);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
            crate::complain("the thread that writes the trace has panicked; nothing more is written");
        }
    }
}

/// A ring in a file, or else one that dies with the process, which is told.
fn in_file(
    output: &Path,
    asked: &Asked,
    capacity: u64,
    key: u64,
) -> (Option<Arc<OwnRing>>, io::Result<Memory>) {
    let (asked, output) = (asked.clone(), output.to_owned());
    let (started, process) = (clock::now(), std::process::id());
    let identity = Identity { asked, output, started, process, capacity, key };
    // a limit on the size of files must be an error here, not a signal
    match os::without_signals(|| RingFile::create(&file::folders(), &identity)) {
        Ok((ring, memory)) => (Some(Arc::new(ring)), Ok(memory)),
        Err(error) => {
            let why = os::without_ring(&error);
            crate::complain(&format!("{why}; a killed process loses its last lines"));
            (None, Memory::anonymous(capacity))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::kind::LINE;
    use crate::ring::NOTHING_LATE;
    use crate::settings::config::{OnFull, Output};

    #[test]
    fn a_device_that_is_full_loses_and_counts() {
        let output = Output::File("/dev/full".into());
        let config = Config { output, on_full: OnFull::Block, ..Config::default() };
        let keep = Arc::new(KeepNow::new(config.keep));
        let sink = Sink::open(&config, || {}, &keep).expect("a device");
        sink.push(LINE, b"{\"a\":1}\n", NOTHING_LATE);
        assert!(!sink.flush(), "a lost line is no success");
    }

    #[test]
    fn nobody_waits_for_a_drainer_that_panicked() {
        let config = Config { buffer_bytes: 4096, on_full: OnFull::Block, ..Config::default() };
        let memory = Memory::anonymous(config.buffer_bytes as u64).expect("memory");
        let (channel, _reader) = Channel::new(Ring::new(memory, 1), config.on_full);
        let panics = || {
            let _leaving = Leaving(&channel);
            std::panic::resume_unwind(Box::new(()))
        };
        assert!(thread::scope(|scope| scope.spawn(panics).join()).is_err());
        // more than there is room for
        for _ in 0..1000 {
            channel.push(LINE, b"{\"a\":1}\n", NOTHING_LATE);
        }
        assert!(!channel.flush(PATIENCE, || 0), "nothing was read");
    }

    /// As [`Sink::end`] may come at any moment of the drainer's, this is done over and over.
    #[test]
    fn what_can_be_written_again_is_written_at_the_end() {
        for _ in 0..12 {
            let place = tempfile::tempdir().expect("a folder");
            let folder = place.path().join("traces");
            std::fs::create_dir(&folder).expect("a folder");
            let output = folder.join("trace.jsonl");
            let config =
                Config { output: Output::File(output.clone()), buffer_bytes: 4096, ..Config::default() };
            let config = Config { on_full: OnFull::Block, ..config };
            let keep = Arc::new(KeepNow::new(config.keep));
            let sink = Sink::open(&config, || {}, &keep).expect("a file");
            std::fs::remove_dir_all(&folder).expect("removed");
            sink.push(LINE, b"{}\n", NOTHING_LATE);
            assert!(!sink.flush(), "there is no folder");
            std::fs::create_dir(&folder).expect("a folder");
            // more than the buffer holds, so that the drainer is kept awake
            for _ in 0..1000 {
                sink.push(LINE, b"{}\n", NOTHING_LATE);
            }
            sink.end();
            let text = std::fs::read_to_string(&output).unwrap_or_default();
            let lines =
                text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
            let counts =
                lines.map(|line| line.get("count").map_or(1, |count| count.as_u64().expect("a number")));
            assert_eq!(counts.sum::<u64>(), 1001);
        }
    }

    #[test]
    fn what_nobody_can_read_is_told_with_its_reason() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("trace.jsonl");
        let config = Config { output: Output::File(path.clone()), ..Config::default() };
        let keep = Arc::new(KeepNow::new(config.keep));
        let sink = Sink::open(&config, || {}, &keep).expect("a file");
        sink.push(LINE, b"{}\n", NOTHING_LATE);
        sink.push(62, b"of another kind", NOTHING_LATE);
        sink.push(LINE, b"{}\n", NOTHING_LATE);
        sink.end();
        let text = std::fs::read_to_string(&path).expect("lines");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[0], lines[2]), (3, "{}", "{}"), "{text}");
        assert!(lines[1].ends_with("\"count\":1,\"reason\":\"unreadable\"}"), "{text}");
    }
}
