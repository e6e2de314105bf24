//! The text of a filter is read. Errors point at the column, and name what can stand there.
use std::fmt;
use std::str::FromStr;

use super::expr::{Expr, Field, Op, Test};
use crate::text;

/// So deep may parentheses and `!` lie in each other.
const DEEPEST: usize = 100;

const FIELDS: &str = "`function`, `module`, `thread`, `source`, `trace`, `arg.NAME`, `result`, `error`, `panic`, \
                      `cancelled`, `open`, `slower>5ms` or `faster<5ms`";

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Where in the text, from 1 on, in characters.
    pub(crate) column: usize,
    pub(crate) what: String,
    text: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, what, text } = self;
        write!(f, "column {column}: {what}\n  {}\n  {:>column$}", text::harmless(text), "^")
    }
}

impl std::error::Error for Refused {}

impl FromStr for Expr {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        let expr = parser.any()?;
        match parser.peek() {
            None => Ok(expr),
            Some(')') => parser.refuse("no parenthesis is open here; take out the `)`"),
            Some(_) => parser.refuse("expected `&`, `|` or the end; a value with blanks or signs needs quotes: `result~\"not found\"`"),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    /// In bytes.
    at: usize,
    depth: usize,
}

type Parsed<T> = Result<T, Refused>;

impl<'a> Parser<'a> {
    fn any(&mut self) -> Parsed<Expr> {
        let mut expr = self.all()?;
        while self.take("|") {
            self.take("|");
            expr = Expr::Or(Box::new(expr), Box::new(self.all()?));
        }
        Ok(expr)
    }

    fn all(&mut self) -> Parsed<Expr> {
        let mut expr = self.one()?;
        while self.take("&") {
            self.take("&");
            expr = Expr::And(Box::new(expr), Box::new(self.one()?));
        }
        Ok(expr)
    }

    fn one(&mut self) -> Parsed<Expr> {
        let is_not = self.take("!");
        let is_group = !is_not && self.take("(");
        if !is_not && !is_group {
            return Ok(Expr::Test(self.test()?));
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.refuse("too many `(` and `!` in each other; there may be 100");
        }
        let expr = if is_not { Expr::Not(Box::new(self.one()?)) } else { self.any()? };
        self.depth -= 1;
        if is_group && !self.take(")") {
            return self.refuse("expected `)`, `&` or `|`; a parenthesis is still open");
        }
        Ok(expr)
    }

    fn test(&mut self) -> Parsed<Test> {
        self.peek();
        let begin = self.at;
        let name = self.word(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '#'));
        let field = match field(name) {
            Ok(field) => field,
            Err(what) => {
                self.at = begin;
                return self.refuse(&what);
            }
        };
        let at = self.at;
        let op = self.op();
        let field = match (name, op) {
            ("slower", Some(Op::Above | Op::AtLeast)) => Field::Slower(self.time()?),
            ("faster", Some(Op::Below | Op::AtMost)) => Field::Faster(self.time()?),
            ("slower" | "faster", _) => {
                self.at = at;
                let sign = if name == "slower" { '>' } else { '<' };
                return self.refuse(&format!("expected `{sign}` and a time, as in `{name}{sign}5ms`"));
            }
            _ => field,
        };
        let mut compare = None;
        if let Some(op) = op.filter(|_| !matches!(field, Field::Slower(_) | Field::Faster(_))) {
            self.allow(name, &field, op, at)?;
            compare = Some((op, self.value()?));
        } else if op.is_none()
            && matches!(field, Field::Function | Field::Module | Field::Thread | Field::Source | Field::Trace)
        {
            return self
                .refuse(&format!("expected `=`, `!=` or `~` and a value, as in `{name}={}`", example(name)));
        }
        Ok(Test { field, compare, text: self.text[begin..self.at].to_owned() })
    }

    /// Refuses a comparison that says nothing of the field.
    fn allow(&mut self, name: &str, field: &Field, op: Op, at: usize) -> Parsed<()> {
        let is_number = !matches!(op, Op::Is | Op::IsNot | Op::Contains);
        let what = match field {
            Field::Cancelled | Field::Open => format!("`{name}` stands alone, as in `{name}` or `!{name}`"),
            Field::Arg(_) | Field::Result(_) => return Ok(()),
            _ if is_number => {
                "expected `=`, `!=` or `~`; `<` and `>` compare arguments and results".to_owned()
            }
            _ => return Ok(()),
        };
        self.at = at;
        self.refuse(&what)
    }

    fn op(&mut self) -> Option<Op> {
        const OPS: [(&str, Op); 8] = [
            ("!=", Op::IsNot),
            ("==", Op::Is),
            ("=", Op::Is),
            ("~", Op::Contains),
            ("<=", Op::AtMost),
            ("<", Op::Below),
            (">=", Op::AtLeast),
            (">", Op::Above),
        ];
        OPS.into_iter().find(|(sign, _)| self.take(sign)).map(|(_, op)| op)
    }

    fn time(&mut self) -> Parsed<u64> {
        self.peek();
        let at = self.at;
        let word = self.value()?;
        text::parse_duration(&word).or_else(|what| {
            self.at = at;
            self.refuse(&what)
        })
    }

    /// A word, or a text in quotes.
    fn value(&mut self) -> Parsed<String> {
        if self.peek() == Some('"') {
            return self.quoted();
        }
        let word = self.word(|c| !c.is_whitespace() && !matches!(c, '&' | '|' | '(' | ')' | '"'));
        if word.is_empty() {
            return self.refuse("expected a value, as in `arg.product_id=7` or `result~\"not found\"`");
        }
        Ok(word.to_owned())
    }

    fn quoted(&mut self) -> Parsed<String> {
        let begin = self.at;
        let (mut out, mut escaped) = (String::new(), false);
        for (at, c) in self.text[begin + 1..].char_indices() {
            match c {
                '"' if !escaped => {
                    self.at = begin + 1 + at + 1;
                    return Ok(out);
                }
                '\\' if !escaped => escaped = true,
                c => {
                    out.push(c);
                    escaped = false;
                }
            }
        }
        self.refuse("the quote is never closed; end the value with `\"`")
    }

    fn word(&mut self, is_in: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.find(|c| !is_in(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// The next sign that is no blank.
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, sign: &str) -> bool {
        self.peek();
        let found = self.text[self.at..].starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn refuse<T>(&self, what: &str) -> Parsed<T> {
        let column = self.text[..self.at].chars().count() + 1;
        Err(Refused { column, what: what.to_owned(), text: self.text.to_owned() })
    }
}

/// What a test looks at by this name.
fn field(name: &str) -> Result<Field, String> {
    let path = |rest: &str| match rest.strip_prefix('.').map(|rest| rest.split('.')) {
        Some(parts) if parts.clone().any(str::is_empty) => {
            Err("expected a name behind the dot, as in `arg.product_id`".to_owned())
        }
        Some(parts) => Ok(parts.map(str::to_owned).collect()),
        None => Ok(Vec::new()),
    };
    let head = name.split('.').next().unwrap_or_default();
    let rest = &name[head.len()..];
    Ok(match head {
        "arg" => Field::Arg(path(rest)?),
        "result" => Field::Result(path(rest)?),
        _ if !rest.is_empty() => return Err(unknown(name)),
        "function" => Field::Function,
        "module" => Field::Module,
        "thread" => Field::Thread,
        "source" => Field::Source,
        "trace" => Field::Trace,
        "error" => Field::Error,
        "panic" => Field::Panic,
        "cancelled" => Field::Cancelled,
        "open" => Field::Open,
        "slower" => Field::Slower(0),
        "faster" => Field::Faster(0),
        _ => return Err(unknown(name)),
    })
}

fn unknown(name: &str) -> String {
    if name.is_empty() {
        return format!("expected {FIELDS}");
    }
    format!("`{name}` is nothing a call has; expected {FIELDS}")
}

fn example(name: &str) -> &'static str {
    match name {
        "function" => "get_product",
        "module" => "shop::sql",
        "thread" => "main",
        "source" => "src/sql.rs:91",
        _ => "4bf92f35",
    }
}
