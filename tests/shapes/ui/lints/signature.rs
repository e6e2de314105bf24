//! Signatures that clippy has something to say about.
#![warn(clippy::all, clippy::pedantic, clippy::nursery, missing_docs, unused, rust_2018_idioms, single_use_lifetimes)]
use std::collections::HashMap;
use std::fmt::Debug;

use flowtrace_runtime::trace;

pub struct S(u8);

impl S {
    #[trace]
    pub fn missing_docs(&self) -> Result<u8, u8> {
        if self.0 == 0 { panic!("zero") } else { Ok(self.0) }
    }

    #[trace]
    pub fn missing_must_use(&self) -> u8 {
        self.0
    }

    #[trace]
    pub fn is_by_value(self) -> bool {
        self.0 == 0
    }

    #[trace]
    pub fn new() -> u8 {
        1
    }

    #[trace]
    pub fn into_by_ref(&self) -> u8 {
        self.0
    }

    #[trace]
    pub fn next(&mut self) -> Option<u8> {
        None
    }

    #[trace]
    pub fn lifetime<'a>(&'a self) -> &'a u8 {
        &self.0
    }
}

#[trace]
pub fn complex(m: HashMap<u8, Vec<Option<Box<dyn Fn(u8) -> Result<Vec<u8>, Box<dyn Debug>>>>>>) -> Option<Box<dyn Fn(HashMap<u8, Vec<Option<u8>>>) -> Result<Vec<u8>, Box<dyn Debug>>>> {
    drop(m);
    None
}

#[trace]
pub fn pointers(a: &Vec<u8>, b: &String, c: &Box<u8>, d: Box<Vec<u8>>, e: &Option<u8>) -> usize {
    a.len() + b.len() + usize::from(**c) + d.len() + usize::from(e.is_some())
}

#[trace]
pub fn flags(a: bool, b: bool, c: bool, d: bool) -> bool {
    a && b && c && d
}

#[trace]
pub fn unit() -> () {}

#[trace]
pub fn elided(s: Borrowed) -> Borrowed {
    s
}

pub struct Borrowed<'a>(pub &'a str);

#[trace]
pub fn mismatched(s: &str) -> Borrowed {
    Borrowed(s)
}

#[trace]
pub async fn elided_async(s: Borrowed<'_>) -> Borrowed {
    s
}

#[trace]
pub async fn unit_async() -> () {
    std::future::ready(()).await
}

#[trace]
pub fn parenthesized(n: (u8)) -> (u8) {
    n
}

#[trace]
pub fn wrapped(n: u8) -> Option<u8> {
    Some(n)
}

#[trace]
pub fn result_unit(n: u8) -> Result<u8, ()> {
    if n == 0 { Err(()) } else { Ok(n) }
}

#[trace]
pub fn option_option() -> Option<Option<u8>> {
    None
}

#[trace]
pub fn large_error() -> Result<u8, [u8; 500]> {
    Err([0; 500])
}

#[trace]
pub unsafe fn missing_safety() {}

#[trace]
pub fn private_in_public(p: Private) -> Private {
    p
}

struct Private;

fn main() {}
