//! What names stand for, as far as a file says it for certain.
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use syn::{Item, UseTree};

/// The scopes around a place, the innermost last. What a glob or a macro brings in is not known; an explicit name goes
/// before it.
#[derive(Default)]
pub(super) struct Scopes(Vec<Scope>);

#[derive(Default)]
struct Scope {
    /// Nothing around is seen from here: a module.
    closed: bool,
    /// What can stand before a `::`.
    types: HashMap<String, Meaning>,
    values: HashMap<String, Meaning>,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// What a `use` says.
    Path(Vec<String>),
    /// A variable of this type.
    Variable(Vec<String>),
    Unknown,
}

/// What a path is that begins with `::`, here and in a `use`.
const ROOT: &str = "";

/// Crates whose items are known. Nothing but a file's own items goes before their names.
const CRATES: [&str; 4] = ["std", "tokio", "rayon", "rayon_core"];

impl Scopes {
    /// Enters a module or, unless `closed`, a block.
    pub(super) fn enter<'a>(&mut self, closed: bool, items: impl IntoIterator<Item = &'a Item>) {
        let mut scope = Scope { closed, ..Scope::default() };
        items.into_iter().for_each(|item| scope.item(item));
        self.0.push(scope);
    }

    pub(super) fn leave(&mut self) {
        self.0.pop();
    }

    /// A variable `name` is there from here on.
    pub(super) fn variable(&mut self, name: &syn::Ident, of: Option<Vec<String>>) {
        let Some(scope) = self.0.last_mut() else { return };
        scope.values.insert(name.to_string(), of.map_or(Meaning::Unknown, Meaning::Variable));
    }

    /// A type parameter `name` is there.
    pub(super) fn parameter(&mut self, name: &syn::Ident) {
        let Some(scope) = self.0.last_mut() else { return };
        scope.types.insert(name.to_string(), Meaning::Unknown);
    }

    /// The type of a variable, by its whole path.
    pub(super) fn type_of(&self, name: &syn::Ident) -> Option<Vec<String>> {
        match self.look_up(&name.to_string(), |scope| &scope.values)? {
            Meaning::Variable(of) => Some(of.clone()),
            _ => None,
        }
    }

    /// The whole path of a type, or of a function or a module, beginning with a known crate.
    pub(super) fn resolve(&self, path: &syn::Path, is_value: bool) -> Option<Vec<String>> {
        let root = path.leading_colon.map(|_| ROOT.to_owned());
        let segments = path.segments.iter().map(|segment| segment.ident.to_string());
        let mut path: Vec<String> = root.into_iter().chain(segments).collect();
        if is_value && path.len() == 1 {
            let Meaning::Path(whole) = self.look_up(&path[0], |scope| &scope.values)? else { return None };
            path.clone_from(whole);
        }
        // a `use` may begin with what another one names, but not in a circle
        for _ in 0..8 {
            if path[0] == ROOT {
                path.remove(0);
                return CRATES.contains(&path.first()?.as_str()).then_some(path);
            }
            match self.look_up(&path[0], |scope| &scope.types) {
                Some(Meaning::Path(whole)) if *whole != path[..1] => {
                    path.splice(..1, whole.iter().cloned());
                }
                None | Some(Meaning::Path(_)) => return CRATES.contains(&path[0].as_str()).then_some(path),
                Some(_) => return None,
            }
        }
        None
    }

    fn look_up<'a>(
        &'a self,
        name: &str,
        names: impl Fn(&'a Scope) -> &'a HashMap<String, Meaning>,
    ) -> Option<&'a Meaning> {
        for scope in self.0.iter().rev() {
            if let Some(meaning) = names(scope).get(name) {
                return Some(meaning);
            }
            if scope.closed {
                break;
            }
        }
        None
    }
}

impl Scope {
    fn item(&mut self, item: &Item) {
        match item {
            Item::Use(item) => {
                let mut path = Vec::from_iter(item.leading_colon.map(|_| ROOT.to_owned()));
                self.used(&mut path, &item.tree);
            }
            Item::ExternCrate(item) => {
                let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name);
                let path = vec![ROOT.to_owned(), item.ident.to_string()];
                add(&mut self.types, name, Meaning::Path(path));
            }
            Item::Mod(item) => add(&mut self.types, &item.ident, Meaning::Unknown),
            Item::Enum(item) => add(&mut self.types, &item.ident, Meaning::Unknown),
            Item::Union(item) => add(&mut self.types, &item.ident, Meaning::Unknown),
            Item::Trait(item) => add(&mut self.types, &item.ident, Meaning::Unknown),
            Item::TraitAlias(item) => add(&mut self.types, &item.ident, Meaning::Unknown),
            Item::Type(item) => add(&mut self.types, &item.ident, Meaning::Unknown),
            Item::Struct(item) => {
                add(&mut self.types, &item.ident, Meaning::Unknown);
                add(&mut self.values, &item.ident, Meaning::Unknown);
            }
            Item::Fn(item) => add(&mut self.values, &item.sig.ident, Meaning::Unknown),
            Item::Const(item) => add(&mut self.values, &item.ident, Meaning::Unknown),
            Item::Static(item) => add(&mut self.values, &item.ident, Meaning::Unknown),
            _ => {}
        }
    }

    fn used(&mut self, path: &mut Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.used(path, &tree.tree);
                path.pop();
            }
            UseTree::Name(tree) => self.name(path, &tree.ident, &tree.ident),
            UseTree::Rename(tree) => self.name(path, &tree.ident, &tree.rename),
            UseTree::Group(tree) => tree.items.iter().for_each(|tree| self.used(path, tree)),
            UseTree::Glob(_) => {}
        }
    }

    /// `use path::item as name`.
    fn name(&mut self, path: &[String], item: &syn::Ident, name: &syn::Ident) {
        let (mut whole, mut name) = (path.to_vec(), name.to_string());
        if item != "self" {
            whole.push(item.to_string());
        } else if name == "self" {
            let Some(last) = path.last() else { return };
            name.clone_from(last);
        }
        for names in [&mut self.types, &mut self.values] {
            add(names, &name, Meaning::Path(whole.clone()));
        }
    }
}

/// Two things of one name, each for some configurations, leave it open which is meant.
fn add(names: &mut HashMap<String, Meaning>, name: &(impl ToString + ?Sized), meaning: Meaning) {
    match names.entry(name.to_string()) {
        Entry::Vacant(entry) => {
            entry.insert(meaning);
        }
        Entry::Occupied(mut entry) if *entry.get() != meaning => {
            entry.insert(Meaning::Unknown);
        }
        Entry::Occupied(_) => {}
    }
}
