//! What an attribute costs at build time: the same crate without one, with `#[tracing::instrument(skip_all)]`, which
//! captures nothing, and with `#[trace]`, which captures all. Two crates: functions as services have them, made here, and
//! all functions of a published parser, `regex-syntax`.
//!
//! `cargo run --release --bin build_cost [FUNCTIONS [ROUNDS]]`. The variants take turns, so that a machine whose
//! speed drifts is fair to all; medians are printed, and ratios to the bare crate.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use object::{Object as _, ObjectSection as _};

#[path = "../services.rs"]
mod services;

/// What is traced beside functions that are made here.
const PUBLISHED: &str = "0.8.8";

/// What `flowtrace annotate` writes.
const TRACE: &str = "#[flowtrace_runtime::trace]";

struct Variant {
    name: &'static str,
    attribute: &'static str,
    dependency: String,
}

impl Variant {
    /// The folder of its crate.
    fn folder(&self, subject: &str) -> PathBuf {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/build-cost");
        root.join(format!("{subject}-{}", self.name.replace(", ", "-")))
    }
}

fn main() {
    let number =
        |n: usize, default| std::env::args().nth(n).map_or(default, |arg| arg.parse().expect("a number"));
    let (functions, rounds) = (number(1, 400), number(2, 5));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let variants = [
        Variant { name: "bare", attribute: "", dependency: String::new() },
        Variant {
            name: "tracing, skip_all",
            attribute: "#[tracing::instrument(skip_all)]",
            dependency: "tracing = \"0.1.44\"".to_owned(),
        },
        Variant {
            name: "flowtrace",
            attribute: TRACE,
            dependency: format!(
                "flowtrace-runtime = {{ path = \"{}\" }}",
                root.join("../flowtrace-runtime").display()
            ),
        },
    ];
    let services = variants.each_ref().map(|variant| write_crate(variant, functions));
    measure(&format!("{functions} functions of services"), functions, &variants, &services, rounds);
    let (source, annotated) = annotated();
    let traced = variants.each_ref().map(|variant| write_published(variant, &source));
    measure(&format!("{annotated} functions of regex-syntax"), annotated, &variants, &traced, rounds);
}

/// Builds the crates in turn and prints what that took.
fn measure(title: &str, functions: usize, variants: &[Variant], crates: &[PathBuf], rounds: usize) {
    let commands: [&[&str]; 2] = [&["check"], &["build", "--release"]];
    let mut times = vec![[vec![], vec![]]; variants.len()];
    for round in 0..=rounds {
        for (i, dir) in crates.iter().enumerate() {
            for (j, command) in commands.iter().enumerate() {
                let seconds = build(dir, command);
                // the first round builds what is depended on
                if round > 0 {
                    times[i][j].push(seconds);
                }
            }
        }
    }
    println!("{title}, medians of {rounds} rounds in turn");
    println!(
        "{:<20}{:>12}{:>8}{:>14}{:>8}{:>10}{:>8}{:>18}",
        "", "check, s", "ratio", "release, s", "ratio", "file, KiB", "ratio", ".text, B/function"
    );
    let sizes: Vec<[f64; 2]> = crates.iter().map(|dir| sizes(dir)).collect();
    let medians: Vec<[f64; 2]> = times.into_iter().map(|times| times.map(median)).collect();
    for (i, variant) in variants.iter().enumerate() {
        let ([check, release], [file, text]) = (medians[i], sizes[i]);
        println!(
            "{:<20}{check:>12.2}{:>8.2}{release:>14.2}{:>8.2}{:>10.0}{:>8.2}{:>18.0}",
            variant.name,
            check / medians[0][0],
            release / medians[0][1],
            file / 1024.0,
            file / sizes[0][0],
            (text - sizes[0][1]) / functions as f64,
        );
    }
    println!();
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A crate of its own for functions as services have them.
fn write_crate(variant: &Variant, functions: usize) -> PathBuf {
    let dir = variant.folder("services");
    let source = services::source(variant.attribute, functions);
    write_manifest(&dir, "", &variant.dependency);
    fs::create_dir_all(dir.join("src")).expect("a folder");
    fs::write(dir.join("src/main.rs"), source).expect("written");
    dir
}

fn write_manifest(dir: &Path, sections: &str, dependency: &str) {
    fs::create_dir_all(dir).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"subject\"\nversion = \"0.0.0\"\nedition = \"2021\"\n{sections}[dependencies]\n{dependency}\n[workspace]\n"
    );
    fs::write(dir.join("Cargo.toml"), manifest).expect("written");
}

/// The sources of the published crate with `#[trace]` on each function that can have it, as cargo fetches it and the
/// command annotates it; and how many functions those are.
fn annotated() -> (Vec<(PathBuf, String)>, usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fetch = root.join("target/build-cost/fetch");
    write_manifest(&fetch, "", &format!("regex-syntax = \"={PUBLISHED}\""));
    fs::create_dir_all(fetch.join("src")).expect("a folder");
    fs::write(fetch.join("src/lib.rs"), "").expect("written");
    // vendored, it lies in a folder that is known
    run(Command::new("cargo").args(["vendor", "--quiet", "vendored"]).current_dir(&fetch));
    let src = fetch.join("vendored/regex-syntax/src");
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--package", "flowtrace-cli", "--", "annotate"]).arg(&src);
    run(cargo.current_dir(root.join("..")));
    let mut files = Vec::new();
    read_files(&src, &src, &mut files);
    let functions = files.iter().map(|(_, text)| text.matches(TRACE).count()).sum();
    (files, functions)
}

fn read_files(root: &Path, folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_files(root, &path, files);
        } else {
            let text = fs::read_to_string(&path).expect("text");
            files.push((path.strip_prefix(root).expect("below").to_owned(), text));
        }
    }
}

/// The published crate, with a program that uses it.
fn write_published(variant: &Variant, source: &[(PathBuf, String)]) -> PathBuf {
    let dir = variant.folder("regex-syntax");
    for (path, text) in source {
        let path = dir.join("src").join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text.replace(TRACE, variant.attribute)).expect("written");
    }
    let main = "fn main() {\n    for pattern in std::env::args().skip(1) {\n        let hir = regex_syntax::parse(&pattern);\n        \
        println!(\"{hir:?} {:?}\", hir.as_ref().map(|hir| regex_syntax::hir::literal::Extractor::new().extract(hir)));\n    }\n}\n";
    fs::write(dir.join("src/main.rs"), main).expect("written");
    let unicode =
        ["age", "bool", "case", "gencat", "perl", "script", "segment"].map(|part| format!("unicode-{part}"));
    let sections = format!(
        "[lib]\nname = \"regex_syntax\"\n[lints.rust]\nunexpected_cfgs = \"allow\"\n[features]\ndefault = {:?}\nstd = []\nunicode = []\narbitrary = []\n{}",
        [&["std".to_owned(), "unicode".to_owned()][..], &unicode].concat(),
        unicode.iter().fold(String::new(), |all, feature| all + feature + " = []\n"),
    );
    write_manifest(&dir, &sections, &variant.dependency);
    dir
}

/// Runs the command; what it says is only of interest where it fails.
fn run(command: &mut Command) {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Builds the crate anew, with what it depends on at hand; the seconds that took.
fn build(dir: &Path, command: &[&str]) -> f64 {
    for name in ["src/lib.rs", "src/main.rs"] {
        if let Ok(file) = fs::File::options().append(true).open(dir.join(name)) {
            file.set_modified(std::time::SystemTime::now()).expect("touched");
        }
    }
    let start = Instant::now();
    let mut cargo = Command::new("cargo");
    cargo
        .args(command)
        .args(["--quiet", "--target-dir", "target"])
        .current_dir(dir)
        .env("CARGO_INCREMENTAL", "0");
    run(&mut cargo);
    start.elapsed().as_secs_f64()
}

/// Of the executable: the whole file, and its code.
#[expect(clippy::cast_precision_loss, reason = "sizes are small")]
fn sizes(dir: &Path) -> [f64; 2] {
    let bytes = fs::read(dir.join("target/release/subject")).expect("the executable");
    let file = object::File::parse(&*bytes).expect("an executable");
    [bytes.len() as f64, file.section_by_name(".text").expect(".text").size() as f64]
}
