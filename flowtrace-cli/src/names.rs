//! Names are kept once, and known by a number.
use std::hash::Hasher;

use hashbrown::HashTable;

use crate::read::{Path, Text};
use crate::text;

/// What a record is grouped or called by, as it stands in the line.
pub(crate) type Parts<'a> = [&'a [u8]; 3];

/// Names of one kind, each with its number.
#[derive(Default)]
pub(crate) struct Names {
    numbers: HashTable<u32>,
    names: Vec<Name>,
}

struct Name {
    parts: [Box<[u8]>; 3],
    text: Box<str>,
}

impl Names {
    /// The number of the name with these parts; `spell` is asked for its text when it is new.
    pub(crate) fn number(&mut self, parts: Parts<'_>, spell: impl FnOnce() -> String) -> u32 {
        let hash = hash(parts);
        let names = &self.names;
        let known = self.numbers.find(hash, |number| names[*number as usize].is(parts));
        if let Some(number) = known {
            return *number;
        }
        let number = u32::try_from(names.len()).expect("fewer than 2³² names");
        self.names.push(Name { parts: parts.map(Box::from), text: spell().into() });
        let names = &self.names;
        self.numbers.insert_unique(hash, number, |number| names[*number as usize].hash());
        number
    }

    /// The number of a function, by its whole path.
    pub(crate) fn function(&mut self, path: &Path<'_>) -> u32 {
        self.number(parts(path), || text::harmless(&text::path(path)).into_owned())
    }

    /// The number of a name of one part: of a thread, of a place in the source.
    pub(crate) fn name(&mut self, name: Text<'_>) -> u32 {
        self.number([name.raw(), b"", b""], || text::name(name))
    }

    /// How a `FLOWTRACE` filter names the function with this number; `None` if it can't.
    pub(crate) fn filter_path(&self, number: u32) -> Option<String> {
        let [module, _, function] = &self.names[number as usize].parts;
        let path = format!("{}::{}", str::from_utf8(module).ok()?, str::from_utf8(function).ok()?);
        let plain = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        path.chars().all(plain).then_some(path)
    }

    /// What all names say, in the order of their numbers.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &*name.text)
    }

    /// What the name with this number says.
    pub(crate) fn text(&self, number: u32) -> &str {
        &self.names[number as usize].text
    }
}

/// What tells one function from another.
pub(crate) fn parts<'a>(path: &Path<'a>) -> Parts<'a> {
    [path.module.raw(), path.self_type.map_or(b"", |text| text.raw()), path.function.raw()]
}

impl Name {
    fn is(&self, parts: Parts<'_>) -> bool {
        self.parts.iter().zip(parts).all(|(own, part)| **own == *part)
    }

    fn hash(&self) -> u64 {
        hash(self.parts.each_ref().map(|part| &**part))
    }
}

fn hash(parts: Parts<'_>) -> u64 {
    let mut hasher = NameHasher::default();
    for part in parts {
        hasher.write(part);
    }
    hasher.finish()
}

/// Eight bytes at a time. Who writes a trace may make names collide; their own reading is what they slow down.
#[derive(Default)]
struct NameHasher(u64);

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.add(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

impl NameHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number() {
        let mut names = Names::default();
        let number =
            |names: &mut Names, parts: [&str; 3]| names.number(parts.map(str::as_bytes), || parts.join("::"));
        let first = number(&mut names, ["shop", "Store", "select"]);
        for i in 0..1000 {
            number(&mut names, ["shop", "Store", &i.to_string()]);
        }
        assert_eq!(number(&mut names, ["shop", "Store", "select"]), first);
        assert_ne!(number(&mut names, ["shop", "", "Storeselect"]), first);
        assert_eq!(names.text(first), "shop::Store::select");
        assert_eq!(names.names.len(), 1002);
    }
}
