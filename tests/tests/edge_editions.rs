//! The attribute works in each edition, in a crate without std, and with the runtime under another name.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate of the test's own, beside others that share one target directory.
struct Crate(PathBuf);

impl Crate {
    fn new(name: &str, edition: &str, dependency: &str, files: &[(&str, &str)]) -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("editions").join(name);
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(dir.join("src")).unwrap();
        let runtime = format!("path = '{}'", workspace.join("flowtrace-runtime").display());
        let dependency = dependency.replace("RUNTIME", &runtime);
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\n\n[workspace]\n\n\
             [dependencies]\n{dependency}\n"
        );
        fs::write(dir.join("Cargo.toml"), manifest).unwrap();
        fs::copy(workspace.join("Cargo.lock"), dir.join("Cargo.lock")).unwrap();
        for (path, text) in files {
            fs::write(dir.join("src").join(path), text).unwrap();
        }
        Self(dir)
    }

    /// What it writes to stdout and to stderr.
    fn run(&self, filter: &str) -> (String, String) {
        let out = self.command("run").env("FLOWTRACE", filter).output().unwrap();
        let (stdout, stderr) =
            (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap());
        assert!(out.status.success(), "{stderr}");
        (stdout, stderr)
    }

    /// The compiler's errors about it.
    fn errors(&self) -> Vec<String> {
        let out = self.command("check").args(["--message-format", "short"]).output().unwrap();
        assert!(!out.status.success());
        let stderr = String::from_utf8(out.stderr).unwrap();
        let errors = stderr.lines().filter_map(|line| Some(line.split_once(": error: ")?.1.to_owned()));
        errors.collect()
    }

    fn command(&self, command: &str) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(&self.0)
            .args([command, "--offline", "--quiet"])
            .env("CARGO_TARGET_DIR", self.0.parent().unwrap().join("target"))
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env_remove("FLOWTRACE_OUTPUT")
            .env_remove("RUSTFLAGS");
        cargo
    }
}

fn source(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("shapes/ui/editions").join(name)).unwrap()
}

const PLAIN: &str = "flowtrace-runtime = { RUNTIME }";

fn same_in(edition: &str) {
    let (shapes, later) = (source("shapes.rs"), source("async_shapes.rs"));
    let later = if edition == "2015" { "fn run_async() -> usize { 0 }".to_owned() } else { later };
    let without = |text: &str| text.replace("#[trace]", "");
    let create = |shapes: &str, later: &str| {
        let files = [("main.rs", shapes), ("async_shapes.rs", later)];
        Crate::new(&format!("shapes{edition}"), edition, PLAIN, &files)
    };
    let (_, plain) = create(&without(&shapes), &without(&later)).run("on");
    let traced = create(&shapes, &later);
    let (lines, on) = traced.run("on");
    // the line of a caller is one of the numbers, and the same since the attribute had a line of its own
    assert_eq!(on, plain, "traced");
    assert_eq!(traced.run("off"), (String::new(), plain.clone()), "off");
    if edition == "2024" {
        let dependency = "flowtrace-runtime = { RUNTIME, features = [\"off\"] }";
        let files = [("main.rs", &*shapes), ("async_shapes.rs", &*later)];
        let compiled_out = Crate::new("shapes-off", edition, dependency, &files);
        assert_eq!(compiled_out.run("on"), (String::new(), plain), "compiled out");
    }
    let calls = if edition == "2015" { 14 } else { 14 + 4 };
    assert_eq!(lines.lines().filter(|line| line.contains("\"ENTER\"")).count(), calls);
    assert_eq!(lines.lines().count(), 2 * calls);
}

#[test]
fn shapes_are_the_same_in_2015() {
    same_in("2015");
}

#[test]
fn later_keywords_are_raw_identifiers_in_2015() {
    let main = "extern crate flowtrace_runtime;
        #[flowtrace_runtime::trace]
        fn traced(r#async: u8, r#dyn: u8, r#try: u8) -> u8 { r#async + r#dyn + r#try }
        fn main() { assert_eq!(traced(1, 2, 3), 6); }";
    let (lines, _) = Crate::new("words2015", "2015", PLAIN, &[("main.rs", main)]).run("on");
    assert!(lines.contains(r#"{\"async\":1,\"dyn\":2,\"try\":3}"#), "{lines}");
}

#[test]
fn an_error_is_ours_in_2015() {
    let main = "extern crate flowtrace_runtime;
        use flowtrace_runtime::trace;
        #[trace]
        fn keyword(a: &dyn ToString, async: u8) {}
        #[trace(skip(b))]
        fn unknown(a: u8) {}
        struct S;
        #[trace]
        impl S {
            fn first(&self) {}
            fn keyword(&self, _: &ToString, try: u8) {}
        }
        #[trace]
        trait T {
            fn keyword(dyn: u8);
        }
        fn main() {}";
    let errors = Crate::new("errors2015", "2015", PLAIN, &[("main.rs", main)]).errors();
    let expected = [
        "`async` is a keyword to `#[trace]`, whatever the edition is; write `r#async`",
        "the function has no argument `b`; its arguments are: `a`",
        "`try` is a keyword to `#[trace]`, whatever the edition is; write `r#try`",
        "`dyn` is a keyword to `#[trace]`, whatever the edition is; write `r#dyn`",
    ];
    assert_eq!(errors, expected);
}

#[test]
fn shapes_are_the_same_in_2018() {
    same_in("2018");
}

#[test]
fn shapes_are_the_same_in_2021() {
    same_in("2021");
}

#[test]
fn shapes_are_the_same_in_2024() {
    same_in("2024");
}

#[test]
fn a_library_without_std_is_traced() {
    Crate::new("core-only", "2024", PLAIN, &[("lib.rs", &source("no_std.rs"))]);
    let main = "fn main() {
        assert_eq!(core_only::add((1, 2), Some(\"x\")), Ok(4));
        assert!(core_only::add((200, 200), None).is_err());
        let mut later = std::pin::pin!(core_only::add_later(1));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert_eq!(later.as_mut().poll(&mut cx), std::task::Poll::Ready(Some(2)));
    }";
    let dependency = "core-only = { path = \"../core-only\" }";
    let (lines, _) = Crate::new("core-user", "2024", dependency, &[("main.rs", main)]).run("on");
    assert_eq!(lines.lines().count(), 6);
    assert!(lines.contains("\"module\":\"core_only\",\"function\":\"add\",\"args\":\"{\\\"a\\\":1,\\\"b\\\":2,\\\"c\\\":\\\"x\\\"}\""));
    assert!(lines.contains("\"outcome\":\"error\""));
}

#[test]
fn the_runtime_may_have_another_name() {
    let main = "#![deny(warnings)]
    use tracer::trace;
    mod own { pub use tracer::*; }

    #[trace(crate = tracer)]
    fn renamed(a: u8) -> Result<u8, u8> { Err(a) }

    #[trace(crate = crate::own)]
    async fn reexported((a, _): (u8, u8)) -> u8 { a }

    #[trace(crate = ::tracer)]
    #[track_caller]
    fn absolute() {}

    fn main() {
        let _ = renamed(1);
        absolute();
        drop(reexported((1, 2)));
    }";
    let dependency = "tracer = { package = \"flowtrace-runtime\", RUNTIME }";
    let (lines, _) = Crate::new("renamed", "2024", dependency, &[("main.rs", main)]).run("on");
    assert_eq!(lines.lines().count(), 4);
}
