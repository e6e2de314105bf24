//! What the compiler and clippy say about a program is what they say without the attribute.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Lints of clippy that ask of a whole function what the attribute changes about it.
const CHANGED_BY_NATURE: &[&str] = &[
    // a traced function is no candidate for `const`
    "clippy::missing_const_for_fn",
    // its body moves its arguments, all of them
    "clippy::needless_pass_by_value",
    "clippy::unused_self",
    "clippy::ptr_arg",
    "clippy::boxed_local",
    "clippy::needless_lifetimes",
    "clippy::elidable_lifetime_names",
    // its signature has plain names
    "clippy::toplevel_ref_arg",
    // its body is a closure's
    "clippy::needless_return",
    "clippy::unnecessary_wraps",
    "clippy::only_used_in_recursion",
    "unconditional_recursion",
    // it awaits its body, or has more in it than an async block
    "clippy::unused_async",
    "clippy::manual_async_fn",
];

/// Codes of the same error in a function's own body and in a closure or a `let`.
const SAME_ERROR: &[[&str; 2]] = &[["E0515", "E0597"], ["E0268", "E0267"], ["E0384", "E0594"]];

/// Takes a `mut` argument that borrows a local, which the language itself does not.
const MORE_THAN_PLAIN: &str = "t08_borrows_of_locals";

/// A crate made of programs, with and without the attribute.
struct Programs {
    dir: PathBuf,
    names: Vec<String>,
}

impl Programs {
    /// From all programs in a folder below `ui`.
    fn from_folder(name: &str, folder: &str) -> Self {
        let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("shapes/ui").join(folder);
        let mut sources = Vec::new();
        for file in fs::read_dir(ui).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.file_stem().unwrap().to_str().unwrap();
                sources.push((format!("t{name}"), fs::read_to_string(&path).unwrap()));
            }
        }
        sources.sort();
        Self::new(name, "2024", &sources)
    }

    fn new(name: &str, edition: &str, sources: &[(String, String)]) -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&dir);
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for (half, with) in [("traced", true), ("plain", false)] {
            let bins = dir.join(half).join("src/bin");
            fs::create_dir_all(&bins).unwrap();
            for (name, source) in sources {
                let source = if with { source.clone() } else { without_attribute(source) };
                fs::write(bins.join(format!("{name}.rs")), source).unwrap();
            }
            fs::write(dir.join(half).join("Cargo.toml"), manifest(half, edition, workspace)).unwrap();
            fs::copy(workspace.join("Cargo.lock"), dir.join(half).join("Cargo.lock")).unwrap();
        }
        Self { dir, names: sources.iter().map(|(name, _)| name.clone()).collect() }
    }

    fn cargo(&self, half: &str, args: &[&str]) -> String {
        let out = Command::new(env!("CARGO"))
            .current_dir(self.dir.join(half))
            .args(args)
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("edge-programs"))
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let said = String::from_utf8(out.stdout).unwrap();
        let broken = !said.contains("\"build-finished\"");
        assert!(!broken, "cargo did not build:\n{}", String::from_utf8_lossy(&out.stderr));
        said
    }

    /// What clippy says, with each lint a warning.
    fn lints(&self, half: &str) -> BTreeSet<Said> {
        let args = ["clippy", "--offline", "--bins", "--keep-going", "--message-format=json", "--"];
        let lints = ["--cap-lints", "warn", "-Wclippy::pedantic", "-Wclippy::nursery"];
        Said::all(&self.cargo(half, &[&args[..], &lints[..]].concat()))
    }

    /// What the compiler says.
    fn errors(&self, half: &str) -> BTreeSet<Said> {
        let args = ["check", "--offline", "--bins", "--keep-going", "--message-format=json"];
        Said::all(&self.cargo(half, &args))
    }
}

fn manifest(half: &str, edition: &str, workspace: &Path) -> String {
    format!(
        "[package]\nname = \"{half}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\n\n[workspace]\n\n\
         [dependencies]\nasync-trait = \"0.1\"\nflowtrace-runtime = {{ path = '{}' }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n\
         tokio = {{ version = \"1\", features = [\"rt\", \"macros\", \"sync\"] }}\n",
        workspace.join("flowtrace-runtime").display()
    )
}

/// The same program, each line as long as it was.
fn without_attribute(source: &str) -> String {
    let mut out = source.to_owned();
    let starts = [
        "#[trace]",
        "#[trace(",
        "#[trace {",
        "#[flowtrace_runtime::trace",
        "#[crate::support",
        "#[super::trace",
        "#[ft::trace",
        "#[cfg_attr(all(), trace",
        "#[cfg_attr(all(), ft::trace",
        "#[log]",
    ];
    let uses = [
        "use flowtrace_runtime::trace;",
        "use ::flowtrace_runtime::trace;",
        "use support::tracing::trace;",
        "use flowtrace_runtime as ft;",
    ];
    for start in starts {
        while let Some(at) = out.find(start) {
            let mut depth = 0_i32;
            let ends = |c: char| {
                depth += i32::from(c == '[') - i32::from(c == ']');
                depth == 0
            };
            let end = at + 1 + out[at + 1..].find(ends).unwrap() + 1;
            // a comment, since an empty line below an attribute is a lint of its own
            let blank = format!("/*{}*/", " ".repeat(out[at..end].chars().count().saturating_sub(4)));
            out.replace_range(at..end, &blank);
        }
    }
    uses.iter().fold(out, |out, line| out.replace(line, &" ".repeat(line.len())))
}

/// One thing that the compiler said of a program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    program: String,
    line: u64,
    column: u64,
    level: String,
    code: String,
    message: String,
}

impl Said {
    fn all(json: &str) -> BTreeSet<Self> {
        let lines = json.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| Self::one(&line)).collect()
    }

    fn one(line: &Value) -> Option<Self> {
        let message = line.get("message").filter(|_| line["reason"] == "compiler-message")?;
        let mut span = message["spans"].as_array()?.iter().find(|span| span["is_primary"] == true)?;
        // what a macro of another file says is shown where it is called
        while span["file_name"].as_str()?.starts_with('/') && span["expansion"].is_object() {
            span = &span["expansion"]["span"];
        }
        Some(Self {
            program: line["target"]["name"].as_str()?.to_owned(),
            line: span["line_start"].as_u64()?,
            column: span["column_start"].as_u64()?,
            level: message["level"].as_str()?.to_owned(),
            code: message["code"]["code"].as_str().unwrap_or_default().to_owned(),
            message: message["message"].as_str()?.to_owned(),
        })
    }
}

fn list<'a>(said: impl IntoIterator<Item = &'a Said>) -> String {
    let line =
        |s: &Said| format!("{}.rs:{}:{} {} [{}] {}", s.program, s.line, s.column, s.level, s.code, s.message);
    said.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// One of `all` says the same of the same line, in other words perhaps; a wrong type, at the same token.
fn has(all: &BTreeSet<Said>, one: &Said) -> bool {
    all.iter().any(|other| {
        let pair = [other.code.as_str(), one.code.as_str()];
        let same = |codes: &[&str; 2]| pair.iter().all(|code| codes.contains(code));
        (&other.program, other.line) == (&one.program, one.line)
            && (other.code == one.code || SAME_ERROR.iter().any(same))
            && (other.code != "E0308" || other.column == one.column)
    })
}

fn same(traced: &BTreeSet<Said>, plain: &BTreeSet<Said>) {
    let new: Vec<_> = traced.iter().filter(|said| !has(plain, said)).collect();
    let gone = plain.iter().filter(|said| !has(traced, said));
    let gone: Vec<_> = gone.filter(|said| !CHANGED_BY_NATURE.contains(&said.code.as_str())).collect();
    let (new, gone) = (list(new), list(gone));
    assert!(new.is_empty() && gone.is_empty(), "with the attribute alone:\n{new}\nwithout it alone:\n{gone}");
}

fn no_lint_differs(folder: &str) {
    let programs = Programs::from_folder(&format!("edge-{folder}-lints"), folder);
    let (mut traced, mut plain) = (programs.lints("traced"), programs.lints("plain"));
    traced.retain(|said| said.program != MORE_THAN_PLAIN);
    plain.retain(|said| said.program != MORE_THAN_PLAIN);
    for (half, said) in [("traced", &traced), ("plain", &plain)] {
        let errors = list(said.iter().filter(|said| said.level == "error"));
        assert!(errors.is_empty(), "{half} programs do not compile:\n{errors}");
    }
    same(&traced, &plain);
}

#[test]
fn no_lint_appears_or_disappears_in_what_is_taken() {
    no_lint_differs("pass");
}

#[test]
fn each_lint_of_a_body_or_signature_still_fires() {
    no_lint_differs("lints");
}

/// Where the message is another one, or one more stands beside it: the programs and their lines.
///
/// A lifetime that is wrong in an async function is told at its brace; a type that can't be returned, a type with too
/// many arguments and a `self` outside of an impl are told by the generated code as well; an empty body that
/// should never end is told at the attribute.
const LIMITS: [(&str, std::ops::RangeInclusive<u64>); 5] = [
    ("borrows", 43..=44),
    ("types", 90..=91),
    ("types", 131..=133),
    ("types", 144..=145),
    ("types", 150..=151),
];

fn is_limit(said: &Said) -> bool {
    LIMITS.iter().any(|(program, lines)| said.program.ends_with(program) && lines.contains(&said.line))
}

#[test]
fn an_error_is_the_one_without_the_attribute_at_the_same_token() {
    let programs = Programs::from_folder("edge-errors", "errors");
    let (traced, plain) = (programs.errors("traced"), programs.errors("plain"));
    for name in &programs.names {
        assert!(
            plain.iter().any(|said| said.program == *name && said.level == "error"),
            "{name} has no error"
        );
    }
    let told = |said: BTreeSet<Said>| said.into_iter().filter(|said| !is_limit(said)).collect();
    same(&told(traced), &told(plain));
}
