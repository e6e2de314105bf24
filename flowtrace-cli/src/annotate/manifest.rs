//! The dependency on the runtime is put into a crate's manifest, and taken out again, to the byte.
use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{Document, TableLike};

/// What the command puts there ends so, which is how it is known again.
const MARK: &str = "# by `flowtrace annotate`";
const NAME: &str = "flowtrace-runtime";

/// A manifest as it is and as it is to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Edited {
    /// Nothing is to be done.
    Same,
    Changed(String),
    /// It is written in a way that nothing can be put into.
    Unable,
}

/// The manifest of the package that `file` is a part of.
pub(super) fn of(file: &Path) -> Option<PathBuf> {
    let file = std::path::absolute(file).ok()?;
    let mut manifests = file.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
    manifests.find(|manifest| has(manifest, |document| document.contains_key("package")))
}

/// Whether the workspace of the package with `manifest` has the dependency for its members.
pub(super) fn is_inherited(manifest: &Path) -> bool {
    let roots = manifest.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
    let mut roots = roots.filter(|root| has(root, |document| document.contains_key("workspace")));
    let names = |document: &dyn TableLike| {
        let dependencies = document.get("workspace").and_then(|workspace| workspace.get("dependencies"));
        dependencies.is_some_and(|dependencies| dependencies.get(NAME).is_some())
    };
    roots.next().is_some_and(|root| has(&root, names))
}

fn has(manifest: &Path, what: impl FnOnce(&dyn TableLike) -> bool) -> bool {
    let Ok(text) = fs::read_to_string(manifest) else { return false };
    Document::parse(text.as_str()).is_ok_and(|document| what(document.as_table()))
}

/// `manifest` with the dependency, taken from the workspace where it is `inherited`.
pub(super) fn with_dependency(manifest: &str, inherited: bool) -> Edited {
    let Ok(document) = Document::parse(manifest) else { return Edited::Unable };
    let dependencies = document.get("dependencies");
    if dependencies.is_some_and(|dependencies| dependencies.get(NAME).is_some()) {
        return Edited::Same;
    }
    let line = if inherited {
        format!("{NAME}.workspace = true {MARK}")
    } else {
        format!("{NAME} = \"{}\" {MARK}", env!("CARGO_PKG_VERSION"))
    };
    let end = if manifest.contains("\r\n") { "\r\n" } else { "\n" };
    let table = dependencies.and_then(toml_edit::Item::as_table).filter(|table| !table.is_implicit());
    let header = table.and_then(toml_edit::Table::span);
    let changed = match header {
        Some(header) => {
            let rest = &manifest[header.end..];
            let at = header.end + rest.find('\n').map_or(rest.len(), |end| end + 1);
            let (before, after) = manifest.split_at(at);
            if before.ends_with('\n') {
                format!("{before}{line}{end}{after}")
            } else {
                format!("{before}{end}{line}")
            }
        }
        // the end of the text is as it was, so that it can be told what was put there
        None if manifest.ends_with('\n') => format!("{manifest}{end}[dependencies] {MARK}{end}{line}{end}"),
        None => format!("{manifest}{end}[dependencies] {MARK}{end}{line}"),
    };
    let is_there = Document::parse(changed.as_str()).is_ok_and(|document| {
        document.get("dependencies").is_some_and(|dependencies| dependencies.get(NAME).is_some())
    });
    if is_there { Edited::Changed(changed) } else { Edited::Unable }
}

/// `manifest` without what [`with_dependency`] put there.
pub(super) fn without_dependency(manifest: &str) -> Edited {
    let is_ours = |line: &&str| line.trim_end().ends_with(MARK);
    let mut out = String::with_capacity(manifest.len());
    let mut lines = manifest.split_inclusive('\n');
    while let Some(line) = lines.next() {
        let is_header = line.starts_with('[');
        if !is_ours(&line) {
            out.push_str(line);
        } else if is_header && !is_empty(lines.clone().filter(|line| !is_ours(line))) {
            // others have come under it
            out.push_str(&line.replace(&format!(" {MARK}"), ""));
        } else if is_header || !line.ends_with('\n') {
            // the line end before it came with it
            let before = out.strip_suffix('\n').map(|before| before.strip_suffix('\r').unwrap_or(before));
            out.truncate(before.map_or(out.len(), str::len));
        }
    }
    if out == manifest { Edited::Same } else { Edited::Changed(out) }
}

/// Whether the table that goes on with `lines` has nothing in it.
fn is_empty<'a>(mut lines: impl Iterator<Item = &'a str>) -> bool {
    lines.find(|line| !line.trim().is_empty()).is_none_or(|line| line.starts_with('['))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is put into `manifest` stands `before` its rest; it comes out again.
    fn added(manifest: &str) -> String {
        let Edited::Changed(changed) = with_dependency(manifest, true) else {
            panic!("nothing to put there")
        };
        assert_eq!(with_dependency(&changed, true), Edited::Same);
        assert_eq!(without_dependency(&changed), Edited::Changed(manifest.to_owned()), "{changed:?}");
        changed
    }

    #[test]
    fn the_dependency_goes_into_its_table_and_comes_out_to_the_byte() {
        let line = "flowtrace-runtime.workspace = true # by `flowtrace annotate`";
        for (before, after) in [
            ("[package]\nname = \"a\"\n\n[dependencies] # some\n", "\nb = \"1\"\n\n[dev-dependencies]\n"),
            ("[dependencies]\r\n", "a = \"1\"\r\n"),
            ("[dependencies]\n", ""),
        ] {
            let end = if before.ends_with("\r\n") { "\r\n" } else { "\n" };
            assert_eq!(added(&format!("{before}{after}")), format!("{before}{line}{end}{after}"));
        }
        let header = "[dependencies] # by `flowtrace annotate`";
        assert_eq!(added("[dependencies]"), format!("[dependencies]\n{line}"));
        assert_eq!(added("[package]\n"), format!("[package]\n\n{header}\n{line}\n"));
        assert_eq!(added("[package]"), format!("[package]\n{header}\n{line}"));
        assert_eq!(added("[dependencies.a]\nversion = \"1\"\n\n"), {
            format!("[dependencies.a]\nversion = \"1\"\n\n\n{header}\n{line}\n")
        });
    }

    #[test]
    fn what_others_put_beside_it_stays() {
        let Edited::Changed(changed) = with_dependency("[package]\n", true) else { panic!("nothing to put") };
        let Edited::Changed(left) = without_dependency(&format!("{changed}a = \"1\"\n")) else {
            panic!("nothing to take")
        };
        assert_eq!(left, "[package]\n\n[dependencies]\na = \"1\"\n");
    }

    #[test]
    fn a_crate_that_has_it_or_that_writes_its_table_otherwise_stays_as_it_is() {
        assert_eq!(with_dependency("[dependencies.flowtrace-runtime]\npath = \"a\"\n", false), Edited::Same);
        assert_eq!(with_dependency("dependencies.a = \"1\"\n", false), Edited::Unable);
        assert_eq!(with_dependency("dependencies = { a = \"1\" }\n", false), Edited::Unable);
        assert_eq!(without_dependency("[dependencies]\nflowtrace-runtime = \"1\"\n"), Edited::Same);
    }
}
