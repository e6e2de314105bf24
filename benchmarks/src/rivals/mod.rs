//! The rivals: what stands on the functions, and what is set up in a process before they are called.
mod fastrace;
mod fastrace_bare;
mod floor;
pub mod flowtrace;
mod tracing;
mod untraced;
mod write;

use std::fs;
use std::path::{Path, PathBuf};

use crate::subjects::Work;

/// One way to trace.
pub struct Rival {
    pub name: &'static str,
    /// Settings of its process.
    pub env: &'static [(&'static str, &'static str)],
    /// What its output is called.
    pub file: &'static str,
    /// Takes part in some rounds only.
    pub slow: bool,
    /// How many lines a call writes.
    pub lines: u64,
    pub work: Work,
    pub start: fn(&Setup) -> Box<dyn Running>,
}

/// A rival that is set up in this process.
pub trait Running: Sync {
    /// Calls the loop `work`; here is the place for what a rival needs around its calls.
    fn burst(&self, work: fn(u64), times: u64) {
        work(times);
    }

    /// Waits until all `calls` that were made are written.
    fn settle(&self, _calls: u64) {}
}

/// A rival that needs nothing of the kind.
struct Plain;

impl Running for Plain {}

/// What a process is told by the one that started it.
pub struct Setup {
    pub output: PathBuf,
    /// The lines that flowtrace writes for a call.
    pub enter: Vec<u8>,
    pub exit: Vec<u8>,
}

impl Setup {
    /// `sample` holds the two lines; one that does not exist yet is none.
    pub fn new(output: PathBuf, sample: &Path) -> Self {
        let sample = fs::read(sample).unwrap_or_default();
        let mut lines = sample.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec);
        Self { output, enter: lines.next().unwrap_or_default(), exit: lines.next().unwrap_or_default() }
    }

    fn create(&self) -> fs::File {
        fs::File::create(&self.output).expect("the output can be created")
    }
}

const fn rival(name: &'static str, lines: u64, work: Work, start: fn(&Setup) -> Box<dyn Running>) -> Rival {
    Rival { name, env: &[], file: "output", slow: false, lines, work, start }
}

/// Those that trace, and what they are compared with.
pub static COMPARED: [Rival; 10] = [
    rival("untraced", 0, untraced::WORK, untraced::start),
    rival("the floor", 0, floor::WORK, floor::start),
    rival("the record's floor", 0, floor::WORK, floor::start_records),
    rival("flowtrace", 2, flowtrace::WORK, flowtrace::start),
    rival("fastrace, bare span", 1, fastrace_bare::WORK, fastrace::start),
    rival("fastrace, properties", 1, fastrace::WORK, fastrace::start),
    Rival { slow: true, ..rival("one write(2) a line", 2, write::WORK, write::start) },
    Rival { slow: true, ..rival("tracing json", 3, tracing::WORK, tracing::direct) },
    Rival { slow: true, ..rival("tracing json, least", 2, tracing::WORK, tracing::least) },
    Rival { slow: true, ..rival("tracing json, non_blocking", 3, tracing::WORK, tracing::non_blocking) },
];

/// Those that are switched off.
static OFF: [Rival; 7] = [
    Rival { env: &[("FLOWTRACE", "off")], ..rival("flowtrace, off", 0, flowtrace::WORK, flowtrace::start) },
    Rival {
        env: &[("FLOWTRACE_SAMPLE", "0")],
        ..rival("flowtrace, sampled out", 0, flowtrace::WORK, flowtrace::start)
    },
    Rival {
        env: &[("FLOWTRACE_THIN", "0/0")],
        ..rival("flowtrace, counted", 0, flowtrace::WORK, flowtrace::start)
    },
    rival("tracing, no subscriber", 0, tracing::WORK, untraced::start),
    rival("tracing, filtered out", 0, tracing::WORK, tracing::off),
    rival("fastrace, no reporter", 0, fastrace::WORK, untraced::start),
    rival("fastrace, no root", 0, fastrace::WORK, fastrace::rootless),
];

/// flowtrace's other format, by how it is compressed.
static COMPACT: [Rival; 3] = [
    compact("compact", &[("FLOWTRACE_COMPRESS", "none")]),
    compact("compact, lz4", &[("FLOWTRACE_COMPRESS", "lz4")]),
    compact("compact, zstd", &[("FLOWTRACE_COMPRESS", "zstd")]),
];

const fn compact(name: &'static str, env: &'static [(&str, &str)]) -> Rival {
    Rival { env, file: "output.ft", ..rival(name, 2, flowtrace::WORK, flowtrace::start) }
}

pub fn find(name: &str) -> &'static Rival {
    COMPARED.iter().chain(&OFF).chain(&COMPACT).find(|rival| rival.name == name).expect("a rival's name")
}
