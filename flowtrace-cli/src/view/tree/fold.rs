//! Calls of one function below one caller are folded into one row, which says what they have in common and what differs.
use std::collections::HashMap;

use super::Node;
use crate::read::Outcome;
use crate::text::Pairs;
use crate::value;

/// So many calls of one function below a caller become one row.
pub(super) const FOLD: usize = 5;
/// A value that differs is shown no longer than that, in characters.
const LONGEST: usize = 32;

/// What calls must have in common: the function, how they ended, and why they were left out, if they were.
pub(super) fn key(node: &Node) -> (u32, Option<Outcome>, Option<u32>) {
    let reason = node.left_out.as_ref().map(|calls| calls.reason);
    (node.function, node.end.as_ref().map(|end| end.outcome), reason)
}

/// Puts what `above` calls have called into groups, each at the place of its first. Below calls that are folded themselves, all that can
/// be is.
pub(super) fn groups(nodes: &[Node], callees: Vec<usize>, above: usize) -> Vec<Vec<usize>> {
    let least = if above > 1 { 2 } else { FOLD };
    if callees.len() < least {
        return callees.into_iter().map(|callee| vec![callee]).collect();
    }
    let mut counts = HashMap::new();
    for callee in &callees {
        *counts.entry(key(&nodes[*callee])).or_insert(0) += 1;
    }
    let (mut groups, mut known): (Vec<Vec<usize>>, HashMap<_, usize>) = (Vec::new(), HashMap::new());
    for callee in callees {
        let key = key(&nodes[callee]);
        if counts[&key] < least {
            groups.push(vec![callee]);
            continue;
        }
        let group = *known.entry(key).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(callee);
    }
    groups
}

/// Calls that are folded, added up.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    pub(super) count: u64,
    pub(super) total: u64,
    pub(super) own: u64,
    pub(super) min: u64,
    pub(super) max: u64,
    /// By name, as long as all calls have the same ones.
    args: Option<Vec<(String, Differ)>>,
    result: Differ,
}

impl Repeats {
    fn add(&mut self, node: &Node) {
        let pairs = node.args.as_deref().and_then(|args| serde_json::from_str::<Pairs<'_>>(args).ok());
        let pairs = pairs.map(|Pairs(pairs)| pairs).unwrap_or_default();
        if self.count == 0 {
            self.args = Some(pairs.iter().map(|(name, _)| (name.to_string(), Differ::default())).collect());
        }
        let are_alike = |args: &Vec<(String, Differ)>| {
            args.len() == pairs.len() && args.iter().zip(&pairs).all(|((known, _), (name, _))| known == name)
        };
        self.args = self.args.take().filter(are_alike);
        for ((_, differ), (_, json)) in self.args.iter_mut().flatten().zip(&pairs) {
            differ.add(json.get());
        }
        if let Some(end) = &node.end {
            self.min = if self.count == 0 { end.duration } else { self.min.min(end.duration) };
            self.max = self.max.max(end.duration);
            self.total = self.total.saturating_add(end.duration);
            self.own = self.own.saturating_add(end.own);
            if let Some(json) = end.value.as_deref() {
                self.result.add(json);
            }
        }
        self.count += 1;
    }

    pub(super) fn add_all<'a>(&mut self, nodes: impl Iterator<Item = &'a Node>) {
        nodes.for_each(|node| self.add(node));
    }

    /// The arguments, as in a call.
    pub(super) fn arguments(&self) -> String {
        match &self.args {
            Some(args) => {
                let shown =
                    args.iter().map(|(name, differ)| format!("{name}: {}", differ.show(value::shown)));
                shown.collect::<Vec<_>>().join(", ")
            }
            None => "…".to_owned(),
        }
    }

    /// What they came to; `None` if that is not known of any. `show` makes text of one.
    pub(super) fn result(&self, show: fn(&str) -> String) -> Option<String> {
        self.result.first.is_some().then(|| self.result.show(show))
    }
}

/// A value in several calls.
#[derive(Debug, Default)]
struct Differ {
    first: Option<Box<str>>,
    /// The first that is another.
    second: Option<Box<str>>,
    /// There are more than two.
    more: bool,
    /// The least and the greatest, where all are whole numbers.
    range: Option<(i128, i128)>,
}

impl Differ {
    fn add(&mut self, json: &str) {
        let number = json.parse::<i128>().ok();
        let Some(first) = &self.first else {
            self.first = Some(json.into());
            self.range = number.map(|number| (number, number));
            return;
        };
        self.range = self.range.zip(number).map(|((least, greatest), n)| (least.min(n), greatest.max(n)));
        if **first == *json {
            return;
        }
        match &self.second {
            None => self.second = Some(json.into()),
            Some(second) => self.more |= **second != *json,
        }
    }

    fn show(&self, show: fn(&str) -> String) -> String {
        let Some(first) = &self.first else { return String::new() };
        let Some(second) = &self.second else { return show(first) };
        if let Some((least, greatest)) = self.range {
            return format!("{least}..={greatest}");
        }
        let more = if self.more { " | …" } else { "" };
        format!("{} | {}{more}", begin(&show(first)), begin(&show(second)))
    }
}

fn begin(text: &str) -> String {
    let mut begin: String = text.chars().take(LONGEST).collect();
    if begin.len() < text.len() {
        begin.push('…');
    }
    begin
}
