//! One file that holds the page and the calls, to be looked at without the command.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::answer;
use super::assets;
use super::source::{Sources, split};
use super::trace::Trace;
use super::value::Values;
use crate::index::{Index, NONE};

/// So many calls, the first ones.
const CALLS: u32 = 100_000;
/// So much of each value.
const LONGEST: usize = 2_000;
/// So much of all values together, and of all source texts.
const VALUES: usize = 64 << 20;
const SOURCES: usize = 4 << 20;

/// The calls, column by column.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Columns {
    start: Vec<u64>,
    end: Vec<u64>,
    busy: Vec<Option<u64>>,
    #[serde(rename = "self")]
    own: Vec<u64>,
    #[serde(rename = "fn")]
    function: Vec<u32>,
    track: Vec<Option<u32>>,
    parent: Vec<Option<u32>>,
    /// The row of the track.
    depth: Vec<u16>,
    flags: Vec<u16>,
    span_id: Vec<String>,
    trace_id: Vec<String>,
    endpoint: BTreeMap<u32, String>,
}

/// What the page finds in its file.
#[derive(Serialize)]
struct Embedded<'a> {
    info: answer::Info<'a>,
    calls: Columns,
    values: ColumnsOfValues,
    counts: Vec<Value>,
    sources: BTreeMap<String, String>,
    /// What is not here, for whoever looks at it.
    cut: Option<String>,
}

#[derive(Default, Serialize)]
struct ColumnsOfValues {
    args: Vec<Option<Box<RawValue>>>,
    result: Vec<Option<Box<RawValue>>>,
    error: Vec<Option<String>>,
}

/// Writes the page with the calls of `trace`, and gives what it leaves out.
pub(super) fn write(trace: &Trace, sources: &Sources, out: &mut impl Write) -> io::Result<Option<String>> {
    let index = &trace.index();
    let calls = index.calls().min(CALLS);
    let (mut columns, mut values) = (Columns::default(), ColumnsOfValues::default());
    let (mut left, mut without_values) = (VALUES, 0);
    for call in 0..calls {
        let is_full = left < LONGEST;
        let said = Values::of(index, call, if is_full { 0 } else { LONGEST });
        columns.push(index, call, &said);
        without_values += u32::from(is_full);
        left = left.saturating_sub(values.push(said, is_full));
    }
    for (nth, root) in (0..).zip(index.roots().iter()).filter(|(_, root)| *root < calls) {
        if let Some(name) = index.names.endpoints.get(index.endpoint(nth) as usize) {
            columns.endpoint.insert(root, name.clone());
        }
    }
    let embedded = Embedded {
        info: answer::info(trace, index, false),
        calls: columns,
        values,
        counts: counts(index, calls),
        sources: source_texts(index, calls, sources),
        cut: cut(index, calls, without_values),
    };
    out.write_all(page(&serde_json::to_string(&embedded)?).as_bytes())?;
    Ok(embedded.cut)
}

impl Columns {
    fn push(&mut self, index: &Index, call: u32, said: &Values) {
        let origin = index.names.origin;
        self.start.push(index.start(call).saturating_sub(origin));
        self.end.push(index.end(call).saturating_sub(origin));
        self.busy.push(index.busy(call));
        self.own.push(index.own(call));
        self.function.push(index.function(call));
        self.track.push(Some(index.track(call)).filter(|track| *track != NONE));
        self.parent.push(index.parent(call));
        self.depth.push(index.row(call));
        self.flags.push(index.flags(call));
        self.span_id.push(format!("{:016x}", index.span(call)));
        self.trace_id.push(said.ids.trace.clone());
    }
}

impl ColumnsOfValues {
    /// Gives how many bytes they take.
    fn push(&mut self, said: Values, is_full: bool) -> usize {
        let length = |json: &Option<Box<RawValue>>| json.as_ref().map_or(0, |json| json.get().len());
        let bytes = length(&said.args) + length(&said.result) + said.error.as_ref().map_or(0, String::len);
        self.args.push(said.args.filter(|_| !is_full));
        self.result.push(said.result.filter(|_| !is_full));
        self.error.push(said.error.filter(|_| !is_full));
        bytes
    }
}

/// What the file does not have, for whoever looks at it.
fn cut(index: &Index, calls: u32, without_values: u32) -> Option<String> {
    let mut parts = Vec::new();
    if calls < index.calls() {
        parts.push(format!("the first {calls} of {} calls are here", index.calls()));
    }
    if without_values > 0 {
        parts.push(format!("the last {without_values} of these have no values"));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn counts(index: &Index, calls: u32) -> Vec<Value> {
    let rows = index.left_out().filter(|row| row.parent.is_none_or(|parent| parent < calls));
    let row = |row: crate::index::LeftOutCalls| {
        json!({
            "parent": row.parent, "fn": row.function, "count": row.count, "total": row.total, "min": row.min,
            "max": row.max, "errors": row.errors, "reason": index.names.reasons.get(row.reason as usize),
        })
    };
    rows.take(CALLS as usize).map(row).collect()
}

/// The texts that the functions stand in, as far as they can be had.
fn source_texts(index: &Index, calls: u32, sources: &Sources) -> BTreeMap<String, String> {
    let functions: BTreeSet<u32> = (0..calls).map(|call| index.function(call)).collect();
    let (mut texts, mut left) = (BTreeMap::new(), SOURCES);
    for function in functions.into_iter().filter_map(|function| index.names.functions.get(function as usize))
    {
        let Some(place) = &function.source else { continue };
        let (path, _) = split(place);
        let krate = function.module.split("::").next().unwrap_or_default();
        // two crates may have a file of the same name, and a place names no crate
        if !texts.contains_key(path)
            && let Ok(text) = sources.text(path, krate)
            && text.len() <= left
        {
            left -= text.len();
            texts.insert(path.to_owned(), text);
        }
    }
    texts
}

/// The page with its files in it, and `json` for it to show.
fn page(json: &str) -> String {
    let mut page = String::new();
    for line in assets::INDEX.text.lines() {
        let named = |path: &str| line.contains(&format!("\"{path}\""));
        if line.contains("rel=\"stylesheet\"") {
            for file in assets::FILES.iter().filter(|file| named(file.path)) {
                let _ = writeln!(page, "<style>\n{}</style>", file.text);
            }
        } else if line.contains("type=\"module\"") && named("/main.js") {
            // no value ends the element: a `<` is written as an escape
            let json = json.replace('<', "\\u003c");
            let _ = writeln!(page, "<script type=\"application/json\" id=\"trace\">{json}</script>");
            let _ = writeln!(page, "<script type=\"module\">\n{}</script>", modules());
        } else {
            page.push_str(line);
            page.push('\n');
        }
    }
    page
}

/// All modules as one: what they import from each other is there already.
fn modules() -> String {
    let mut out = String::new();
    for file in assets::FILES.iter().filter(|file| file.kind == assets::SCRIPT) {
        let mut is_import = false;
        for line in file.text.lines() {
            is_import |= line.starts_with("import ");
            if !is_import {
                out.push_str(line.strip_prefix("export ").unwrap_or(line));
                out.push('\n');
            }
            is_import &= !line.trim_end().ends_with(';');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_script_holds_all_modules_and_no_value_ends_it() {
        let page = page("\"</script><script>alert(1)</script>\"");
        assert!(page.contains("\\u003c/script>\\u003cscript>alert(1)"));
        let scripts = page.matches("<script").count();
        assert_eq!((scripts, page.matches("</script>").count()), (2, 2));
        assert!(!page.contains("src=\"/") && !page.contains("href=\"/"));
        assert!(!modules().lines().any(|line| line.starts_with("import ") || line.starts_with("export ")));
    }

    /// Modules stand in one scope, in order.
    #[test]
    fn modules_name_their_parts_apart_and_stand_behind_what_they_import() {
        let mut names = BTreeSet::new();
        let mut before: Vec<&str> = Vec::new();
        for file in assets::FILES.iter().filter(|file| file.kind == assets::SCRIPT) {
            for line in file.text.lines() {
                let line = line.strip_prefix("export ").unwrap_or(line);
                let line = line.strip_prefix("async ").unwrap_or(line);
                let declared =
                    ["function ", "const ", "let ", "class "].iter().find_map(|word| line.strip_prefix(word));
                let word = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
                if let Some(name) =
                    declared.and_then(|rest| rest.split(word).next()).filter(|name| !name.is_empty())
                {
                    assert!(names.insert(name.to_owned()), "{}: `{name}` is declared twice", file.path);
                }
                if let Some((_, from)) = line.split_once("from \"").filter(|_| line.ends_with("\";")) {
                    let name = from.trim_end_matches("\";").rsplit('/').next().unwrap();
                    assert!(before.iter().any(|path| path.ends_with(name)), "{} imports {name}", file.path);
                }
            }
            before.push(file.path);
        }
    }
}
