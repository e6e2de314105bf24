//! The README's commands are run, and its pages say what the code says.
use std::fs;
use std::path::Path;
use std::process::Command;

use flowtrace_tests::check;
use flowtrace_tests::child::run;

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    fs::read_to_string(path).expect("a page")
}

/// The blocks of a page that are fenced as `kind`.
fn blocks<'a>(page: &'a str, kind: &str) -> Vec<&'a str> {
    let fence = format!("```{kind}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

#[test]
fn the_jq_recipes_work_on_the_tours_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = run(Command::new(env!("CARGO_BIN_EXE_service")).arg("--tour")).stdout;
    fs::write(folder.path().join("trace.jsonl"), trace).expect("written");
    let readme = page("README.md");
    let recipes: Vec<&str> =
        blocks(&readme, "sh").into_iter().filter(|block| block.contains("trace.jsonl")).collect();
    let recipes: Vec<&str> = recipes.into_iter().filter(|block| !block.contains("cargo")).collect();
    assert!(recipes.len() >= 5, "{recipes:?}");
    for recipe in recipes {
        let script = format!("set -eo pipefail\n{recipe}");
        let finished = run(Command::new("bash").args(["-c", &script]).current_dir(folder.path()));
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{recipe}");
        assert!(!finished.stdout.trim().is_empty(), "no answer: {recipe}");
    }
}

#[test]
fn the_golden_lines_obey_the_format() {
    let format = page("docs/FORMAT.md");
    let lines: Vec<_> = blocks(&format, "json").concat().lines().map(check::line).collect();
    assert_eq!(lines.len(), 6);
}

#[test]
fn every_setting_and_option_has_its_row() {
    let readme = page("README.md");
    let config = page("flowtrace-runtime/src/settings/config.rs");
    let names =
        config.split('"').filter(|word| word.starts_with("FLOWTRACE")).filter(|word| !word.contains(' '));
    let mut count = 0;
    for name in names {
        assert!(readme.contains(&format!("| `{name}` |")), "{name} has no row in the README");
        count += 1;
    }
    assert!(count >= 7, "the settings moved: {count} found");
    for option in ["name = ", "skip(", "skip_all", "skip_result", "redact(", "show(", "crate = ", "off"] {
        assert!(readme.contains(&format!("| `{option}")), "{option} has no row in the README");
    }
}

#[test]
fn the_command_that_traces_into_a_compact_file_shows_the_chains() {
    let readme = page("README.md");
    let command = blocks(&readme, "sh").into_iter().find(|block| block.contains(".ft ")).expect("a command");
    let folder = tempfile::tempdir().expect("a folder");
    let flowtrace = env!("CARGO_BIN_EXE_command");
    let service = env!("CARGO_BIN_EXE_service");
    let script = command
        .replace("cargo run -p demo-service --", service)
        .replace("flowtrace cat", &format!("{flowtrace} cat"));
    let finished = run(Command::new("bash")
        .args(["-c", &format!("set -eo pipefail\n{script}")])
        .current_dir(folder.path()));
    assert_eq!(finished.code, Some(0), "{script}\n{}", finished.stderr);
    // The tour tells of its requests on stderr; the tracer has nothing to say there.
    assert!(!finished.stderr.contains("flowtrace"), "{}", finished.stderr);
    let trace = check::complete(&finished.stdout);
    assert!(trace.enters("select_product").count() >= 2);
    assert!(folder.path().join("t.ft").exists());
}
