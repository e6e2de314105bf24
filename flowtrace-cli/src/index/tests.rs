//! The index of random traces against what the reader says of them.
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::failure::Outcome;
use crate::forest::Forest;
use crate::progress::Progress;
use crate::read::{self, Input, Kind, LeftOut, Mode, Record, Sink};

/// Marsaglia's xorshift, from the same seed in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn pick(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap()
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// A call that has begun.
#[derive(Clone)]
struct Begun {
    span: u64,
    parent: Option<u64>,
    trace: u64,
    at: u64,
    thread: u64,
    function: u64,
}

const ORIGIN: u64 = 1_795_501_336_080_000_000;

fn line(call: &Begun, event: &str, at: u64, middle: &str, rest: &str) -> String {
    let at = ORIGIN + at;
    let parent = call.parent.map(|parent| format!(",\"parentSpanId\":\"{parent:016x}\"")).unwrap_or_default();
    format!(
        "{{\"timestamp\":{},\"event\":\"{event}\",\"thread\":\"t{}\",\"module\":\"shop\",\"function\":\"f{}\",{middle},\
         \"nanos\":{}{rest},\"traceId\":\"{:032x}\",\"spanId\":\"{:016x}\"{parent}}}\n",
        at / 1_000_000,
        call.thread,
        call.function,
        at % 1_000_000,
        call.trace,
        call.span,
    )
}

/// The lines of a trace: threads that call, calls whose caller has ended, ends or begins that are missing, calls
/// that were left out, lines of others.
fn trace(random: &mut Random, calls: usize) -> Vec<String> {
    let (mut lines, mut open, mut ended): (Vec<String>, Vec<Begun>, Vec<Begun>) = Default::default();
    let (mut at, mut span) = (0, random.below(1 << 60) + 1);
    while span % (1 << 20) != 0 && lines.len() < 3 * calls {
        at += random.below(5_000);
        if open.is_empty() || random.chance(52) {
            span += 1;
            let above = match random.below(10) {
                0 => None,
                1 if !ended.is_empty() => Some(ended[random.pick(ended.len())].clone()),
                _ => open.last().cloned(),
            };
            let call = Begun {
                span,
                parent: above.as_ref().map(|above| above.span),
                trace: above.as_ref().map_or(span, |above| above.trace),
                at,
                thread: random.below(3),
                function: random.below(6),
            };
            if !random.chance(2) {
                lines.push(line(&call, "ENTER", at, &format!("\"args\":\"{{\\\"n\\\":{span}}}\""), ""));
            }
            open.push(call);
        } else {
            let call = open.remove(random.pick(open.len()));
            let duration = at - call.at;
            let busy =
                if call.function < 3 { format!(",\"busyNanos\":{}", duration / 2) } else { String::new() };
            let ends = format!("\"durationMicros\":{},\"durationNanos\":{duration}{busy}", duration / 1_000);
            let outcome = ["", "", "", ",\"outcome\":\"error\""][random.pick(4)];
            if !random.chance(2) {
                lines.push(line(&call, "EXIT", at, &format!("\"result\":\"{span}\",{}", &ends), outcome));
            }
            if random.chance(3) {
                let counts = "\"count\":3,\"totalNanos\":30,\"minNanos\":5,\"maxNanos\":20,\"errors\":1,\"reason\":\"hot\"";
                let below = Begun { parent: Some(call.span), span: 0, ..call.clone() };
                let count = line(&below, "COUNT", at, "\"x\":1", "").replace("\"x\":1,", "");
                let count = count.replace(",\"spanId\":\"0000000000000000\"", "");
                lines.push(count.replace("}\n", &format!(",{counts}}}\n")));
            }
            ended.push(call);
        }
        if random.chance(1) {
            lines.push("a line of another program\n".to_owned());
        }
    }
    lines
}

/// What is known of a call.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
struct Known {
    function: String,
    thread: String,
    parent: Option<u64>,
    start: u64,
    end: Option<(u64, u64, Option<u64>, bool)>,
    is_thinned: bool,
}

/// Takes what the reader gives.
struct Model {
    calls: HashMap<u64, Known>,
    order: Vec<u64>,
    forest: Forest<()>,
    left_out: Vec<(Option<u64>, u64)>,
}

impl Sink for Model {
    fn call(&mut self, record: &Record<'_>) -> Outcome {
        let own = if record.kind == Kind::Enter {
            self.forest.begin(record.span, record.parent, record.at, ());
            0
        } else {
            let ended = self.forest.end(record.span, record.at, record.duration);
            ended.map_or(record.duration, |ended| ended.own)
        };
        let call = self.calls.entry(record.span).or_insert_with(|| {
            self.order.push(record.span);
            Known {
                function: record.path.function.decoded().into_owned(),
                thread: record.thread.decoded().into_owned(),
                parent: record.parent,
                start: record.at - record.duration,
                ..Known::default()
            }
        });
        if record.kind != Kind::Enter {
            call.end = Some((record.duration, own, record.busy, record.outcome.failed()));
        }
        Ok(())
    }

    fn left_out(&mut self, left_out: &LeftOut<'_>) -> Outcome {
        self.forest.left_out(left_out.parent, left_out.total);
        self.left_out.push((left_out.parent, left_out.count));
        Ok(())
    }
}

fn model(inputs: &[Input]) -> Model {
    let mut model =
        Model { calls: HashMap::new(), order: Vec::new(), forest: Forest::new(), left_out: Vec::new() };
    read::each(inputs, Mode::default(), &Progress::new(false), &mut model).unwrap();
    for (parent, _) in &model.left_out {
        if let Some(call) = parent.and_then(|parent| model.calls.get_mut(&parent)) {
            call.is_thinned = true;
        }
    }
    model
}

/// Holds the index against the reader.
fn check(inputs: &[Input]) {
    let (model, index) = (model(inputs), open(inputs, &Progress::new(false)).unwrap());
    assert_eq!(index.calls() as usize, model.order.len());
    let numbers: HashMap<u64, u32> = model.order.iter().copied().zip(0..).collect();
    for (call, span) in (0..).zip(&model.order) {
        let known = &model.calls[span];
        let parent = known.parent.and_then(|parent| numbers.get(&parent)).filter(|parent| **parent < call);
        assert_eq!(index.parent(call), parent.copied(), "{known:?}");
        let flags = index.flags(call);
        let ended = (flags & flag::OPEN == 0)
            .then(|| (index.duration(call), index.own(call), index.busy(call), flags & flag::FAILED != 0));
        let found = Known {
            function: index.names.functions[index.function(call) as usize].name.clone(),
            thread: index.names.threads[index.thread(call) as usize].clone(),
            parent: known.parent,
            start: index.start(call),
            end: ended,
            is_thinned: flags & flag::THINNED != 0,
        };
        assert_eq!(&found, known);
        assert_eq!(index.by_span(*span), Some(call));
        check_tree(&index, call);
        let said = index.enter_line(call).or_else(|| index.exit_line(call)).unwrap();
        assert_eq!(record(&said).unwrap().span, *span);
    }
    let left_out: u64 = index.left_out().map(|left_out| left_out.count).sum();
    assert_eq!(left_out, model.left_out.iter().map(|(_, count)| count).sum::<u64>());
    check_rows(&index);
}

fn check_tree(index: &Index, call: u32) {
    let parent = index.parent(call);
    assert_eq!(index.root(call), parent.map_or(call, |parent| index.root(parent)));
    assert_eq!(index.flags(call) & flag::ROOT != 0, parent.is_none());
    assert!(index.callees_of(parent).iter().any(|callee| callee == call));
    let below: u32 = index.children(call).iter().map(|callee| index.size(callee)).sum();
    assert_eq!(index.size(call), below + 1);
}

/// Every call is drawn once, calls in a row do not overlap, and bars of any scale hold them all.
fn check_rows(index: &Index) {
    let mut drawn = 0;
    for row in index.rows() {
        let calls: Vec<u32> = index.in_row(&row).iter().collect();
        assert!(calls.windows(2).all(|pair| index.end(pair[0]) <= index.start(pair[1])), "{row:?}");
        assert!(
            calls
                .iter()
                .all(|call| (index.track(*call), u32::from(index.row(*call))) == (row.track, row.row))
        );
        drawn += calls.len();
        for scale in 8..40 {
            if let Some(bars) = index.bars(&row, scale) {
                let bars: Vec<_> = bars.within(0, u64::MAX).collect();
                assert_eq!(bars.iter().map(|bar| bar.count as usize).sum::<usize>(), calls.len());
                assert_eq!(bars[0].start, index.start(calls[0]));
            }
        }
    }
    assert_eq!(drawn, index.calls() as usize);
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> Input {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    Input::File(path)
}

#[test]
fn an_index_says_what_the_reader_says() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let folder = tempfile::tempdir().unwrap();
    for calls in [1, 2, 10, 100, 1_500, 1_500] {
        let lines = trace(&mut random, calls);
        let text = lines.concat();
        check(&[file(folder.path(), "plain.jsonl", text.as_bytes())]);
        let packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
        check(&[file(folder.path(), "packed.jsonl.zst", &packed)]);
        // a rotated set, and two processes at once
        let (first, rest) = lines.split_at(lines.len() / 2);
        let rotated = [("r.jsonl.1", first.concat()), ("r.jsonl", rest.concat())];
        check(&rotated.map(|(name, text)| file(folder.path(), name, text.as_bytes())));
        let halves = [0, 1].map(|half| {
            let lines = lines.iter().enumerate().filter(|(i, _)| i % 2 == half);
            let text = lines.fold(String::new(), |mut text, (_, line)| {
                let _ = write!(text, "{line}");
                text
            });
            file(folder.path(), ["a.jsonl", "b.jsonl"][half], text.as_bytes())
        });
        check(&halves);
    }
}

fn beside(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.idx", path.display()))
}

#[test]
fn a_damaged_index_is_built_anew_and_a_right_one_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(7);
    let lines = trace(&mut random, 500);
    let inputs = [file(folder.path(), "t.jsonl", lines.concat().as_bytes())];
    let path = beside(&folder.path().join("t.jsonl"));
    let id = || {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(&path).unwrap().ino()
    };
    check(&inputs);
    let whole = fs::read(&path).unwrap();
    let before = id();
    check(&inputs);
    assert_eq!(id(), before, "the index was built again");
    for at in [8, 13, 40, 600, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        check(&inputs);
        assert!(fs::read(&path).unwrap() == whole, "byte {at}");
    }
    for length in [0, 8, 512, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        check(&inputs);
        assert!(fs::read(&path).unwrap() == whole, "{length} bytes");
    }
}

#[test]
fn an_index_follows_its_file_and_spares_what_is_not_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let lines = trace(&mut Random(11), 300);
    let name = "t.jsonl";
    let index_of = |count: usize| {
        let inputs = [file(folder.path(), name, lines[..count].concat().as_bytes())];
        check(&inputs);
        open(&inputs, &Progress::new(false)).unwrap().calls()
    };
    assert!(index_of(200) < index_of(500));
    assert!(index_of(100) < index_of(200));
    let path = beside(&folder.path().join(name));
    fs::write(&path, "notes of the user").unwrap();
    index_of(200);
    assert_eq!(fs::read(&path).unwrap(), b"notes of the user");
}

#[test]
fn a_call_is_found_by_the_id_of_its_trace() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = [file(folder.path(), "t.jsonl", trace(&mut Random(13), 300).concat().as_bytes())];
    let index = open(&inputs, &Progress::new(false)).unwrap();
    for root in index.roots().iter() {
        let line = index.enter_line(root).or_else(|| index.exit_line(root)).unwrap();
        let trace = record(&line).unwrap().trace;
        assert!(index.by_trace(trace_key(trace.raw())).contains(&root));
    }
    assert_eq!(index.by_trace(1), Vec::<u32>::new());
}
