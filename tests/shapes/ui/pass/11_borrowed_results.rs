//! Results that borrow from the arguments.
#![deny(warnings, dead_code, unused)]
use std::borrow::Cow;
use std::cell::{Ref, RefCell, RefMut};
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard};

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;

#[trace]
fn whole<T>(x: &mut T) -> &mut T {
    x
}

#[trace]
fn one_of<'a, A>(a: &'a mut A, b: &'a mut A, first: bool) -> &'a mut A {
    if first { a } else { b }
}

#[derive(Default)]
pub struct Map {
    inner: HashMap<u8, Vec<u8>>,
    name: String,
    cell: RefCell<u8>,
    lock: Mutex<u8>,
    rw: RwLock<u8>,
}

#[derive(Debug)]
pub struct E;

pub struct View<'a>(&'a str);

impl Map {
    #[trace]
    fn first(&mut self, key: u8) -> Option<&mut u8> {
        let list = self.inner.get_mut(&key)?;
        let first = list.first_mut()?;
        *first += 1;
        Some(first)
    }

    #[trace]
    fn chain(&mut self) -> &mut Self {
        self
    }

    #[trace]
    fn view<'n>(&'n self) -> Result<Option<View<'n>>, E> {
        if self.name.is_empty() { Err(E) } else { Ok(Some(View(&self.name))) }
    }

    #[trace]
    fn cow(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.name)
    }

    #[trace]
    fn cell(&self) -> Ref<'_, u8> {
        self.cell.borrow()
    }

    #[trace]
    fn cell_mut(&self) -> RefMut<'_, u8> {
        self.cell.borrow_mut()
    }

    #[trace]
    fn lock(&self) -> MutexGuard<'_, u8> {
        self.lock.lock().unwrap()
    }

    #[trace]
    fn read(&self) -> Result<RwLockReadGuard<'_, u8>, std::sync::PoisonError<RwLockReadGuard<'_, u8>>> {
        self.rw.read()
    }

    #[trace]
    fn parts(&mut self) -> (&mut String, &mut HashMap<u8, Vec<u8>>) {
        (&mut self.name, &mut self.inner)
    }

    #[trace]
    fn iter_mut(&mut self) -> std::collections::hash_map::IterMut<'_, u8, Vec<u8>> {
        self.inner.iter_mut()
    }

    #[trace]
    async fn name_async(&mut self) -> Option<&mut String> {
        self.name.chars().next()?;
        Some(&mut self.name)
    }
}

#[trace]
fn pinned<T>(x: Pin<&mut T>) -> Pin<&mut T> {
    x
}

#[trace]
fn split(x: &mut [u8]) -> (&mut [u8], &mut [u8]) {
    x.split_at_mut(1)
}

#[trace]
fn into_static() -> &'static mut [u8] {
    Box::leak(Box::new([1, 2]))
}

#[trace]
fn guard_in_an_option(lock: &Mutex<u8>) -> Option<MutexGuard<'_, u8>> {
    lock.try_lock().ok()
}

pub struct Node {
    next: Option<Box<Node>>,
}

impl Node {
    #[trace]
    fn last(&mut self) -> &mut Option<Box<Node>> {
        let mut at = &mut self.next;
        while let Some(node) = at {
            at = &mut node.next;
        }
        at
    }
}

pub(crate) fn main() {
    let mut map = Map { name: "n".to_owned(), ..Map::default() };
    map.inner.insert(1, vec![1]);
    let events = capture(|| {
        *whole(&mut 1) += 1;
        *one_of(&mut 1, &mut 2, true) += 1;
        assert_eq!(map.first(1), Some(&mut 2));
        assert_eq!(map.first(2), None);
        assert_eq!(map.chain().chain().view().unwrap().unwrap().0, "n");
        assert_eq!(map.cow(), "n");
        assert_eq!(*map.cell(), 0);
        *map.cell_mut() += 1;
        *map.lock() += 1;
        assert_eq!(*map.read().unwrap(), 0);
        map.parts().0.push('x');
        assert_eq!(map.iter_mut().count(), 1);
        let mut n = 1;
        *pinned(Pin::new(&mut n)) += 1;
        split(&mut [1, 2]).0[0] += 1;
        into_static()[0] += 1;
        assert!(guard_in_an_option(&map.lock).is_some());
        *Node { next: None }.last() = None;
    });
    drop(map.name_async());
    assert!(events.iter().any(|event| event.result.as_deref() == Some("2")));
    assert!(events.iter().all(|event| event.outcome.is_none()));
}
