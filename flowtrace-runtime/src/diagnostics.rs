//! What the tracer has to say, on stderr: a few lines, said without a lock and without waiting.
//!
//! The program may hold std's lock on stderr for as long as it likes, and wait for a traced call meanwhile. So a message
//! goes to the descriptor itself, in one piece, if there is room for it now and if the descriptor is still the stderr
//! that the program was given.
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::os::{self, start};

/// How many messages may come at once.
const BURST: u64 = 10;
/// How many seconds apart they are after that.
const EVERY: u64 = 60;
/// The longest message: what a pipe takes in one piece.
const LONGEST: usize = os::PIPE_PIECE;

static VOICE: Voice = Voice::new();

/// Says something to whoever runs the program, if it has not said too much already.
pub(crate) fn complain(what: &str) {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let now = BEGAN.get_or_init(Instant::now).elapsed().as_secs();
    VOICE.say(what, now, write);
}

/// Says how much was left out, if anything was: the process ends.
pub(crate) fn end() {
    if VOICE.left_out.load(Ordering::Relaxed) > 0 {
        VOICE.speak("the process ends", write);
    }
}

/// How much is said: a number of messages at once, then one now and then.
struct Voice {
    /// The second of the next message, had all come evenly spread.
    due: AtomicU64,
    left_out: AtomicU64,
}

impl Voice {
    const fn new() -> Self {
        Self { due: AtomicU64::new(0), left_out: AtomicU64::new(0) }
    }

    fn say(&self, what: &str, now: u64, write: impl FnOnce(&[u8]) -> bool) {
        let spread = |due: u64| {
            let due = due.max(now);
            (due - now < BURST * EVERY).then_some(due + EVERY)
        };
        if self.due.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spread).is_ok() {
            self.speak(what, write);
        } else {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn speak(&self, what: &str, write: impl FnOnce(&[u8]) -> bool) {
        let left_out = self.left_out.swap(0, Ordering::Relaxed);
        let end = match left_out {
            0 => "\n".to_owned(),
            1 => " (1 message before this one was left out)\n".to_owned(),
            many => format!(" ({many} messages before this one were left out)\n"),
        };
        let mut message = format!("flowtrace: {what}");
        message.truncate(message.floor_char_boundary(LONGEST - end.len()));
        message.push_str(&end);
        if !write(message.as_bytes()) {
            self.left_out.fetch_add(left_out + 1, Ordering::Relaxed);
        }
    }
}

/// Whether the message was written whole.
fn write(message: &[u8]) -> bool {
    let stderr = os::STDERR;
    if start::stderr().is_none() || os::file_id(stderr) != start::stderr() {
        return false;
    }
    // a closed pipe is an error here, not a signal
    os::without_signals(|| os::write_now(os::standard(stderr), message)).is_ok_and(|n| n == message.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_messages_are_said_and_the_rest_is_counted() {
        let voice = Voice::new();
        let mut said = Vec::new();
        let mut say = |what: &str, now| {
            voice.say(what, now, |message| {
                said.push(String::from_utf8_lossy(message).into_owned());
                true
            });
        };
        (0..15).for_each(|n| say(&n.to_string(), 0));
        say("a minute later", EVERY);
        say("at once again", EVERY);
        (0..15).for_each(|_| say("an hour later", 60 * EVERY));
        assert_eq!(said.len() as u64, BURST + 1 + BURST);
        assert_eq!((said[0].as_str(), said[9].as_str()), ("flowtrace: 0\n", "flowtrace: 9\n"));
        assert_eq!(said[10], "flowtrace: a minute later (5 messages before this one were left out)\n");
        assert_eq!(said[11], "flowtrace: an hour later (1 message before this one was left out)\n");
    }

    #[test]
    fn a_message_that_finds_no_room_is_counted_too() {
        let voice = Voice::new();
        voice.say("nobody reads", 0, |_| false);
        let mut said = String::new();
        voice.say("somebody reads", 0, |message| {
            said = String::from_utf8_lossy(message).into_owned();
            true
        });
        assert_eq!(said, "flowtrace: somebody reads (1 message before this one was left out)\n");
    }

    #[test]
    fn a_message_is_one_piece_for_a_pipe_however_long() {
        Voice::new().say(&"é".repeat(LONGEST), 0, |message| {
            assert!(message.len() <= LONGEST && message.ends_with(b"\n"));
            std::str::from_utf8(message).is_ok()
        });
    }
}
