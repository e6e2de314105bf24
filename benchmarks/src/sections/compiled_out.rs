//! Compiled out by the feature `off`: the machine code of the functions, beside that of the same ones without the
//! attribute.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use object::{Object as _, ObjectSection as _, ObjectSymbol as _};

use crate::run::Bench;
use crate::table::{self, Aim, Row};

const FUNCTIONS: [&str; 3] = ["get", "store", "fetch"];

/// A program of its own, since a feature holds for all of one.
const SOURCE: &str = r#"
use std::future::Future as _;
use std::hint::black_box;
#[derive(Debug)]
pub struct Refused;
ATTRIBUTE
#[unsafe(no_mangle)]
#[inline(never)]
pub fn get(id: u64, key: &str) -> Option<u64> {
    if key.is_empty() { None } else { id.checked_add(key.len() as u64) }
}
ATTRIBUTE
#[unsafe(no_mangle)]
#[inline(never)]
pub fn store(order: &[u64; 6]) -> Result<u64, Refused> {
    if order[5] != 0 { Ok(order[0]) } else { Err(Refused) }
}
ATTRIBUTE
async fn read(id: u64, key: &str) -> Option<u64> {
    std::future::ready(()).await;
    id.checked_add(key.len() as u64)
}
#[unsafe(no_mangle)]
#[inline(never)]
pub fn fetch(id: u64) -> bool {
    let future = std::pin::pin!(read(id, black_box("key")));
    black_box(future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))).is_ready()
}
fn main() {
    black_box((get(black_box(1), black_box("key")), store(black_box(&[1; 6])).is_ok(), fetch(black_box(1))));
}
"#;

pub fn run(_: &Bench) -> Vec<Aim> {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../flowtrace-runtime");
    let dependency =
        format!("flowtrace-runtime = {{ path = \"{}\", features = [\"off\"] }}", runtime.display());
    let source = |attribute| SOURCE.replace("ATTRIBUTE", attribute);
    let traced = source("#[flowtrace_runtime::trace]");
    let built =
        build("bare", &source(""), "").and_then(|bare| Ok((bare, build("off", &traced, &dependency)?)));
    let (bare, off) = match built {
        Ok(built) => built,
        Err(said) => {
            let why = said.lines().next().unwrap_or_default();
            println!("\ncompiled out: skipped, the functions do not build with the feature `off`: {why}");
            return vec![];
        }
    };
    let mut all_same = true;
    let rows: Vec<Row> = FUNCTIONS
        .iter()
        .map(|name| {
            let (bare, off) = (code(&bare, name), code(&off, name));
            all_same &= bare == off;
            let verdict = if bare == off { "yes" } else { "NO" }.to_owned();
            ((*name).to_owned(), vec![bare.len().to_string(), off.len().to_string(), verdict])
        })
        .collect();
    table::print("machine code, compiled out", &["bare, B", "feature off, B", "the same"], &rows);
    let found = if all_same { "the same" } else { "others" }.to_owned();
    vec![Aim { wanted: "compiled out: the same instructions".to_owned(), found, met: all_same }]
}

/// Builds a program; where its executable is, or what cargo said when it does not build.
pub fn build(name: &str, source: &str, dependency: &str) -> Result<PathBuf, String> {
    let dir = &Path::new(env!("CARGO_MANIFEST_DIR")).join("target/compiled-out").join(name);
    let manifest = format!(
        "[package]\nname = \"subject\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n{dependency}\n[workspace]\n"
    );
    fs::create_dir_all(dir.join("src")).expect("a folder");
    fs::write(dir.join("Cargo.toml"), manifest).expect("written");
    fs::write(dir.join("src/main.rs"), source).expect("written");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--quiet", "--target-dir", "target"]).current_dir(dir);
    let output = cargo.output().map_err(|error| error.to_string())?;
    let built = output.status.success().then(|| dir.join("target/release/subject"));
    built.ok_or_else(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

/// The bytes of a function.
fn code(executable: &Path, name: &str) -> Vec<u8> {
    let bytes = fs::read(executable).expect("the executable");
    let file = object::File::parse(&*bytes).expect("an executable");
    let symbol = file.symbol_by_name(name).expect("the function's symbol");
    let section = file.section_by_index(symbol.section_index().expect("defined")).expect("its section");
    section.data_range(symbol.address(), symbol.size()).ok().flatten().expect("its code").to_vec()
}
