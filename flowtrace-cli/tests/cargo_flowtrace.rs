//! `cargo flowtrace` on a made-up workspace that has what gets in its way: each test looks at one thing of the same runs.
#![cfg(unix)]
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

/// The files of the workspace.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", "[workspace]\nmembers = [\"app\", \"old\", \"bare\", \"mac\"]\nresolver = \"2\"\n"),
    (".gitignore", "target\nCargo.lock\n"),
    ("notes/note.txt", "beside the package"),
    (
        "app/Cargo.toml",
        r#"[package]
name = "app"
version = "0.1.0"
edition = "2024"

[dependencies]
bare = { path = "../bare" }
old = { path = "../old" }
mac = { path = "../mac" }
serde_core = { version = "1", default-features = false, features = ["std"] }

[build-dependencies]
old = { path = "../old" }
"#,
    ),
    (
        "app/build.rs",
        r#"fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(format!("{out}/made.rs"), format!("pub fn made() -> i32 {{ {} }}", old::twice(4))).unwrap();
    println!("cargo:rerun-if-changed=build.rs");
}
"#,
    ),
    ("app/src/not_rust.rs", "1 + 2 // an expression\n"),
    (
        "app/src/main.rs",
        r#"#![deny(warnings)]
#![forbid(unsafe_code)]
mod shop;
include!(concat!(env!("OUT_DIR"), "/made.rs"));

fn main() {
    let three: i32 = include!("not_rust.rs");
    println!("{} {}", shop::sell(shop::Order { id: 7 }), three + made());
    println!("{}", include_str!("../../notes/note.txt"));
    println!("{} {}", file!(), shop::line());
    println!("{}", bare::sum(&[1, 2]) + mac::five!() + old::twice(1));
    let folder = std::env::current_dir().unwrap();
    println!("{}", folder.ends_with("app") || folder.join("app").exists());
    println!("{}", std::env::var_os("FLOWTRACE_CARGO").is_none());
    let code = std::env::args().nth(1).map_or(0, |code| code.parse().unwrap());
    std::process::exit(code)
}
"#,
    ),
    (
        "app/src/shop.rs",
        r#"use serde_core::ser::{Serialize, Serializer};

pub struct Order {
    pub id: u32,
}

impl Serialize for Order {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("order {}", self.id))
    }
}

pub fn sell(order: Order) -> u32 {
    std::thread::spawn(move || price(&order)).join().unwrap()
}

fn price(order: &Order) -> u32 { order.id * 3 }

pub fn line() -> u32 { line!() }
"#,
    ),
    (
        "app/tests/whole.rs",
        r#"#[test]
fn the_program_says_nothing_else_to_who_gives_it_no_environment() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_app")).env_clear().output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 6);
    assert!(output.stderr.is_empty());
}

#[test]
fn the_sources_are_where_they_are() {
    assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs").exists());
    assert_eq!(file!(), "app/tests/whole.rs");
}
"#,
    ),
    ("old/Cargo.toml", "[package]\nname = \"old\"\nversion = \"0.1.0\"\n"),
    (
        "old/src/lib.rs",
        "/// Doubles.\n///\n/// ```\n/// assert_eq!(old::twice(2), 4);\n/// ```\npub fn twice(n: i32) -> i32 { inner::twice(n) }\n\
         mod flowtrace_runtime {}\nmod inner {\n    pub fn twice(n: i32) -> i32 { n * 2 }\n}\n",
    ),
    ("bare/Cargo.toml", "[package]\nname = \"bare\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
    ("bare/src/lib.rs", "#![no_std]\npub fn sum(numbers: &[i32]) -> i32 { numbers.iter().sum() }\n"),
    (
        "mac/Cargo.toml",
        "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nproc-macro = true\n",
    ),
    (
        "mac/src/lib.rs",
        "use proc_macro::TokenStream;\n#[proc_macro]\npub fn five(_: TokenStream) -> TokenStream { \"5\".parse().unwrap() }\n",
    ),
];

struct Workspace {
    /// Removed at the end of the process by nobody: it lies in cargo's folder for tests.
    folder: PathBuf,
}

impl Workspace {
    fn create(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        for (path, text) in FILES {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        // the versions that the project itself has, which are there
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock"), folder.join("Cargo.lock"))
            .unwrap();
        Self { folder }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).env("CARGO_NET_OFFLINE", "true").env("CARGO_TERM_COLOR", "never");
        for name in
            ["CARGO_TARGET_DIR", "RUSTFLAGS", "RUSTC_WRAPPER", "CARGO_MANIFEST_DIR", "FLOWTRACE_OUTPUT"]
        {
            command.env_remove(name);
        }
        // so that the runtime is compiled sooner
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
        command
    }

    fn cargo(&self, words: &[&str]) -> Output {
        self.command(env!("CARGO")).args(words).output().unwrap()
    }

    fn traced(&self, words: &[&str]) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_cargo-flowtrace"));
        command.env("CARGO", env!("CARGO")).arg("flowtrace").args(words).output().unwrap()
    }

    /// The lines of the last run.
    fn trace(&self) -> String {
        let last = self.folder.join("target/flowtrace/last");
        let files = fs::read_dir(last).unwrap().map(|file| file.unwrap().path());
        let files = files.filter(|file| file.extension().is_some_and(|end| end == "ft"));
        let output = self.command(env!("CARGO_BIN_EXE_flowtrace")).arg("cat").args(files).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

struct Ran {
    workspace: Workspace,
    plain: Output,
    traced: Output,
    trace: String,
}

/// The program, run plain and traced.
static RAN: LazyLock<Ran> = LazyLock::new(|| {
    let workspace = Workspace::create("cargo-flowtrace");
    let plain = workspace.cargo(&["run", "--", "3"]);
    let traced = workspace.traced(&["run", "--", "3"]);
    assert!(stderr(&traced).contains("flowtrace: "), "{}", stderr(&traced));
    let trace = workspace.trace();
    Ran { workspace, plain, traced, trace }
});

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

/// The ENTER line of a function.
fn enter<'a>(trace: &'a str, module: &str, function: &str) -> &'a str {
    let (module, function) = (format!("\"module\":\"{module}\""), format!("\"function\":\"{function}\""));
    let is_it = |line: &&str| {
        line.contains("\"event\":\"ENTER\"") && line.contains(&module) && line.contains(&function)
    };
    trace.lines().find(is_it).unwrap_or_else(|| panic!("no {function} of {module} in {trace}"))
}

fn value<'a>(line: &'a str, key: &str) -> &'a str {
    line.split(&format!("\"{key}\":\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

#[test]
fn a_traced_program_says_and_returns_what_the_plain_one_does() {
    assert_eq!(stdout(&RAN.traced), stdout(&RAN.plain));
    assert_eq!((RAN.traced.status.code(), RAN.plain.status.code()), (Some(3), Some(3)));
    assert!(stdout(&RAN.plain).contains("app/src/main.rs 19"), "{}", stdout(&RAN.plain));
}

#[test]
fn every_function_of_every_member_is_traced_where_it_stands() {
    for (module, function, source) in [
        ("app", "main", "app/src/main.rs:6"),
        ("app::shop", "line", "app/src/shop.rs:19"),
        ("bare", "sum", "bare/src/lib.rs:2"),
        ("old::inner", "twice", "old/src/lib.rs:9"),
    ] {
        assert_eq!(value(enter(&RAN.trace, module, function), "source"), source);
    }
}

#[test]
fn a_value_is_shown_by_the_copy_of_serde_that_the_program_has() {
    let line = enter(&RAN.trace, "app::shop", "sell");
    assert!(line.contains("order 7"), "{line}");
}

#[test]
fn a_thread_hangs_below_the_call_that_started_it() {
    let sell = enter(&RAN.trace, "app::shop", "sell");
    let price = enter(&RAN.trace, "app::shop", "price");
    assert_eq!(value(price, "parentSpanId"), value(sell, "spanId"));
}

#[test]
fn a_function_that_does_not_compile_with_the_attribute_is_left_alone() {
    let is_root = |line: &&str| line.contains("\"module\":\"old\",");
    assert_eq!(RAN.trace.lines().find(is_root), None);
}

#[test]
fn builds_are_fresh_and_tests_pass_and_errors_are_the_users() {
    let workspace = &RAN.workspace;
    for (path, text) in FILES {
        assert_eq!(fs::read_to_string(workspace.folder.join(path)).unwrap(), *text, "{path}");
    }
    let names = fs::read_dir(&workspace.folder).unwrap().map(|entry| entry.unwrap().file_name());
    let expected = ["Cargo.lock", "target", "Cargo.toml", ".gitignore", "notes", "app", "old", "bare", "mac"];
    assert_eq!(names.collect::<BTreeSet<_>>(), expected.into_iter().map(Into::into).collect());
    let (plain, traced) = (workspace.cargo(&["build"]), workspace.traced(&["run"]));
    assert!(!stderr(&plain).contains("Compiling"), "{}", stderr(&plain));
    assert!(!stderr(&traced).contains("Compiling"), "{}", stderr(&traced));
    assert_eq!(traced.status.code(), Some(0));

    let traced = workspace.traced(&["test"]);
    assert!(traced.status.success(), "{}{}", stdout(&traced), stderr(&traced));
    let passed = stdout(&traced).matches("test result: ok. ").count();
    // of three libraries, a program, an integration test, and the documentation of three
    assert!(passed >= 6, "{}", stdout(&traced));
    assert!(stdout(&traced).contains("old/src/lib.rs - twice (line 3) ... ok"), "{}", stdout(&traced));

    // what is written by mistake is told as the compiler tells it, and what is right again is compiled
    let shop = workspace.folder.join("app/src/shop.rs");
    let right = fs::read_to_string(&shop).unwrap();
    fs::write(&shop, right.replace("order.id * 3", "order.id * \"3\"")).unwrap();
    let (plain, traced) = (workspace.cargo(&["check", "-p", "app"]), workspace.traced(&["run"]));
    let told = |output: &Output| {
        let text = stderr(output);
        let begin = text.find("error[E0277]").unwrap_or_else(|| panic!("{text}"));
        text[begin..].split("\n\n").next().unwrap().to_owned()
    };
    assert_eq!(told(&traced), told(&plain));
    assert_eq!(traced.status.code(), Some(101));
    fs::write(&shop, right).unwrap();
    let only = workspace.traced(&["run", "--only", "app::shop"]);
    assert_eq!(only.status.code(), Some(0), "{}", stderr(&only));
    let trace = workspace.trace();
    assert!(trace.contains("\"module\":\"app::shop\"") && !trace.contains("\"module\":\"bare\""), "{trace}");
}
