//! What a thread is called in the trace: `main`, its name, or `Thread-N`; of several alive that share
//! a name the second is `-2`.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::capture::json;

/// The label of a living thread, which it gives back when it ends.
pub(crate) struct Label {
    name: String,
    number: u32,
    /// `,"thread":"…"`, as it stands in a line.
    pub(crate) json: String,
}

/// The numbers taken of each name; those of unnamed threads stand under the empty name and are never
/// given twice.
static TAKEN: Mutex<BTreeMap<String, BTreeSet<u32>>> = Mutex::new(BTreeMap::new());

impl Label {
    /// A label for this thread.
    pub(crate) fn new() -> Self {
        Self::of(thread::current().name().unwrap_or_default())
    }

    fn of(name: &str) -> Self {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers = taken.entry(name.to_owned()).or_default();
        let number = if name.is_empty() {
            numbers.last().map_or(1, |last| last + 1)
        } else {
            (1..=u32::MAX).find(|n| !numbers.contains(n)).unwrap_or(u32::MAX)
        };
        if name.is_empty() {
            numbers.clear();
        }
        numbers.insert(number);
        let shown = match (name, number) {
            ("", n) => format!("Thread-{n}"),
            (name, 1) => name.to_owned(),
            (name, n) => format!("{name}-{n}"),
        };
        let mut label = b",\"thread\":\"".to_vec();
        json::escape(&shown, &mut label);
        label.push(b'"');
        let json = String::from_utf8_lossy(&label).into_owned();
        Self { name: name.to_owned(), number, json }
    }
}

impl Drop for Label {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(numbers) = taken.get_mut(&self.name) {
                numbers.remove(&self.number);
                if numbers.is_empty() {
                    taken.remove(&self.name);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Label;

    #[test]
    fn living_threads_of_one_name_are_numbered_and_numbers_are_used_again() {
        let first = Label::of("worker \"a\"");
        let second = Label::of("worker \"a\"");
        assert_eq!(first.json, r#","thread":"worker \"a\"""#);
        assert_eq!(second.json, r#","thread":"worker \"a\"-2""#);
        drop(first);
        assert_eq!(Label::of("worker \"a\"").json, r#","thread":"worker \"a\"""#);
    }

    #[test]
    fn unnamed_threads_are_counted_and_no_number_comes_twice() {
        let number = |label: &Label| label.number;
        let first = Label::of("");
        let n = number(&first);
        drop(first);
        let second = Label::of("");
        assert!(number(&second) > n && second.json.starts_with(",\"thread\":\"Thread-"));
    }
}
