//! The rooms of `src`: imports go down, no two files import each other in a circle, and `os/` alone names a system.
//!
//! It reads the `crate::` paths and the `use super::` of each file, tests left out. What a `mod.rs` takes from its own
//! files is not looked at. What is no room yet stands in `NOT_YET`, which may only shrink.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the top down.
const ROOMS: &[&str] = &[
    "lib",
    "private",
    "testing",
    "call",
    "global",
    "drain",
    "output",
    "recovery",
    "file",
    "thread",
    "capture",
    "settings",
    "compact",
    "render",
    "record",
    "ring",
    "text",
    "clock",
    "diagnostics",
    "os",
];

/// File, what it imports although it must not, and why it still does.
const NOT_YET: &[(&str, &str, &str)] = &[
    (
        "capture/value/exact.rs",
        "global/dictionary.rs",
        "a field's name is looked up where a value is rendered at once",
    ),
    (
        "capture/value/names.rs",
        "global/dictionary.rs",
        "a field's name gets its number where it is first met",
    ),
    ("thread/label.rs", "global/dictionary.rs", "a label gets its number where it is made"),
    ("call/thin.rs", "call/span.rs", "whether a call is left out is decided while it is being opened"),
    ("thread/local.rs", "call/callsite.rs", "an open call knows its function, for messages and tests"),
    ("thread/counts.rs", "call/callsite.rs", "what is left out is counted for each function"),
    ("thread/counts.rs", "thread/local.rs", "the counts of a thread are reached by way of the thread's own"),
    ("thread/local.rs", "call/draft.rs", "a thread keeps the memory of its last record for the next"),
    ("global/fork.rs", "call/callsite.rs", "the list of functions is held over a fork"),
    ("global/mod.rs", "call/callsite.rs", "a filter that changes has each function decided again"),
    ("global/tracer.rs", "call/callsite.rs", "a filter is asked what of it has matched no function"),
    ("thread/context.rs", "thread/local.rs", "the public face of a context finds the thread's own"),
    ("settings/config.rs", "settings/builder.rs", "`Config::builder` is where a user begins"),
    ("ring/file/identity.rs", "file/asked.rs", "a ring says which output it is for, in both spellings"),
];

/// What names a system, and so belongs to `os/`.
const SYSTEMS: &[&str] =
    &["libc::", "std::os::", "target_os", "cfg(unix)", "cfg(windows)", "/dev/shm", "/proc/"];

struct Import {
    from: String,
    line: usize,
    /// As it is written.
    path: String,
    to: String,
}

#[test]
fn imports_go_down() {
    let known: BTreeSet<_> = NOT_YET.iter().map(|(from, to, _)| (*from, *to)).collect();
    let mut unused = known.clone();
    let mut wrong = Vec::new();
    let imports = imports();
    for Import { from, line, path, to } in &imports {
        unused.remove(&(from.as_str(), to.as_str()));
        if floor(to) < floor(from) && !known.contains(&(from.as_str(), to.as_str())) {
            let (room, above) = (room(from), room(to));
            wrong.push(format!("src/{from}:{line}: `{path}`: {above}/ lies above {room}/"));
        }
    }
    assert!(wrong.is_empty(), "imports that go up:\n{}", wrong.join("\n"));
    assert!(unused.is_empty(), "imports that are gone: take them out of NOT_YET: {unused:?}");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut below: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for Import { from, line, path, to } in imports() {
        if from != to && !NOT_YET.iter().any(|known| (known.0, known.1) == (from.as_str(), to.as_str())) {
            let shown = format!("src/{from}:{line}: `{path}`");
            below.entry(from).or_default().insert(to, shown);
        }
    }
    // files that import nothing which is left are in no circle
    loop {
        let left: BTreeSet<_> = below.keys().cloned().collect();
        for imports in below.values_mut() {
            imports.retain(|to, _| left.contains(to));
        }
        below.retain(|_, imports| !imports.is_empty());
        if below.len() == left.len() {
            break;
        }
    }
    let Some(mut file) = below.keys().next() else { return };
    let (mut way, mut seen) = (Vec::new(), BTreeSet::new());
    while seen.insert(file) {
        let (to, shown) = below[file].first_key_value().expect("what is left imports what is left");
        way.push((file, shown));
        file = to;
    }
    let circle: Vec<_> =
        way.iter().skip_while(|(from, _)| *from != file).map(|(_, shown)| shown.as_str()).collect();
    panic!("files that import each other in a circle:\n{}", circle.join("\n"));
}

#[test]
fn os_alone_names_a_system() {
    let mut wrong = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| room(file) != "os") {
        for (line, text) in text.lines().enumerate() {
            if let Some(name) = SYSTEMS.iter().find(|name| text.contains(**name)) {
                wrong.push(format!("src/{file}:{}: `{name}`: move it to os/", line + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "systems named outside of os/:\n{}", wrong.join("\n"));
}

/// The folder, or the file of one that is none.
fn room(file: &str) -> &str {
    file.split('/').next().and_then(|room| room.split('.').next()).unwrap_or_default()
}

fn floor(file: &str) -> usize {
    let room = room(file);
    ROOMS
        .iter()
        .position(|known| *known == room)
        .unwrap_or_else(|| panic!("`{room}` is no room: add it to ROOMS"))
}

fn imports() -> Vec<Import> {
    let sources = sources();
    let mut imports = Vec::new();
    for (from, text) in &sources {
        let whole = text.match_indices("crate::").map(|(at, path)| (at, path, Vec::new()));
        let relative = text.match_indices("\nuse super::").map(|(at, path)| (at, path, parent(from)));
        for (at, begin, mut above) in whole.chain(relative) {
            let before = &text[..at];
            // `$crate::` is for generated code, `in crate::` says who may see an item; messages have names in backticks
            if before.ends_with(['$', '`']) || before.ends_with("in ") {
                continue;
            }
            let line = before.matches('\n').count() + begin.matches('\n').count() + 1;
            let mut rest = &text[at + begin.len()..];
            while let Some(more) = rest.strip_prefix("super::") {
                above.pop();
                rest = more;
            }
            let mut paths = Vec::new();
            expand(rest, &mut above, &mut paths);
            // a macro that is exported is the root's, wherever it stands
            for path in paths.into_iter().filter(|path| !path[0].starts_with("__")) {
                let to = file_of(&path, &sources);
                imports.push(Import { from: from.clone(), line, path: path.join("::"), to });
            }
        }
    }
    assert!(imports.len() > 100, "the imports are found");
    imports
}

/// The module that a file's own lies in.
fn parent(file: &str) -> Vec<&str> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    path.rsplit_once('/').map_or_else(Vec::new, |(above, _)| above.split('/').collect())
}

/// The paths of what is imported by `text`, which may be a tree in braces; where the text goes on.
fn expand<'t>(mut text: &'t str, prefix: &mut Vec<&'t str>, paths: &mut Vec<Vec<&'t str>>) -> &'t str {
    let depth = prefix.len();
    loop {
        text = text.trim_start();
        if let Some(mut rest) = text.strip_prefix('{') {
            loop {
                rest = expand(rest, prefix, paths).trim_start();
                match rest.strip_prefix(',') {
                    Some(more) if !more.trim_start().starts_with('}') => rest = more,
                    Some(more) => break rest = more.trim_start(),
                    None => break,
                }
            }
            prefix.truncate(depth);
            return rest.strip_prefix('}').unwrap_or(rest);
        }
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        prefix.push(name);
        let Some(more) = rest.strip_prefix("::") else {
            paths.push(prefix.clone());
            prefix.truncate(depth);
            return rest;
        };
        text = more;
    }
}

/// The file that a path leads to. What the root gives out under another name is the room's that has it.
fn file_of(path: &[&str], sources: &BTreeMap<String, String>) -> String {
    let path = if path[0] == "complain" { &["diagnostics"] } else { path };
    let longest = (1..=path.len()).rev().map(|len| path[..len].join("/"));
    let files = longest.flat_map(|path| [format!("{path}.rs"), format!("{path}/mod.rs")]);
    files.into_iter().find(|file| sources.contains_key(file)).unwrap_or_else(|| "lib.rs".to_owned())
}

/// Each file below `src` that is no test, without its comments and the tests at its end.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    find(&root, &mut files);
    let sources = files.into_iter().map(|path| {
        let text = fs::read_to_string(&path).expect("a source");
        let all: Vec<_> = text.lines().collect();
        let begins_tests = |two: &[&str]| {
            two[0].starts_with("#[cfg(") && two[0].contains("test") && two[1].starts_with("mod ")
        };
        let end = all.windows(2).position(begins_tests).unwrap_or(all.len());
        let is_comment = |line: &str| line.trim_start().starts_with("//");
        let lines: Vec<_> = all[..end].iter().map(|line| if is_comment(line) { "" } else { line }).collect();
        let name = path.strip_prefix(&root).expect("below it").to_string_lossy().into_owned();
        (name, lines.join("\n"))
    });
    sources.collect()
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_test =
            name == "tests" || name.ends_with("tests.rs") || name == "model.rs" || name == "fuzzing.rs";
        if is_test {
            continue;
        }
        if path.is_dir() {
            find(&path, files);
        } else {
            files.push(path);
        }
    }
}
