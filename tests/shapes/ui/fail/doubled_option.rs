#![allow(unused_variables)]
use flowtrace_runtime::trace;

#[trace(name = "a", name = "b")]
fn named_twice() {}

#[trace(skip_all, skip_result, skip_all)]
fn skipped_twice() {}

#[trace(skip(a), skip(b))]
fn skips_twice(a: u8, b: u8) {}

#[trace(skip(a, a))]
fn skips_one_twice(a: u8) {}

#[trace(skip_all, skip(a))]
fn skips_what_is_skipped(a: u8) {}

#[trace(redact(a), skip(a))]
fn redacts_what_is_skipped(a: u8) {}

#[trace(show(a), skip(b, a))]
fn shows_what_is_skipped(a: u8, b: u8) {}

#[trace(redact(r#try), show(r#try))]
fn shows_what_is_redacted(r#try: u8) {}

#[trace(skip_all, show(a))]
fn shows_one_of_all_that_are_skipped(a: u8) {}

#[trace(skip_all, redact(a))]
fn redacts_one_of_all_that_are_skipped(a: u8) {}

fn main() {}
