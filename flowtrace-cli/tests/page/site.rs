//! Pages for tests: a saved one, and one that is served.
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A folder with a trace, and the one with the source that it names.
pub(crate) struct Site {
    folder: TempDir,
    source: PathBuf,
}

/// A server that ends with this value.
pub(crate) struct Served {
    child: Child,
    pub(crate) url: String,
}

impl Site {
    /// The tour of the demo service, with a file that stands for the one its handlers are in.
    pub(crate) fn tour() -> Self {
        let site = Self::of(&recorded_tour());
        let source = site.source.join("demo-service/src/http");
        std::fs::create_dir_all(&source).unwrap();
        let lines: Vec<_> = (1..100).map(|line| format!("// handlers, line {line}")).collect();
        std::fs::write(source.join("handlers.rs"), lines.join("\n")).unwrap();
        site
    }

    /// The tour, with the project's own source below `source`.
    pub(crate) fn tour_in(source: &Path) -> Self {
        Self { source: source.to_owned(), ..Self::of(&recorded_tour()) }
    }

    /// A trace of these lines.
    pub(crate) fn of(lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("trace.jsonl"), lines).unwrap();
        let source = folder.path().to_owned();
        Self { folder, source }
    }

    pub(crate) fn trace(&self) -> PathBuf {
        self.folder.path().join("trace.jsonl")
    }

    /// Saves the page, and gives its address.
    pub(crate) fn saved(&self) -> String {
        let page = self.folder.path().join("page.html");
        let ran = self.command().arg("--html").arg(&page).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        format!("file://{}", page.display())
    }

    /// Serves the page.
    pub(crate) fn served(&self) -> Served {
        let mut child = self.command().arg("--no-browser").stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Served { child, url: url.trim().to_owned() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowtrace"));
        command.arg("open").arg(self.trace()).current_dir(&self.source).stdin(Stdio::null());
        command
    }
}

fn recorded_tour() -> String {
    let tour = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces/tour.jsonl");
    std::fs::read_to_string(tour).unwrap()
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a call of `function`: where it began and ended in microseconds, and whatever else they say.
pub(crate) fn call(
    id: u64,
    parent: Option<u64>,
    function: &str,
    (from, to): (u64, u64),
    args: &str,
    end: &str,
) -> [String; 2] {
    let parent = parent.map(|parent| format!(r#","parentSpanId":"{parent:016x}""#)).unwrap_or_default();
    let line = |event: &str, micros: u64, more: &str| {
        format!(
            r#"{{"timestamp":{},"event":"{event}","thread":"main","module":"shop","function":"{function}",{more},"nanos":{},"traceId":"{:032x}","spanId":"{id:016x}"{parent}}}"#,
            1_795_597_759_000 + micros / 1000,
            micros % 1000 * 1000,
            1,
        )
    };
    let args = serde_json::to_string(args).unwrap();
    let nanos = (to - from) * 1000;
    [
        line("ENTER", from, &format!(r#""args":{args}"#)),
        line("EXIT", to, &format!(r#"{end},"durationMicros":{},"durationNanos":{nanos}"#, to - from)),
    ]
}
