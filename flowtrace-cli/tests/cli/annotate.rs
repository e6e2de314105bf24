//! `flowtrace annotate`, on a source tree that has a bit of everything.
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::harness::{Ran, command};

/// A crate that compiles, with and without the attribute.
const CRATE: [(&str, &str); 7] = [
    ("Cargo.toml", "[package]\nname = \"subject\"\nedition = \"2024\"\n\n[dependencies]\n\n[workspace]\n"),
    (
        "src/lib.rs",
        r#"//! A subject.
#![deny(missing_docs, warnings)]

mod deep;
#[cfg(test)]
mod tests;

/// Doubles; größe „大“.
#[must_use]
pub fn double(x: u64) -> u64 {
    fn inner(x: u64) -> u64 { 2 * x }
    inner(x)
}

/// As far as it goes.
pub const fn limit() -> u64 { 7 }

/// Calls out.
pub extern "C" fn exported() {}

unsafe extern "C" {
    fn abs(x: i32) -> i32;
}

macro_rules! made {
    ($name:ident) => {
        /// Made.
        pub fn made_by_macro() {}
    };
}
made!(x);

/// Something named.
pub trait Named {
    /// Its name.
    fn name(&self) -> String;

    /// Its name, louder.
    fn loud(&self) -> String { self.name().to_uppercase() }
}

/// Traced already.
#[flowtrace_runtime::trace(skip_all)]
pub fn traced(secret: &str) -> usize { secret.len() }

#[flowtrace_runtime::trace]
impl Named for u8 {
    fn name(&self) -> String { self.to_string() }
}

impl Named for i32 {
    fn name(&self) -> String {
        // SAFETY: `abs` is called with no pointer
        unsafe { abs(*self) }.to_string()
    }
}

#[cfg(test)]
mod small {
    fn helper() {}

    #[test]
    fn works() { helper() }
}
"#,
    ),
    (
        "src/deep/mod.rs",
        "//! Deep.\r\n\r\npub(crate) struct Deep;\r\n\r\nimpl Deep {\r\n\t#[allow(dead_code)] pub(crate) async fn wait(&self) {}\r\n\r\n\t#[allow(dead_code)]\r\n\tfn hold(self) {}\r\n}\r\n",
    ),
    (
        "src/tests.rs",
        "#[test]\nfn doubles() { assert_eq!(super::double(2), helper()) }\n\nfn helper() -> u64 { 4 }\n",
    ),
    ("tests/all.rs", "#[test]\nfn all() { assert_eq!(subject::double(2), 4) }\n"),
    ("build.rs", "fn main() {}\n"),
    ("notes/broken.rs", "fn a( {\n"),
];

fn plant(folder: &Path) {
    for (name, text) in CRATE {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// An option of cargo by which a dependency on the runtime is this one.
fn in_place_of_the_published_one() -> String {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("flowtrace-runtime");
    format!("patch.crates-io.flowtrace-runtime.path='{}'", runtime.display())
}

fn annotate(folder: &Path, options: &[&str]) -> Ran {
    command(&["annotate", "."]).args(options).current_dir(folder).output().unwrap().into()
}

fn contents(folder: &Path) -> BTreeMap<&'static str, Vec<u8>> {
    CRATE.iter().map(|(name, _)| (*name, fs::read(folder.join(name)).unwrap())).collect()
}

#[test]
fn a_dry_run_shows_a_diff_and_why_others_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path());
    let before = contents(folder.path());
    assert_snapshot!(annotate(folder.path(), &["--dry-run"]));
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn a_crate_compiles_with_the_attribute_and_loses_it_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path());
    let before = contents(folder.path());
    // there is a file that can't be parsed
    assert_eq!(annotate(folder.path(), &[]).code, 1);
    let annotated = contents(folder.path());
    assert_ne!(annotated, before);
    assert!(annotate(folder.path(), &[]).stderr.contains("0 functions in 0 files annotated"));
    assert_eq!(contents(folder.path()), annotated);

    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("annotate");
    let cargo = Command::new(env!("CARGO"))
        .args(["check", "--tests", "--offline", "--quiet", "--config", &in_place_of_the_published_one()])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));

    // the attribute on the `impl` is the user's
    let removed = annotate(folder.path(), &["--remove"]);
    assert!(removed.stderr.contains("taken off 6 functions in 2 files"), "{removed}");
    assert!(removed.stderr.contains("Cargo.toml: keeps the dependency `flowtrace-runtime`"), "{removed}");
    let mut removed = contents(folder.path());
    removed.insert("Cargo.toml", before["Cargo.toml"].clone());
    assert_eq!(removed, before);
}

#[test]
fn on_the_same_line_no_line_moves_and_it_comes_off_as_well() {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path());
    let before = contents(folder.path());
    annotate(folder.path(), &["--same-line", "--no-manifest"]);
    let annotated = contents(folder.path());
    assert_eq!(annotated["Cargo.toml"], before["Cargo.toml"]);
    let lines = |text: &[u8]| text.split(|byte| *byte == b'\n').count();
    assert!(before.iter().all(|(name, text)| lines(text) == lines(&annotated[name])));
    let text = String::from_utf8_lossy(&annotated["src/lib.rs"]);
    assert!(text.contains("\n#[flowtrace_runtime::trace] pub fn double("), "{text}");
    annotate(folder.path(), &["--remove"]);
    assert_eq!(contents(folder.path()), before);
}

/// The program is run in `tests/tests/edge_tasks.rs`.
#[test]
fn what_is_carried_is_what_the_tests_of_tasks_run() {
    let carried = include_str!("../../../tests/tests/edge_tasks/carried.rs");
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("x.rs");
    fs::write(&source, carried).unwrap();
    assert!(annotate(folder.path(), &["--remove"]).stderr.contains("15 closures and futures"));
    assert!(!fs::read_to_string(&source).unwrap().contains("flowtrace_runtime"));
    assert!(annotate(folder.path(), &["--carry"]).stderr.contains("15 closures and futures"));
    assert_eq!(fs::read_to_string(&source).unwrap(), carried);
}

#[test]
fn a_member_takes_the_dependency_from_its_workspace_and_keeps_it_while_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let member = folder.path().join("member");
    fs::create_dir_all(member.join("src")).unwrap();
    let workspace =
        "[workspace]\nmembers = [\"member\"]\n[workspace.dependencies]\nflowtrace-runtime = \"1\"\n";
    fs::write(folder.path().join("Cargo.toml"), workspace).unwrap();
    let manifest = member.join("Cargo.toml");
    fs::write(&manifest, "[package]\nname = \"member\"\n").unwrap();
    for name in ["src/main.rs", "src/a.rs"] {
        fs::write(member.join(name), "fn a() {}\n").unwrap();
    }
    let ran = command(&["annotate", "member"]).current_dir(folder.path()).output().unwrap().into();
    assert_snapshot!(Ran { stdout: fs::read_to_string(&manifest).unwrap(), ..ran });
    let remove = |path| command(&["annotate", "--remove", path]).current_dir(&member).output().unwrap();
    remove("src/a.rs");
    assert!(fs::read_to_string(&manifest).unwrap().contains("flowtrace-runtime"));
    remove("src");
    assert_eq!(fs::read_to_string(&manifest).unwrap(), "[package]\nname = \"member\"\n");
}

#[test]
fn nothing_but_the_source_files_is_touched_and_they_keep_their_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let (source, beside) = (folder.path().join("x.rs"), folder.path().join("x.rs.annotated"));
    fs::write(&source, "fn a() {}\n").unwrap();
    fs::write(&beside, "the user's").unwrap();
    fs::set_permissions(&source, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(annotate(folder.path(), &[]).code, 0);
    assert_eq!(fs::read_to_string(&source).unwrap(), "#[flowtrace_runtime::trace]\nfn a() {}\n");
    assert_eq!(fs::metadata(&source).unwrap().permissions().mode() & 0o7777, 0o640);
    assert_eq!(fs::read_to_string(&beside).unwrap(), "the user's");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let ran: Ran = command(&["annotate", "missing"]).current_dir(folder.path()).output().unwrap().into();
    assert_snapshot!(ran);
}
