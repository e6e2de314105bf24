#![allow(unused_variables)]
use flowtrace_runtime::trace;

#[trace(name = "")]
fn empty_name() {}

#[trace(name)]
fn no_name() {}

#[trace(name = )]
fn no_value() {}

#[trace(name = 5)]
fn number() {}

#[trace(name("x"))]
fn parentheses() {}

#[trace(skip())]
fn skips_nothing(a: u8) {}

#[trace(skip)]
fn no_list(a: u8) {}

#[trace(skip = a)]
fn equals(a: u8) {}

#[trace(skip(a b))]
fn no_comma(a: u8, b: u8) {}

#[trace(redact("a"))]
fn quoted(a: u8) {}

#[trace(crate)]
fn no_path() {}

#[trace(crate = "flowtrace")]
fn quoted_path() {}

#[trace(skip_all = true)]
fn flag_with_value(a: u8) {}

#[trace(,)]
fn comma_alone() {}

#[trace(skip_all skip_result)]
fn comma_missing() {}

fn main() {}
