//! What a thread is called in the trace: `main`, its name, or `Thread-N`; of several alive that share
//! a name the second is `-2`.
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::global::dictionary;
use crate::record::{NO_THREAD, UNNAMED};

/// The label of a living thread, which it gives back when it ends.
pub(crate) struct Label {
    shown: String,
    /// What records have in its place; `NO_THREAD` if they have the label itself.
    number: u32,
}

/// The labels of the living, and how many unnamed threads there have been.
static TAKEN: Mutex<(BTreeSet<String>, u32)> = Mutex::new((BTreeSet::new(), 0));

/// Keeps the labels still, for a fork.
pub(crate) fn hold() -> impl Sized {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Label {
    /// A label for this thread.
    pub(crate) fn new() -> Self {
        Self::of(thread::current().name().unwrap_or_default())
    }

    fn of(name: &str) -> Self {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let (taken, unnamed) = &mut *taken;
        let mut number = 1;
        let mut shown = name.to_owned();
        let mut own_number = None;
        while shown.is_empty() || taken.contains(&shown) {
            shown = if name.is_empty() {
                *unnamed += 1;
                own_number = Some(*unnamed | UNNAMED).filter(|number| *number != NO_THREAD);
                format!("Thread-{unnamed}")
            } else {
                number += 1;
                format!("{name}-{number}")
            };
        }
        taken.insert(shown.clone());
        let number = own_number.or_else(|| dictionary::thread_number(&shown)).unwrap_or(NO_THREAD);
        Self { shown, number }
    }

    /// What records have in its place.
    #[inline]
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Whether records have its number.
    #[inline]
    pub(crate) fn is_numbered(&self) -> bool {
        self.number != NO_THREAD
    }

    /// The label, if records have to have it.
    #[inline]
    pub(crate) fn inline(&self) -> Option<&str> {
        (!self.is_numbered()).then_some(&*self.shown)
    }
}

impl Drop for Label {
    fn drop(&mut self) {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        taken.0.remove(&self.shown);
    }
}

#[cfg(test)]
mod tests {
    use super::Label;

    #[test]
    fn living_threads_of_one_name_are_numbered_and_numbers_are_used_again() {
        let first = Label::of("worker \"a\"");
        let second = Label::of("worker \"a\"");
        assert_eq!((&*first.shown, &*second.shown), ("worker \"a\"", "worker \"a\"-2"));
        assert!(first.inline().is_none() && first.number() != second.number());
        drop(first);
        assert_eq!(Label::of("worker \"a\"").shown, "worker \"a\"");
    }

    #[test]
    fn unnamed_threads_are_counted_and_no_number_comes_twice() {
        let first = Label::of("");
        let shown = first.shown.clone();
        drop(first);
        let second = Label::of("");
        assert!(second.shown.starts_with("Thread-") && second.shown != shown);
    }

    #[test]
    fn a_name_that_looks_like_a_number_is_not_shared() {
        let numbered = Label::of("twin-2");
        let (first, second) = (Label::of("twin"), Label::of("twin"));
        assert_eq!([&*numbered.shown, &*first.shown, &*second.shown], ["twin-2", "twin", "twin-3"]);
    }
}
