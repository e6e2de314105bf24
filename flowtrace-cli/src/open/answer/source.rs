//! The source of a call's function, with the lines around it.
use serde_json::{Value, json};

use crate::index::Index;
use crate::open::source::{Sources, split};
use crate::open::value::Values;

/// So many lines before the function's, and behind it.
const BEFORE: usize = 5;
const BEHIND: usize = 60;
/// So many characters of a line.
const WIDEST: usize = 500;

pub(in crate::open) fn source(index: &Index, sources: &Sources, call: u32) -> Value {
    let function = index.names.functions.get(index.function(call) as usize);
    let said = Values::of(index, call, 0).ids.source;
    let Some(place) = said.or_else(|| function.and_then(|function| function.source.clone())) else {
        return json!({ "path": null, "line": null, "missing": "the trace does not say where the function stands" });
    };
    let (path, line) = split(&place);
    let krate = function.map_or("", |function| function.module.split("::").next().unwrap_or_default());
    match sources.text(path, krate) {
        Ok(text) => {
            let first = line.saturating_sub(BEFORE).max(1);
            let lines = text.lines().skip(first - 1).take(BEFORE + BEHIND);
            let lines: Vec<String> = lines.map(|line| line.chars().take(WIDEST).collect()).collect();
            json!({ "path": path, "line": line, "first": first, "lines": lines })
        }
        Err(why) => json!({ "path": path, "line": line, "missing": why }),
    }
}
