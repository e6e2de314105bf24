//! What a filter that matches nothing could have meant: names that are nearly what was asked, values that were there.
use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::expr::{Expr, Facts, Field, Op, Test};
use super::value;
use crate::text;

/// So many different names and values are remembered for a test.
const REMEMBERED: usize = 1000;
/// So many of them are told.
const TOLD: usize = 5;
/// Values that are told are no longer than that, in characters.
const LONGEST: usize = 60;

/// What each test of a filter met, as long as no call matched.
#[derive(Debug, Default)]
pub(super) struct Nearest {
    tests: Vec<Met>,
}

#[derive(Debug)]
struct Met {
    test: Test,
    /// A call passed it.
    passed: bool,
    /// What stood where something else was asked for.
    seen: BTreeSet<String>,
    /// Of a test of an argument, the names of arguments.
    names: BTreeSet<String>,
}

impl Nearest {
    pub(super) fn new(expr: &Expr) -> Self {
        let met = |test: &Test| Met {
            test: test.clone(),
            passed: false,
            seen: BTreeSet::new(),
            names: BTreeSet::new(),
        };
        Self { tests: expr.tests().into_iter().map(met).collect() }
    }

    /// Takes a call that did not match.
    pub(super) fn take(&mut self, call: &Facts<'_>) {
        for met in self.tests.iter_mut().filter(|met| !met.passed) {
            met.passed = met.test.matches(call);
            met.look(call);
        }
    }

    /// What is to be told.
    pub(super) fn note(&self) -> String {
        let mut note = "no call matches".to_owned();
        let failed: Vec<&Met> = self.tests.iter().filter(|met| !met.passed).collect();
        if failed.is_empty() {
            note.push_str(": each test is passed by some calls, but no call passes all that are asked for");
        }
        for met in failed {
            let _ = write!(note, "\n  no call passes `{}`{}", text::harmless(&met.test.text), met.hint());
        }
        note
    }
}

impl Met {
    fn look(&mut self, call: &Facts<'_>) {
        match &self.test.field {
            Field::Function => self.see(call.path),
            Field::Module => self.see(call.module),
            Field::Thread => self.see(call.thread),
            Field::Source => self.see(call.source.unwrap_or_default()),
            Field::Arg(path) => {
                let Some(args) = call.args else { return };
                let found: Vec<String> =
                    value::any(args, path).into_iter().map(|json| value::text(json).into_owned()).collect();
                if found.is_empty() && self.names.len() < REMEMBERED {
                    self.names.extend(value::names(args));
                }
                for value in found {
                    self.see(&value);
                }
            }
            Field::Result(path) if !path.is_empty() => {
                for json in call.value.map(|json| value::of_result(json, path)).unwrap_or_default() {
                    let value = value::text(json).into_owned();
                    self.see(&value);
                }
            }
            _ => {}
        }
    }

    fn see(&mut self, text: &str) {
        if !text.is_empty() && self.seen.len() < REMEMBERED && !self.seen.contains(text) {
            self.seen.insert(text.to_owned());
        }
    }

    fn hint(&self) -> String {
        let asked = match &self.test.compare {
            Some((Op::Is | Op::Contains, asked)) => asked.as_str(),
            _ => "",
        };
        match &self.test.field {
            Field::Function => {
                let mut names: Vec<&str> = similar(asked, &self.seen).into_iter().map(text::short).collect();
                names.dedup();
                list("; there is ", &names)
            }
            Field::Module | Field::Thread | Field::Source => list("; there is ", &similar(asked, &self.seen)),
            Field::Arg(path) if self.seen.is_empty() => match path.first() {
                Some(name) => {
                    format!(
                        "; no argument is called so{}",
                        list(", but there is ", &similar(name, &self.names))
                    )
                }
                None => String::new(),
            },
            Field::Arg(path) | Field::Result(path) if !self.seen.is_empty() => {
                let name = path.last().map_or("it", String::as_str);
                list(&format!("; `{name}` was "), &similar(asked, &self.seen))
            }
            _ => String::new(),
        }
    }
}

/// The first few of `seen` that are most like `asked`.
fn similar<'a>(asked: &str, seen: &'a BTreeSet<String>) -> Vec<&'a str> {
    let asked = asked.to_lowercase();
    // paths are compared by as many of their last names as were asked for
    let names = asked.matches("::").count() + 1;
    let likeness = |text: &str| {
        let ends: Vec<&str> = text.rsplitn(names + 1, "::").take(names).collect();
        let end: String = ends.into_iter().rev().collect::<Vec<_>>().join("::").to_lowercase();
        strsim::normalized_damerau_levenshtein(&asked, &end)
    };
    let mut ranked: Vec<(f64, &str)> = seen.iter().map(|text| (likeness(text), text.as_str())).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.into_iter().map(|(_, text)| text).take(TOLD).collect()
}

fn list(before: &str, words: &[&str]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| {
            let mut shown: String = word.chars().take(LONGEST).collect();
            if shown.len() < word.len() {
                shown.push('…');
            }
            format!("`{}`", text::harmless(&shown))
        })
        .collect();
    if words.is_empty() { String::new() } else { format!("{before}{}", words.join(", ")) }
}
