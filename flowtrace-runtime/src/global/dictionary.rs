//! The dictionary of the process, which all its threads add to.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::drain::sink::Sink;
use crate::record::dictionary::{Dictionary, Function};
use crate::render::Renderer;
use crate::thread::id;
use crate::thread::state::{self, INCOMPLETE};

/// Set in the number of a callsite for which there was no room beside the ring: its calls are rendered where they are made.
pub(crate) const UNKEPT: u32 = 1 << 31;

static DICTIONARY: Mutex<Option<Dictionary>> = Mutex::new(None);

/// Renders what can't wait for the drainer.
struct Helper {
    renderer: Renderer,
    /// How much it knows of the entries that are kept, and of those that are not.
    known: [usize; 2],
}

static HELPER: Mutex<Option<Helper>> = Mutex::new(None);

/// The dictionary, locked.
pub(crate) struct Guard(MutexGuard<'static, Option<Dictionary>>);

impl Guard {
    fn dictionary(&mut self) -> &mut Dictionary {
        self.0.get_or_insert_with(|| Dictionary::new(id::key()))
    }

    /// Has the dictionary kept beside the ring of `sink` from now on.
    pub(crate) fn attach(&mut self, sink: &Arc<Sink>) {
        let sink = Arc::clone(sink);
        let fits = self.dictionary().keep_in(Box::new(move |entries| sink.define(entries)));
        state::set(INCOMPLETE, !fits);
    }
}

/// Locks the dictionary: nobody adds to it until the guard is dropped.
pub(crate) fn lock() -> Guard {
    Guard(DICTIONARY.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Keeps the dictionary and the renderer still, for a fork.
pub(crate) fn hold() -> impl Sized {
    // in the order of who renders
    (HELPER.lock().unwrap_or_else(PoisonError::into_inner), lock())
}

/// In the child of a fork: the ring is the parent's.
pub(crate) fn forked() {
    if let Some(dictionary) = &mut *DICTIONARY.lock().unwrap_or_else(PoisonError::into_inner) {
        dictionary.let_go();
    }
}

/// A new number for a function.
pub(crate) fn callsite_number<'a>(function: Function<'a>, args: impl Iterator<Item = &'a str>) -> u32 {
    let number = lock().dictionary().add_callsite(function, args);
    number.unwrap_or_else(|unkept| unkept | UNKEPT)
}

/// The number of a type, if there is one for it.
pub(crate) fn type_number(name: &'static str) -> Option<u32> {
    lock().dictionary().type_number(name)
}

/// The number of a thread's label, if there is one for it.
pub(crate) fn thread_number(label: &str) -> Option<u32> {
    lock().dictionary().thread_number(label)
}

/// The number of a field's name, if there is one for it.
pub(crate) fn name_number(name: &'static str) -> Option<u16> {
    lock().dictionary().name_number(name)
}

/// The name of a field with this number.
pub(crate) fn name(number: u16) -> Option<&'static str> {
    lock().dictionary().name(number)
}

impl Helper {
    /// A record of this process can be rendered.
    fn render(&mut self, kind: u8, payload: &[u8], line: &mut Vec<u8>) {
        if self.renderer.render(kind, payload, line).is_ok() {
            return;
        }
        for (entries, known) in lock().dictionary().entries().into_iter().zip(&mut self.known) {
            self.renderer.learn(&entries[*known..]);
            *known = entries.len();
        }
        let _ = self.renderer.render(kind, payload, line);
    }
}

fn helper(place: &mut Option<Helper>) -> &mut Helper {
    place.get_or_insert_with(|| Helper { renderer: Renderer::new(), known: [0; 2] })
}

/// Renders a record here and now, where nobody else could.
#[cold]
pub(crate) fn render(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut line = Vec::new();
    // nobody waits for another thread here
    match HELPER.try_lock() {
        Ok(mut place) => helper(&mut place).render(kind, payload, &mut line),
        Err(_) => helper(&mut None).render(kind, payload, &mut line),
    }
    line
}

/// Renders a record into `line`, which is empty, to help the drainer; false if another thread does so right now.
pub(crate) fn help(kind: u8, payload: &[u8], line: &mut Vec<u8>) -> bool {
    let Ok(mut place) = HELPER.try_lock() else { return false };
    helper(&mut place).render(kind, payload, line);
    !line.is_empty()
}
