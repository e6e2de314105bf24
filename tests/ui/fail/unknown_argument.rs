#![allow(unused_variables)]
use flowtrace_runtime::trace;

#[trace(skip(password))]
fn misspelt(passwort: &str, user: &str) {}

#[trace(redact(x))]
fn none() {}

struct S;

impl S {
    #[trace(skip(self))]
    fn receiver(&self, n: u8) {}
}

fn main() {}
