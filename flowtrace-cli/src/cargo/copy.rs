//! The annotated copy of a package: brought up to date before a crate of it is compiled.
//!
//! The copies lie as the originals do below the workspace, so that relative paths lead to the same files from them. Folders that
//! hold sources of a member, and those around, are real; all others are links to the user's. Nothing is written through a link.
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::plan::Plan;
use super::state::State;
use super::store;
use super::workspace::Member;
use crate::annotate::rewrite::{self, Function, Include, NamedBy, Rules};

/// Where a package's originals and copies lie.
pub(super) struct PackageCopy<'a> {
    plan: &'a Plan,
    member: &'a Member,
    /// The folder that is copied, with all that relative paths may lead to: the workspace, or a package beside it.
    pub(super) original: PathBuf,
    pub(super) copied: PathBuf,
    edition: &'a str,
    pub(super) state: State,
    _lock: File,
}

impl<'a> PackageCopy<'a> {
    /// Waits until nobody else is at the package's copy.
    pub(super) fn of(plan: &'a Plan, member: &'a Member, edition: &'a str) -> io::Result<Self> {
        let name = store::digest(&member.root);
        let (original, copied) = if member.root.starts_with(&plan.root) {
            (plan.root.clone(), plan.store.copies())
        } else {
            (member.root.clone(), plan.store.0.join("beside").join(&name))
        };
        let folder = plan.store.0.join("state");
        let lock = store::lock(&folder.join(format!("{name}.lock")))?;
        let state = State::load(folder.join(format!("{name}.json")), &plan.version);
        Ok(Self { plan, member, original, copied, edition, state, _lock: lock })
    }

    /// The copy of a path within the originals.
    pub(super) fn copy_of(&self, path: &Path) -> Option<PathBuf> {
        Some(self.copied.join(path.strip_prefix(&self.original).ok()?))
    }

    /// Brings all files up to date.
    pub(super) fn refresh(&mut self) -> io::Result<()> {
        let parents = store::lock(&self.plan.store.0.join("state/parents.lock"))?;
        let within = self.member.root.strip_prefix(&self.original).unwrap_or(Path::new("")).to_owned();
        let mut at = PathBuf::new();
        self.mirror(&at)?;
        for part in within.components() {
            at.push(part);
            self.mirror(&at)?;
        }
        drop(parents);
        let folders = self.member.folders.clone();
        for folder in folders {
            // the files of the root itself were seen to with its entries
            if folder != Path::new("") {
                self.sources(&within.join(folder))?;
            }
        }
        self.state.save()
    }

    /// Whether a folder is real in the copy: it holds sources of a member, or one that does.
    fn is_real(&self, folder: &Path) -> bool {
        let folder = self.original.join(folder);
        self.plan.members.iter().any(|member| {
            member.root.starts_with(&folder)
                || folder.parent() == Some(&*member.root)
                    && folder.file_name().is_some_and(|name| member.folders.contains(Path::new(name)))
        })
    }

    /// A real folder whose entries are links, but for folders that are real.
    fn mirror(&mut self, folder: &Path) -> io::Result<()> {
        let (from, to) = (self.original.join(folder), self.copied.join(folder));
        real_folder(&to)?;
        let has_sources = from == self.member.root && self.member.folders.contains(Path::new(""));
        let is_root_of_another = !has_sources
            && self
                .plan
                .members
                .iter()
                .any(|member| member.root == from && member.folders.contains(Path::new("")));
        let mut kept = BTreeSet::new();
        for entry in fs::read_dir(&from)? {
            let entry = entry?;
            let (name, path) = (entry.file_name(), entry.path());
            kept.insert(name.clone());
            let copy = to.join(&name);
            if name == ".git" || self.plan.store.0.starts_with(&path) {
                continue;
            }
            let is_folder = entry.file_type()?.is_dir();
            if is_folder && self.is_real(&folder.join(&name)) {
                real_folder(&copy)?;
            } else if !is_folder && is_rust(&path) && (has_sources || is_root_of_another) {
                if has_sources {
                    self.source(&path, &copy)?;
                }
            } else {
                link(&path, &copy)?;
            }
        }
        remove_others(&to, &kept)
    }

    /// A real folder of rewritten sources.
    fn sources(&mut self, folder: &Path) -> io::Result<()> {
        let (from, to) = (self.original.join(folder), self.copied.join(folder));
        real_folder(&to)?;
        let mut kept = BTreeSet::new();
        for entry in fs::read_dir(&from)? {
            let entry = entry?;
            let (name, path) = (entry.file_name(), entry.path());
            kept.insert(name.clone());
            let copy = to.join(&name);
            if entry.file_type()?.is_dir() {
                let is_package = path.join("Cargo.toml").exists();
                if self.is_real(&folder.join(&name)) {
                    real_folder(&copy)?;
                } else if is_package || !has_rust(&path) {
                    link(&path, &copy)?;
                } else {
                    self.sources(&folder.join(&name))?;
                }
            } else if is_rust(&path) {
                self.source(&path, &copy)?;
            } else {
                link(&path, &copy)?;
            }
        }
        remove_others(&to, &kept)
    }

    /// A rewritten source, or the same where it can't be parsed.
    fn source(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let changed = fs::metadata(from)?.modified()?;
        let key = self.key(from);
        let is_old = fs::symlink_metadata(to)
            .is_ok_and(|copy| copy.is_file() && copy.modified().is_ok_and(|at| at == changed));
        if is_old && self.state.is_done(from, &key) {
            return Ok(());
        }
        let bytes = fs::read(from)?;
        let rewritten = std::str::from_utf8(&bytes).ok().map(|source| self.rewrite(from, source));
        let text = match rewritten {
            Some(Ok(rewritten)) => {
                self.state.done(from, key, &rewritten);
                rewritten.text.into_bytes()
            }
            Some(Err(error)) => {
                self.state.unreadable(from, key, &error.to_string());
                bytes
            }
            None => {
                self.state.unreadable(from, key, "it is not UTF-8");
                bytes
            }
        };
        if !fs::symlink_metadata(to).is_ok_and(|copy| copy.is_file()) || fs::read(to)? != text {
            remove(to)?;
            store::write(to, &text)?;
        }
        File::options().append(true).open(to)?.set_modified(changed)
    }

    /// What else than the source the copy depends on.
    fn key(&self, file: &Path) -> String {
        let left: Vec<_> = self.state.left_in(file).collect();
        store::digest(&(
            &self.plan.version,
            &self.plan.only,
            &self.plan.skip,
            self.plan.values,
            self.edition,
            left,
        ))
    }

    fn rewrite(&self, file: &Path, source: &str) -> syn::Result<rewrite::Rewritten> {
        let module = module_of(self.member, file);
        let leave = |function: &Function| {
            if self.state.is_left(file, function) {
                return Some("the crate does not compile with it");
            }
            let path = [&*module, &function.module, &function.name];
            let path = path.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::");
            (!self.takes(&path)).then_some("not asked for")
        };
        let elsewhere = |include: &Include| self.elsewhere(file, include);
        let rules = Rules {
            runtime: if self.edition == "2015" { "flowtrace_runtime" } else { "::flowtrace_runtime" },
            options: if self.plan.values { "" } else { "(skip_all, skip_result)" },
            own_line: false,
            carry: true,
            tests: true,
            leave: &leave,
            file: &elsewhere,
        };
        rewrite::rewrite(source, &rules)
    }

    /// Whether the user wants a function to be traced.
    fn takes(&self, path: &str) -> bool {
        let leads = |to: &String| {
            self.member.crates.iter().any(|name| {
                let path = format!("{name}::{path}");
                path.strip_prefix(&**to).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            })
        };
        (self.plan.only.is_empty() || self.plan.only.iter().any(leads)) && !self.plan.skip.iter().any(leads)
    }

    /// Where a file lies that is not of the package, whose copy may not be there.
    fn elsewhere(&self, file: &Path, include: &Include) -> Option<String> {
        if matches!(&include.by, NamedBy::Attribute(modules) if !modules.is_empty()) {
            return None;
        }
        let path = tidy(&file.parent()?.join(&include.path));
        (!path.starts_with(&self.member.root)).then(|| path.to_str().map(str::to_owned)).flatten()
    }
}

/// The module that a file of a package holds, as far as its place tells it.
fn module_of(member: &Member, file: &Path) -> String {
    let within = file.strip_prefix(&member.root).unwrap_or(file);
    let folder = within.components().next().map(|first| PathBuf::from(first.as_os_str()));
    let within = match folder.filter(|folder| member.folders.contains(folder)) {
        Some(folder) => within.strip_prefix(folder).unwrap_or(within),
        None => within,
    };
    let mut parts: Vec<String> =
        within.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| ["lib", "main", "mod"].contains(&&**last)) {
        parts.pop();
    }
    parts.join("::")
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

fn has_rust(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => has_rust(&entry.path()),
        Ok(_) => is_rust(&entry.path()),
        Err(_) => false,
    })
}

/// Makes a folder that is no link, so that nothing is written to where a link leads.
fn real_folder(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => {
            fs::remove_file(path)?;
            fs::create_dir(path)
        }
        Err(_) => fs::create_dir_all(path),
    }
}

fn link(to: &Path, link: &Path) -> io::Result<()> {
    if fs::read_link(link).is_ok_and(|old| old == to) {
        return Ok(());
    }
    remove(link)?;
    store::link_to(to, link)
}

/// Removes what is there, if anything is: a folder of copies, a file, or a link, and not what that leads to.
fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    }
}

/// Removes what the original folder does not have.
fn remove_others(folder: &Path, kept: &BTreeSet<OsString>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !kept.contains(&entry.file_name()) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// A path without `.` and `..`, by its text.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                tidy.pop();
            }
            part => tidy.push(part),
        }
    }
    tidy
}
