//! A filter that was read, and the call it is held against.
use super::value;
use crate::read::Outcome;

/// A filter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Test(Test),
}

/// One question about a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Test {
    pub(crate) field: Field,
    /// How it is compared, and with what; without it, whether the field is there.
    pub(crate) compare: Option<(Op, String)>,
    /// As it was written, to be quoted.
    pub(crate) text: String,
}

/// What of a call is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Function,
    Module,
    Thread,
    Source,
    Trace,
    /// Any argument, one by name, or what lies within it.
    Arg(Vec<String>),
    /// The result, or what lies within it.
    Result(Vec<String>),
    Error,
    Panic,
    Cancelled,
    Open,
    /// At least so many nanoseconds.
    Slower(u64),
    /// Fewer than so many nanoseconds.
    Faster(u64),
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Is,
    IsNot,
    Contains,
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// What is known of a call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts<'a> {
    pub(crate) module: &'a str,
    /// Module, type and function, joined by `::`.
    pub(crate) path: &'a str,
    /// The last part of `path`.
    pub(crate) function: &'a str,
    pub(crate) thread: &'a str,
    pub(crate) source: Option<&'a str>,
    pub(crate) trace: &'a str,
    /// A JSON object.
    pub(crate) args: Option<&'a str>,
    /// The JSON of the result, or the message of a panic.
    pub(crate) value: Option<&'a str>,
    /// How the call ended and after how long; `None` while it is open.
    pub(crate) end: Option<(Outcome, u64)>,
}

impl Expr {
    /// Whether the call is one of those asked for.
    pub(crate) fn matches(&self, call: &Facts<'_>) -> bool {
        match self {
            Self::And(a, b) => a.matches(call) && b.matches(call),
            Self::Or(a, b) => a.matches(call) || b.matches(call),
            Self::Not(a) => !a.matches(call),
            Self::Test(test) => test.matches(call),
        }
    }

    /// Its tests, in the order in which they were written.
    pub(crate) fn tests(&self) -> Vec<&Test> {
        match self {
            Self::And(a, b) | Self::Or(a, b) => [a.tests(), b.tests()].concat(),
            Self::Not(a) => a.tests(),
            Self::Test(test) => vec![test],
        }
    }

    /// Whether a call can only be judged by its end.
    pub(crate) fn asks_for_ends(&self) -> bool {
        let begins = |test: &Test| {
            matches!(
                test.field,
                Field::Function
                    | Field::Module
                    | Field::Thread
                    | Field::Source
                    | Field::Trace
                    | Field::Arg(_)
            )
        };
        !self.tests().into_iter().all(begins)
    }

    /// Whether it looks at arguments.
    pub(crate) fn asks_for_args(&self) -> bool {
        self.tests().iter().any(|test| matches!(test.field, Field::Arg(_)))
    }
}

impl Test {
    pub(crate) fn matches(&self, call: &Facts<'_>) -> bool {
        let compare = self.compare.as_ref().map(|(op, wanted)| (*op, wanted.as_str()));
        let ended = |outcome: fn(Outcome) -> bool| call.end.is_some_and(|(how, _)| outcome(how));
        match &self.field {
            Field::Function => text(compare, |asked| is_function(call, asked), call.path),
            Field::Module => text(compare, |asked| is_below(call.module, asked), call.module),
            Field::Thread => text(compare, |asked| call.thread == asked, call.thread),
            Field::Source => {
                call.source.is_some_and(|source| text(compare, |asked| is_source(source, asked), source))
            }
            Field::Trace => text(
                compare,
                |asked| call.trace.get(..asked.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(asked)),
                call.trace,
            ),
            Field::Arg(path) => call
                .args
                .is_some_and(|args| value::any(args, path).iter().any(|found| value::holds(found, compare))),
            Field::Result(path) => {
                !ended(|how| how == Outcome::Panic)
                    && call.value.is_some_and(|json| {
                        value::of_result(json, path).iter().any(|found| value::holds(found, compare))
                    })
            }
            Field::Error => ended(Outcome::failed) && message(call, compare),
            Field::Panic => ended(|how| how == Outcome::Panic) && message(call, compare),
            Field::Cancelled => ended(|how| how == Outcome::Cancelled),
            Field::Open => call.end.is_none(),
            Field::Slower(least) => call.end.is_none_or(|(_, nanos)| nanos >= *least),
            Field::Faster(most) => call.end.is_some_and(|(_, nanos)| nanos < *most),
        }
    }
}

/// Compares a text, for which `is` says what `=` stands for.
fn text(compare: Option<(Op, &str)>, is: impl Fn(&str) -> bool, whole: &str) -> bool {
    match compare {
        Some((Op::Is, asked)) => is(asked),
        Some((Op::IsNot, asked)) => !is(asked),
        Some((_, asked)) => value::contains(whole, asked),
        None => true,
    }
}

/// Compares what an error or a panic says.
fn message(call: &Facts<'_>, compare: Option<(Op, &str)>) -> bool {
    let Some(asked) = compare else { return true };
    let Some(said) = call.value else { return false };
    if call.end.is_some_and(|(how, _)| how == Outcome::Panic) {
        return value::says(said, asked);
    }
    value::of_result(said, &[]).iter().any(|found| value::holds(found, Some(asked)))
}

fn is_function(call: &Facts<'_>, asked: &str) -> bool {
    let free = || format!("{}::{}", call.module, call.function);
    ends_with(call.path, asked) || ends_with(&free(), asked)
}

/// Whether `path` ends with `asked`, name by name.
fn ends_with(path: &str, asked: &str) -> bool {
    path.strip_suffix(asked).is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
}

fn is_below(module: &str, asked: &str) -> bool {
    module.strip_prefix(asked).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether `source` is the file `asked`, or the line in it, of which folders may be left out.
fn is_source(source: &str, asked: &str) -> bool {
    let ends =
        |place: &str| place.strip_suffix(asked).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    ends(source) || source.rsplit_once(':').is_some_and(|(file, _)| ends(file))
}
