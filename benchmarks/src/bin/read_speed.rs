//! How fast `flowtrace stats` reads, beside `DuckDB` and jq: the same file, in one run, in turn.
//!
//! `cargo run --release --bin read_speed [LINES]`. The trace is the golden one of the demo service over and over, with
//! new ids and other durations each time. `DuckDB` comes by the `python3` that `PYTHON` names; without it, and without
//! jq, their rows are left out.
use std::env;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Rounds in turn; jq, which takes long, has one.
const ROUNDS: usize = 3;

const DUCKDB: &str = "
import duckdb, sys
duckdb.sql(f\"\"\"select module, function, count(*), sum(durationNanos),
    quantile_cont(durationNanos, 0.5), quantile_cont(durationNanos, 0.99)
    from read_json('{sys.argv[1]}', format = 'newline_delimited', columns = {{
        event: 'VARCHAR', module: 'VARCHAR', function: 'VARCHAR', durationNanos: 'BIGINT'}})
    where event <> 'ENTER' group by all\"\"\").fetchall()";

/// Count and sum alone: with quantiles it would have to keep all durations.
const JQ: &str = r#"reduce (inputs | select(.durationNanos)) as $call ({};
    ($call.module + "::" + $call.function) as $name | .[$name].calls += 1 | .[$name].total += $call.durationNanos)"#;

fn main() -> io::Result<()> {
    let lines: usize =
        env::args().nth(1).map_or(2_000_000, |lines| lines.parse().expect("a number of lines"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "-p", "flowtrace-cli", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .status()?;
    assert!(built.success(), "flowtrace-cli can't be built");
    let path = env::temp_dir().join(format!("read_speed_{}.jsonl", std::process::id()));
    let bytes = write_trace(&root, &path, lines)?;
    println!("{lines} lines, {} MB\n", bytes / 1_000_000);

    let mut flowtrace = Command::new(root.join("target/release/flowtrace"));
    flowtrace.arg("stats").arg(&path);
    let python = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let mut duckdb = Command::new(&python);
    duckdb.arg("-c").arg(DUCKDB).arg(&path);
    let mut jq = Command::new("jq");
    jq.arg("-n").arg(JQ).arg(&path);
    let has_duckdb = works(Command::new(&python).args(["-c", "import duckdb"]));
    let has_jq = works(Command::new("jq").arg("--version"));

    let mut rows =
        [("flowtrace stats", Vec::new()), ("DuckDB read_json", Vec::new()), ("jq, no quantiles", Vec::new())];
    for round in 0..ROUNDS {
        rows[0].1.push(run(&mut flowtrace)?);
        if has_duckdb {
            rows[1].1.push(run(&mut duckdb)?);
        }
        if has_jq && round == 0 {
            rows[2].1.push(run(&mut jq)?);
        }
    }
    fs::remove_file(&path)?;
    println!("{:<18} {:>8} {:>8} {:>8} {:>10}", "", "s", "MB/s", "ratio", "peak, MB");
    let base = median(&mut rows[0].1.clone()).0.as_secs_f64();
    for (name, runs) in rows.iter_mut().filter(|(_, runs)| !runs.is_empty()) {
        let (time, peak) = median(runs);
        let seconds = time.as_secs_f64();
        println!(
            "{name:<18} {seconds:>8.2} {:>8.0} {:>8.2} {:>10.1}",
            bytes as f64 / 1e6 / seconds,
            seconds / base,
            peak as f64 / 1e3
        );
    }
    Ok(())
}

fn works(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// How long the command takes from start to end, and the most memory it has had, in KB.
fn run(command: &mut Command) -> io::Result<(Duration, u64)> {
    let begin = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        let high = fs::read_to_string(&status).unwrap_or_default();
        let high = high.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let high = high.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|kb| kb.parse().ok());
        peak = peak.max(high.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(ended.success(), "{command:?}");
    Ok((begin.elapsed(), peak))
}

fn median(runs: &mut [(Duration, u64)]) -> (Duration, u64) {
    runs.sort();
    runs[runs.len() / 2]
}

/// A piece of a line.
enum Piece {
    Text(String),
    /// An id's digits, and its number.
    Id(usize, u128),
    Duration(u64),
}

/// Writes `lines` lines, and returns how many bytes they are.
fn write_trace(root: &Path, path: &Path, lines: usize) -> io::Result<u64> {
    let golden = fs::read_to_string(root.join("flowtrace-cli/tests/traces/demo.jsonl"))?;
    let golden: Vec<Vec<Piece>> = golden.lines().map(pieces).collect();
    let mut out = BufWriter::new(File::create(path)?);
    let mut written = 0;
    for round in 1u64.. {
        let key = u128::from(round.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // durations from a quarter to four times of what they were
        let scale = f64::from(round.wrapping_mul(2_654_435_761) as u32) / f64::from(u32::MAX) * 4.0 - 2.0;
        let scale = scale.exp2();
        for line in &golden {
            if written == lines {
                out.flush()?;
                return Ok(fs::metadata(path)?.len());
            }
            written += 1;
            for piece in line {
                match piece {
                    Piece::Text(text) => out.write_all(text.as_bytes())?,
                    Piece::Id(digits, id) => write!(out, "{:0digits$x}", id ^ key)?,
                    Piece::Duration(nanos) => write!(out, "{}", (*nanos as f64 * scale) as u64)?,
                }
            }
            out.write_all(b"\n")?;
        }
    }
    unreachable!("rounds have no end")
}

fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(at) = ["\"durationNanos\":", "\"traceId\":\"", "\"spanId\":\"", "\"parentSpanId\":\""]
        .iter()
        .filter_map(|key| rest.find(key).map(|at| at + key.len()))
        .min()
    {
        let (text, value) = rest.split_at(at);
        let end = value.find(['"', ',', '}']).expect("a value ends");
        pieces.push(Piece::Text(text.to_owned()));
        pieces.push(if text.ends_with('"') {
            Piece::Id(end, u128::from_str_radix(&value[..end], 16).expect("hex digits"))
        } else {
            Piece::Duration(value[..end].parse().expect("a number"))
        });
        rest = &value[end..];
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}
