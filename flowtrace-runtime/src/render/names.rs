//! What the numbers in records stand for, as it stands in lines.
use std::collections::BTreeMap;

use super::stamp::BEGIN;
use super::value::FieldNames;
use crate::record::count::Count;
use crate::record::decode::More;
use crate::record::dictionary::{Entries, Entry};
use crate::record::encode::Head;
use crate::record::{Event, NO_THREAD, UNNAMED, flag};
use crate::text::Text;
use crate::text::json;

/// The names that records name by number.
#[derive(Default)]
pub(super) struct Names {
    functions: Table<Function>,
    types: Table<Box<[u8]>>,
    threads: Table<Box<[u8]>>,
    fields: Table<Box<str>>,
    /// Tells the high half of a trace id from the low one.
    pub(super) key: u64,
}

/// The parts of a function's lines that are always the same.
pub(super) struct Function {
    /// `","module":"…","function":"…"`, behind the thread's label.
    head: Box<[u8]>,
    /// How the last of its lines began, one for each event.
    fronts: [Front; 3],
    /// `,\"id\":` of each argument.
    pub(super) args: Box<[Box<[u8]>]>,
    /// `,"source":"…"`
    pub(super) source: Box<[u8]>,
}

/// How a line begins, up to the function's name.
#[derive(Default)]
struct Front {
    /// The thread that is named in it, if its label has a number.
    thread: Option<u32>,
    text: Vec<u8>,
}

/// Values by numbers that mostly count up from 0.
struct Table<T> {
    first: Vec<Option<T>>,
    /// Beyond what a damaged number may have made large.
    others: BTreeMap<u32, T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { first: Vec::new(), others: BTreeMap::new() }
    }
}

impl<T> Table<T> {
    fn set(&mut self, number: u32, value: T) {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        if at <= self.first.len() {
            if at == self.first.len() {
                self.first.push(None);
            }
            self.first[at] = Some(value);
        } else {
            self.others.insert(number, value);
        }
    }

    #[inline]
    fn get(&self, number: u32) -> Option<&T> {
        match self.first.get(usize::try_from(number).ok()?) {
            Some(value) => value.as_ref(),
            None => self.others.get(&number),
        }
    }

    #[inline]
    fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        match self.first.get_mut(usize::try_from(number).ok()?) {
            Some(value) => value.as_mut(),
            None => self.others.get_mut(&number),
        }
    }
}

/// Has `write` write a text.
fn text(write: impl FnOnce(&mut Text)) -> Box<[u8]> {
    let mut text = Text::new();
    write(&mut text);
    text.as_bytes().into()
}

impl Names {
    /// Takes entries of the dictionary.
    pub(super) fn learn(&mut self, entries: &[u8]) {
        let escaped = |name: &str| text(|text| json::escape(name, text));
        for entry in Entries::new(entries) {
            match entry {
                Entry::Key(key) => self.key = key,
                Entry::Callsite { number, function, args } => {
                    let head = text(|text| {
                        text.push(b"\",\"module\":\"");
                        json::escape(function.module, text);
                        text.push(b"\",\"function\":\"");
                        json::escape(function.name, text);
                        text.push(b"\"");
                    });
                    let arg = |name: &&str| {
                        text(|text| {
                            text.push(b",");
                            json::quote(name, text);
                            text.push(b":");
                        })
                    };
                    let source = text(|text| {
                        text.push(b",\"source\":\"");
                        json::escape(function.source, text);
                        text.push(b"\"");
                    });
                    let args = args.iter().map(arg).collect();
                    let fronts = Default::default();
                    self.functions.set(number, Function { head, fronts, args, source });
                }
                Entry::Type { number, name } => self.types.set(number, escaped(short_name(name))),
                Entry::Thread { number, label } => self.threads.set(number, escaped(label)),
                Entry::Name { number, name } => self.fields.set(number, name.into()),
            }
        }
    }

    #[inline]
    pub(super) fn function(&self, number: u32) -> Option<&Function> {
        self.functions.get(number)
    }

    /// Begins the line of a record.
    #[inline]
    pub(super) fn begin(&mut self, head: &Head, more: &More<'_>, line: &mut Text) -> Option<()> {
        let Self { functions, threads, .. } = self;
        let function = functions.get_mut(head.callsite)?;
        let front = &mut function.fronts[head.event as usize];
        if front.thread != Some(head.thread) {
            let start = line.len();
            line.literal(BEGIN);
            line.push(event(head.event));
            thread(threads, head.thread, more, line)?;
            line.push(&function.head);
            front.text.clear();
            front.text.extend_from_slice(line.as_bytes().get(start..)?);
            front.thread = Some(head.thread).filter(|thread| *thread != NO_THREAD);
            return Some(());
        }
        line.push(&front.text);
        Some(())
    }

    /// Writes the front of a line of calls that were left out, with a gap for the timestamp.
    pub(super) fn begin_count(&self, count: &Count, more: &More<'_>, line: &mut Text) -> Option<()> {
        line.literal(BEGIN);
        line.literal(b",\"event\":\"COUNT\",\"thread\":\"");
        thread(&self.threads, count.thread, more, line)?;
        line.push(&self.functions.get(count.callsite)?.head);
        Some(())
    }

    /// Writes the key `type`, if there is one.
    pub(super) fn type_of(&self, more: &More<'_>, line: &mut Text) -> Option<()> {
        if more.flags & (flag::TYPE | flag::TYPE_NAME) == 0 {
            return Some(());
        }
        line.literal(b",\"type\":\"");
        if more.flags & flag::TYPE == 0 {
            json::escape(short_name(more.type_name), line);
        } else {
            line.push(self.types.get(more.type_number)?);
        }
        line.literal(b"\"");
        Some(())
    }
}

impl FieldNames for Names {
    #[inline]
    fn name(&self, number: u16) -> Option<&str> {
        self.fields.get(number.into()).map(|name| &**name)
    }
}

/// Writes the label of a thread.
fn thread(threads: &Table<Box<[u8]>>, number: u32, more: &More<'_>, line: &mut Text) -> Option<()> {
    match number {
        NO_THREAD if more.flags & flag::LABEL != 0 => json::escape(more.label, line),
        UNNAMED.. => {
            line.literal(b"Thread-");
            line.number((number & !UNNAMED).into());
        }
        number => line.push(threads.get(number)?),
    }
    Some(())
}

fn event(event: Event) -> &'static [u8] {
    match event {
        Event::Enter => b",\"event\":\"ENTER\",\"thread\":\"",
        Event::Exit => b",\"event\":\"EXIT\",\"thread\":\"",
        Event::Exception => b",\"event\":\"EXCEPTION\",\"thread\":\"",
    }
}

/// `Stack` of `my_crate::Stack<alloc::string::String>`; of a type that has no path, such as a tuple,
/// all of it.
fn short_name(full: &str) -> &str {
    let (path, is_dyn) = full.strip_prefix("dyn ").map_or((full, false), |path| (path, true));
    if !path.starts_with(|c: char| c.is_alphabetic() || c == '_') || path.starts_with("fn(") {
        return full;
    }
    let path = path.split_once('<').map_or(path, |(path, _)| path);
    let path = if is_dyn { path.split(" + ").next().unwrap_or(path) } else { path };
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_called_by_its_last_segment() {
        for (full, short) in [
            ("demo::product::ProductService", "ProductService"),
            ("demo::Stack<alloc::vec::Vec<demo::Item>>", "Stack"),
            ("u32", "u32"),
            ("dyn demo::Store + core::marker::Send", "Store"),
            ("(demo::A, demo::B)", "(demo::A, demo::B)"),
            ("[demo::A; 4]", "[demo::A; 4]"),
            ("&demo::A", "&demo::A"),
        ] {
            assert_eq!(short_name(full), short);
        }
    }

    #[test]
    fn a_table_takes_any_number_and_grows_by_what_is_in_it() {
        let mut table = Table::default();
        for number in [0, 1, 5, u32::MAX, 1] {
            table.set(number, number);
        }
        assert_eq!(
            [0, 1, 5, u32::MAX].map(|number| table.get(number).copied()),
            [0, 1, 5, u32::MAX].map(Some)
        );
        assert!(table.get(2).is_none() && table.first.len() == 2);
    }
}
