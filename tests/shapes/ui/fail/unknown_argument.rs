#![allow(unused_variables)]
use flowtrace_runtime::trace;

#[trace(skip(password))]
fn misspelt(passwort: &str, user: &str) {}

#[trace(redact(x))]
fn none() {}

#[trace(show(token))]
fn shows_another(tokens: &str) {}

struct S;

impl S {
    #[trace(skip(self))]
    fn receiver(&self, n: u8) {}
}

fn main() {}
