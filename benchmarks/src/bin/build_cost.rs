//! What an attribute costs at build time: the same crate of functions without one, with
//! `#[tracing::instrument(skip_all)]`, which captures nothing, and with `#[trace]`, which captures all.
//!
//! `cargo run --release --bin build_cost [FUNCTIONS [ROUNDS]]`. The variants take turns, so that a machine whose
//! speed drifts is fair to all; medians are printed, and ratios to the bare crate.
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use object::{Object as _, ObjectSection as _};

struct Variant {
    name: &'static str,
    attribute: &'static str,
    dependency: String,
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
            attribute: "#[flowtrace_runtime::trace]",
            dependency: format!(
                "flowtrace-runtime = {{ path = \"{}\" }}",
                root.join("../flowtrace-runtime").display()
            ),
        },
    ];
    let crates: Vec<PathBuf> = variants
        .iter()
        .map(|variant| {
            write_crate(
                &root.join("target/build-cost").join(variant.name.replace(", ", "-")),
                variant,
                functions,
            )
        })
        .collect();
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
    println!("{functions} functions, medians of {rounds} rounds in turn");
    println!(
        "{:<20}{:>12}{:>8}{:>14}{:>8}{:>18}",
        "", "check, s", "ratio", "release, s", "ratio", ".text, B/function"
    );
    let text: Vec<f64> = crates.iter().map(|dir| text_size(dir)).collect();
    let medians: Vec<[f64; 2]> = times.into_iter().map(|times| times.map(median)).collect();
    for (i, variant) in variants.iter().enumerate() {
        let [check, release] = medians[i];
        println!(
            "{:<20}{check:>12.2}{:>8.2}{release:>14.2}{:>8.2}{:>18.0}",
            variant.name,
            check / medians[0][0],
            release / medians[0][1],
            (text[i] - text[0]) / functions as f64,
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Functions as services have them: methods, results, options, strings, structs, async.
fn write_crate(dir: &Path, variant: &Variant, functions: usize) -> PathBuf {
    let a = variant.attribute;
    let mut source = String::from(
        "use std::hint::black_box;\n#[derive(Debug, Clone)]\npub struct Item { pub id: u64, pub name: String }\n\
         #[derive(Debug)]\npub struct Store { pub items: Vec<Item> }\n",
    );
    let mut calls = String::new();
    for i in 0..functions {
        let (function, call) = match i % 4 {
            0 => (
                format!(
                    "{a}\npub fn f{i}(id: u64, key: &str) -> Option<u64> {{ if key.is_empty() {{ return None }} id.checked_mul({i} + key.len() as u64) }}"
                ),
                format!("black_box(f{i}(black_box({i}), \"key\"));"),
            ),
            1 => (
                format!(
                    "impl Store {{ {a}\npub fn f{i}(&mut self, item: Item) -> Result<usize, String> {{ if item.id == {i} {{ return Err(format!(\"no {{}}\", item.name)) }} self.items.push(item); Ok(self.items.len()) }} }}"
                ),
                format!("let _ = black_box(store.f{i}(Item {{ id: black_box({i}), name: String::new() }}));"),
            ),
            2 => (
                format!(
                    "{a}\npub fn f{i}(items: &[Item], from: usize) -> Vec<String> {{ items.iter().skip(from + {i}).map(|item| item.name.clone()).collect() }}"
                ),
                format!("black_box(f{i}(&store.items, black_box(1)));"),
            ),
            _ => (
                format!(
                    "{a}\npub async fn f{i}(name: String, count: u32) -> Result<String, std::io::Error> {{ std::future::ready(()).await; Ok(name.repeat(count as usize + {i})) }}"
                ),
                format!(
                    "black_box(Box::pin(f{i}(String::new(), black_box(1)))).as_mut().poll(cx).is_ready();"
                ),
            ),
        };
        writeln!(source, "{function}").expect("a string");
        writeln!(calls, "    {call}").expect("a string");
    }
    writeln!(
        source,
        "fn main() {{\n    use std::future::Future as _;\n    let cx = &mut std::task::Context::from_waker(std::task::Waker::noop());\n    \
         let mut store = Store {{ items: vec![] }};\n{calls}}}"
    )
    .expect("a string");
    let manifest = format!(
        "[package]\nname = \"subject\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[dependencies]\n{}\n[workspace]\n",
        variant.dependency
    );
    fs::create_dir_all(dir.join("src")).expect("a folder");
    fs::write(dir.join("Cargo.toml"), manifest).expect("written");
    fs::write(dir.join("src/main.rs"), source).expect("written");
    dir.to_owned()
}

/// Builds the crate anew, with what it depends on at hand; the seconds that took.
fn build(dir: &Path, command: &[&str]) -> f64 {
    let main = fs::File::options().append(true).open(dir.join("src/main.rs")).expect("the source");
    main.set_modified(std::time::SystemTime::now()).expect("touched");
    let start = Instant::now();
    let mut cargo = Command::new("cargo");
    cargo
        .args(command)
        .args(["--quiet", "--target-dir", "target"])
        .current_dir(dir)
        .env("CARGO_INCREMENTAL", "0");
    assert!(cargo.status().expect("cargo").success(), "{} does not build", dir.display());
    start.elapsed().as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "sizes are small")]
fn text_size(dir: &Path) -> f64 {
    let bytes = fs::read(dir.join("target/release/subject")).expect("the executable");
    let file = object::File::parse(&*bytes).expect("an executable");
    file.section_by_name(".text").expect(".text").size() as f64
}
