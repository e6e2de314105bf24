//! Values in a filter: JSON is looked into, and compared as people write it.
use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::value::RawValue;

use super::expr::Op;
use crate::text::Pairs;

/// What of the arguments `path` names; all of them where it names none.
pub(super) fn any<'a>(args: &'a str, path: &[String]) -> Vec<&'a str> {
    match path {
        [] => members(args).into_iter().map(|(_, value)| value).collect(),
        path => within(args, path).into_iter().collect(),
    }
}

/// What of a result `path` names: of itself, and of what is in its `Ok` or `Err`.
pub(super) fn of_result<'a>(json: &'a str, path: &[String]) -> Vec<&'a str> {
    let mut found: Vec<&str> = within(json, path).into_iter().collect();
    if json.starts_with("{\"Ok\":") || json.starts_with("{\"Err\":") {
        found.extend(members(json).first().and_then(|(_, inner)| within(inner, path)));
    }
    found
}

/// The names of the members of a JSON object.
pub(super) fn names(json: &str) -> Vec<String> {
    members(json).into_iter().map(|(name, _)| name.into_owned()).collect()
}

fn members(json: &str) -> Vec<(Cow<'_, str>, &str)> {
    let Ok(Pairs(pairs)) = serde_json::from_str(json) else { return Vec::new() };
    pairs.into_iter().map(|(name, value)| (name, value.get())).collect()
}

/// The value at `path`: members by name, elements by number.
fn within<'a>(json: &'a str, path: &[String]) -> Option<&'a str> {
    let Some((name, rest)) = path.split_first() else { return Some(json) };
    if json.starts_with('[') {
        let elements: Vec<&RawValue> = serde_json::from_str(json).ok()?;
        return within(elements.get(name.parse::<usize>().ok()?)?.get(), rest);
    }
    let value = members(json).into_iter().find(|(member, _)| member == name)?.1;
    within(value, rest)
}

/// What a value says: a string without its quotes, anything else as JSON.
pub(super) fn text(json: &str) -> Cow<'_, str> {
    match serde_json::from_str(json) {
        Ok(serde_json::Value::String(text)) if json.starts_with('"') => Cow::Owned(text),
        _ => Cow::Borrowed(json),
    }
}

/// Whether a value compares so.
pub(super) fn holds(json: &str, compare: Option<(Op, &str)>) -> bool {
    compare.is_none_or(|compare| says(&text(json), compare))
}

/// Whether a text compares so.
pub(super) fn says(said: &str, (op, wanted): (Op, &str)) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    let order = || number(said)?.partial_cmp(&number(wanted)?);
    let is = || {
        let is_equal = order() == Some(Ordering::Equal) && !are_whole(said, wanted);
        said == wanted || (said == "null" && wanted == "None") || is_equal
    };
    match op {
        Op::Is => is(),
        Op::IsNot => !is(),
        Op::Contains => contains(said, wanted),
        Op::Below => order().is_some_and(Ordering::is_lt),
        Op::AtMost => order().is_some_and(Ordering::is_le),
        Op::Above => order().is_some_and(Ordering::is_gt),
        Op::AtLeast => order().is_some_and(Ordering::is_ge),
    }
}

/// Whether both are whole numbers, which are one or not by their digits: floats would take large ones for equal.
fn are_whole(a: &str, b: &str) -> bool {
    let whole = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    whole(a) && whole(b)
}

/// Whether `part` is in `whole`, capital letters or not.
pub(super) fn contains(whole: &str, part: &str) -> bool {
    whole.contains(part) || whole.to_lowercase().contains(&part.to_lowercase())
}
