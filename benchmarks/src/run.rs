//! Starts the children and gathers what they print, and what they wrote.
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::rivals::{Rival, find};
use crate::subjects::{WORKLOADS, Workload};

/// Calls of a burst: their lines fit into flowtrace's buffer of 8 MiB, their spans into fastrace's of 10,240.
pub const BURST: u64 = 6000;

/// What stays the same during a run.
pub struct Bench {
    pub rounds: usize,
    pub quick: bool,
    /// Where the chart goes.
    pub chart: Option<PathBuf>,
    /// What it was measured on.
    pub machine: String,
    /// Where outputs go, removed at the end.
    dir: PathBuf,
}

/// What a child printed, and what it left in its output.
#[derive(Default)]
pub struct Outcome {
    pub made: u64,
    pub numbers: Vec<f64>,
    pub lines: u64,
    pub bytes: u64,
}

impl Bench {
    pub fn new(quick: bool, chart: Option<PathBuf>, machine: String) -> Self {
        let dir = std::env::temp_dir().join(format!("flowtrace-benchmarks-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder for temporary files");
        let bench = Self { rounds: if quick { 4 } else { 12 }, quick, chart, machine, dir };
        for workload in &WORKLOADS {
            bench.take_sample(workload);
        }
        bench
    }

    /// The two lines of a call, for those who write or copy the same bytes. Of the last one of a chain, since those of
    /// the first are shorter.
    fn take_sample(&self, workload: &Workload) {
        let output = self.dir.join("output");
        self.spawn(&mut self.command("count", find("flowtrace"), workload, &output, 4));
        let lines = fs::read_to_string(&output).expect("flowtrace's output");
        let exit = lines.lines().position(|line| line.contains(r#""event":"EXIT""#)).expect("an EXIT line");
        let sample: String = lines.split_inclusive('\n').skip(exit - 1).take(2).collect();
        fs::write(self.sample(workload), sample).expect("written");
        fs::remove_file(output).expect("removed");
    }

    fn sample(&self, workload: &Workload) -> PathBuf {
        self.dir.join(workload.name)
    }

    /// What flowtrace writes for a call.
    pub fn bytes_per_call(&self, workload: &Workload) -> u64 {
        fs::metadata(self.sample(workload)).expect("the sample").len()
    }

    /// Runs `calls` in a process of their own, in a mode of `child::main`.
    pub fn child(&self, mode: &str, rival: &Rival, workload: &Workload, calls: u64) -> Outcome {
        self.child_in(&self.dir.clone(), mode, rival, workload, calls)
    }

    /// The same, with the output in this folder.
    pub fn child_in(
        &self,
        dir: &Path,
        mode: &str,
        rival: &Rival,
        workload: &Workload,
        calls: u64,
    ) -> Outcome {
        let output = dir.join(format!("flowtrace-benchmarks-{}-{}", std::process::id(), rival.file));
        let printed = self.spawn(&mut self.command(mode, rival, workload, &output, calls));
        let numbers: Vec<f64> =
            printed.split_whitespace().map(|number| number.parse().expect("a number")).collect();
        let (lines, bytes) = count(&output);
        // what is not on the disk yet never goes there
        let _ = fs::remove_file(output);
        Outcome { made: numbers[0] as u64, numbers: numbers[1..].to_vec(), lines, bytes }
    }

    /// The instructions that callgrind counts in the calls of a child, for each.
    pub fn instructions(&self, rival: &Rival, workload: &Workload, calls: u64) -> Option<f64> {
        let output = self.dir.join("output");
        let child = self.command("count", rival, workload, &output, calls);
        let mut valgrind = Command::new("valgrind");
        valgrind.args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--toggle-collect=*child*counted*",
        ]);
        valgrind.arg(child.get_program()).args(child.get_args());
        for (key, value) in child.get_envs() {
            valgrind.env(key, value.unwrap_or_default());
        }
        let said = valgrind.output().ok()?;
        let _ = fs::remove_file(output);
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        let count = said.lines().find_map(|line| line.split_once("Collected :"))?.1;
        Some(count.trim().parse::<f64>().ok()? / calls as f64)
    }

    fn command(&self, mode: &str, rival: &Rival, workload: &Workload, output: &Path, calls: u64) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["child", mode, rival.name, workload.name]).arg(output).arg(self.sample(workload));
        command.arg(calls.to_string());
        for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("FLOWTRACE")) {
            command.env_remove(key);
        }
        command.env("FLOWTRACE_OUTPUT", output).envs(rival.env.iter().copied());
        command
    }

    #[expect(clippy::unused_self, reason = "the outputs live as long as it")]
    fn spawn(&self, command: &mut Command) -> String {
        let output = command.stderr(std::process::Stdio::inherit()).output().expect("this program starts");
        assert!(output.status.success(), "{command:?}: {}", output.status);
        String::from_utf8(output.stdout).expect("numbers")
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// The lines and bytes of a file; one that was not made has none.
fn count(path: &Path) -> (u64, u64) {
    let Ok(mut file) = fs::File::open(path) else { return (0, 0) };
    let (mut lines, mut bytes, mut piece) = (0, 0, vec![0; 1 << 20]);
    loop {
        let read = file.read(&mut piece).expect("the output can be read");
        if read == 0 {
            return (lines, bytes);
        }
        lines += piece[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
        bytes += read as u64;
    }
}
