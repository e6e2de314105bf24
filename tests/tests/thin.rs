//! Calls that are left out: which are written, which are counted, and that those which fail are there.
use std::collections::HashMap;
use std::fs;
use std::process::Command;

use flowtrace_tests::check::{self, Line, Trace};
use flowtrace_tests::child::run;
use flowtrace_tests::wood::Node;
use serde_json::Value;

fn program(what: &str, number: u64, thin: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thinned"));
    command.args([what, &number.to_string()]).env("FLOWTRACE_THIN", thin);
    command
}

fn thinned(what: &str, number: u64, thin: &str) -> Trace {
    let finished = run(&mut program(what, number, thin));
    assert_eq!((finished.stderr.as_str(), finished.code), ("", Some(0)));
    check::complete(&finished.stdout)
}

fn counts<'a>(trace: &'a Trace, function: &'a str) -> impl Iterator<Item = &'a Line> {
    trace.lines.iter().filter(move |line| line["event"] == "COUNT" && line["function"] == function)
}

/// How many calls were written, and how many were counted.
fn numbers(trace: &Trace, function: &str) -> (usize, u64) {
    (trace.enters(function).count(), counts(trace, function).map(count).sum())
}

fn count(line: &Line) -> u64 {
    line["count"].as_u64().expect("a number")
}

/// Whether it was left out at first.
fn is_late(enter: &Line) -> bool {
    enter["args"] == "{}" && enter.contains_key("truncated")
}

#[test]
fn of_a_hot_function_a_few_calls_are_written_and_the_others_counted() {
    let trace = thinned("loop", 10_000, "100/10");
    assert_eq!(numbers(&trace, "hot"), (110, 9_890));
    // what they call is left out with them, and counted nowhere; `inner` gets hot as `hot` does, and each of its callers has one
    assert_eq!(numbers(&trace, "inner"), (110, 0));
    let caller = trace.enters("caller").next().expect("a caller");
    let told = counts(&trace, "hot").next().expect("a count");
    assert_eq!((&told["parentSpanId"], &told["traceId"]), (&caller["spanId"], &caller["traceId"]));
    assert_eq!((&told["reason"], &told["errors"]), (&"thinned".into(), &0.into()));
    let at = |line: &Line| trace.lines.iter().position(|other| other == line).expect("a line of it");
    assert!(at(told) < at(trace.closing(caller)));
    assert!(trace.enters("hot").all(|enter| !is_late(enter)));
}

/// What a line says beside its times and ids.
fn said(line: &Line) -> Vec<(&str, Option<&Value>)> {
    let is_same = |key: &str| {
        !matches!(key, "timestamp" | "nanos")
            && ["Id", "Nanos", "Micros"].iter().all(|end| !key.ends_with(end))
    };
    line.iter().map(|(key, value)| (key.as_str(), is_same(key).then_some(value))).collect()
}

#[test]
fn calls_that_might_be_left_out_have_the_lines_of_others() {
    let long = "x".repeat(5_000);
    for args in [["chains", "3"], ["keep", "0"], ["errors", "2"], ["echo", "pin: 1234"], ["echo", &long]] {
        let trace = |thin: Option<&str>| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_traced"));
            command.args(args).envs(thin.map(|thin| ("FLOWTRACE_THIN", thin)));
            check::complete(&run(&mut command).stdout)
        };
        let (usual, thinned) = (trace(None), trace(Some("1000000/10")));
        let said =
            |trace: &Trace| trace.lines.iter().map(|line| format!("{:?}", said(line))).collect::<Vec<_>>();
        assert!(usual.lines.len() >= 2);
        assert_eq!(said(&usual), said(&thinned), "{args:?}");
    }
}

#[test]
fn a_control_file_begins_and_ends_thinning() {
    let folder = tempfile::tempdir().expect("a folder");
    let control = folder.path().join("control.toml");
    for (text, thin, expected) in
        [("thin = \"100/10\"", "off", (110, 890)), ("thin = \"off\"", "100/10", (1_000, 0))]
    {
        fs::write(&control, text).expect("written");
        let finished = run(program("loop", 1_000, thin).env("FLOWTRACE_CONTROL", &control));
        assert_eq!(finished.stderr, "");
        assert_eq!(numbers(&check::complete(&finished.stdout), "hot"), expected, "{text}");
    }
}

#[test]
fn nothing_is_left_out_by_default() {
    let finished = run(program("loop", 1_000, "").env_remove("FLOWTRACE_THIN"));
    assert_eq!(numbers(&check::complete(&finished.stdout), "hot"), (1_000, 0));
}

#[test]
fn a_recursion_keeps_a_few_calls_at_each_step() {
    let trace = thinned("fib", 15, "100/10");
    assert_eq!(numbers(&trace, "fib"), (1_973, 0), "no call has more than two");
    // of the two calls that a call makes, one is written
    let trace = thinned("fib", 20, "0/1");
    assert_eq!(numbers(&trace, "fib"), (20, 19));
    let trace = thinned("fib", 20, "50/1");
    assert!(numbers(&trace, "fib").0 > 50);
    for enter in trace.enters("fib") {
        let all = trace.children(enter).count() as u64
            + counts(&trace, "fib").filter(|c| c["parentSpanId"] == enter["spanId"]).map(count).sum::<u64>();
        assert!(all == 0 || all == 2, "a call of `fib` makes two, or none");
    }
}

#[test]
fn calls_that_fail_are_written_with_all_that_led_to_them() {
    let trace = thinned("errors", 5_000, "100/10");
    let closing: Vec<&Line> = trace
        .enters("fails")
        .map(|enter| trace.closing(enter))
        .filter(|end| end.contains_key("outcome"))
        .collect();
    assert_eq!(closing.len(), 5);
    for end in closing {
        let id = end["spanId"].as_str().expect("an id");
        let enter = trace.enters("fails").find(|enter| enter["spanId"] == id).expect("its ENTER");
        assert!(is_late(enter), "{enter:?}");
        let passes_on =
            trace.enters("passes_on").find(|e| e["spanId"] == enter["parentSpanId"]).expect("its caller");
        let tries =
            trace.enters("tries").find(|e| e["spanId"] == passes_on["parentSpanId"]).expect("its caller");
        assert!(is_late(passes_on) && is_late(tries));
        assert_eq!(
            trace.tree(tries),
            "tries\n  passes_on\n    fails\n  inner\n",
            "what came after is there again"
        );
        assert_eq!(trace.closing(passes_on)["outcome"], "error");
        assert!(!trace.closing(tries).contains_key("outcome"));
        let begun = |enter: &Line| enter["timestamp"].as_u64().zip(enter["nanos"].as_u64());
        assert!(begun(tries) <= begun(passes_on) && begun(passes_on) <= begun(enter));
    }
    assert_eq!(numbers(&trace, "tries"), (115, 5_000 - 115));
}

#[test]
fn calls_that_panic_are_written_with_all_that_led_to_them() {
    let trace = thinned("panics", 5_000, "100/10");
    let ends: Vec<&Line> = trace.lines.iter().filter(|line| line["event"] == "EXCEPTION").collect();
    let of = |function: &str| ends.iter().filter(|end| end["function"] == function).count();
    assert_eq!((of("breaks"), of("panics"), of("catches")), (5, 5, 0));
    assert!(ends.iter().all(|end| end["exception"].as_str().expect("a text").ends_with("99 is too much")));
    assert_eq!(numbers(&trace, "catches"), (115, 5_000 - 115));
    // a recursion through which a panic goes, deeper than panics are caught
    let trace = thinned("deep panic", 150, "1/0");
    assert_eq!(numbers(&trace, "goes_down"), (302, 0));
    let late = trace.enters("goes_down").filter(|enter| is_late(enter)).count();
    assert_eq!(late, 301);
    // whose end alone is seen
    let trace = thinned("guards", 3_000, "100/10");
    assert_eq!(numbers(&trace, "guarded"), (113, 3_000 - 113));
    assert_eq!(trace.lines.iter().filter(|line| line["event"] == "EXCEPTION").count(), 6);
}

#[test]
fn counts_belong_to_an_async_call_whatever_thread_it_is_on() {
    let trace = thinned("async", 2_000, "100/10");
    assert_eq!(numbers(&trace, "hot"), (110, 1_890));
    assert_eq!(numbers(&trace, "fetch"), (112, 1_888), "two fail");
    let failed: Vec<&Line> =
        trace.enters("fetch").filter(|enter| trace.closing(enter).contains_key("outcome")).collect();
    assert_eq!(failed.len(), 2);
    for fetch in failed {
        assert!(is_late(fetch));
        assert_eq!(trace.tree(fetch), "fetch\n  fails\n");
    }
    let trace = thinned("cancelled", 1_000, "100/10");
    assert_eq!(numbers(&trace, "fetch"), (110, 890));
    assert!(trace.enters("fetch").all(|enter| trace.closing(enter)["outcome"] == "cancelled"));
}

#[test]
fn each_thread_counts_what_has_no_caller_by_itself() {
    let trace = thinned("threads", 1_000, "100/10");
    let (written, counted) = numbers(&trace, "hot");
    assert_eq!(written as u64 + counted, 8_000);
    // ten below each caller, and ten in each second on each thread
    assert!((140..=100 + 40 + 40 * 10).contains(&written), "{written}");
    let threads: HashMap<&str, u64> = counts(&trace, "hot").filter(|c| !c.contains_key("parentSpanId")).fold(
        HashMap::new(),
        |mut threads, line| {
            *threads.entry(line["thread"].as_str().expect("a label")).or_default() += count(line);
            threads
        },
    );
    assert!(threads.len() == 4 && threads.values().all(|count| *count >= 800), "{threads:?}");
}

#[test]
fn what_has_no_caller_is_counted_to_the_end_of_the_thread() {
    let trace = thinned("roots", 1_000, "100/10");
    let (written, counted) = numbers(&trace, "hot");
    assert_eq!(written as u64 + counted, 1_000);
    assert!((110..=200).contains(&written), "{written}");
}

#[test]
fn counts_of_a_long_call_are_told_every_second() {
    let trace = thinned("long", 2_500, "0/1");
    let told: Vec<u64> = counts(&trace, "inner").map(count).collect();
    assert!(told.len() >= 2, "{told:?}");
    let caller = trace.enters("caller").next().expect("a caller");
    let closing = trace.closing(caller);
    let lasted = closing["durationNanos"].as_u64().expect("a number") / 1_000_000_000;
    assert!(told.len() as u64 <= lasted + 1, "{told:?} in {lasted} seconds");
}

#[test]
fn counts_are_told_when_the_process_exits() {
    let finished = run(&mut program("exit", 5_000, "100/10"));
    let trace = check::partial(&finished.stdout);
    assert_eq!(trace.open.len(), 1);
    assert_eq!(numbers(&trace, "hot"), (110, 4_890));
}

#[test]
fn a_call_that_others_name_is_written() {
    let trace = thinned("hand on", 1_000, "100/10");
    assert_eq!(numbers(&trace, "hands_on"), (1_000, 0), "each gave its place away");
    let fork = thinned("fork", 1_000, "100/10");
    assert_eq!(numbers(&fork, "forks"), (111, 889));
    let inner = fork.enters("inner").next().expect("the child's");
    let parent = fork.enters("forks").find(|enter| enter["spanId"] == inner["parentSpanId"]);
    assert!(parent.is_some_and(is_late));
}

#[test]
fn methods_of_two_types_are_counted_apart() {
    let trace = thinned("methods", 1_000, "100/10");
    let (written, counted) = numbers(&trace, "method");
    assert_eq!((written, counted), (120, 880));
    assert!(counts(&trace, "method").all(|line| line["type"] == "Of" && count(line) == 440));
}

#[test]
fn a_caller_of_more_functions_than_it_counts_apart_still_loses_none() {
    let trace = thinned("many", 40_000, "10/10");
    let all =
        trace.lines.iter().filter(|line| line["event"] == "ENTER" && line["function"] != "caller").count();
    let counted: u64 = trace.lines.iter().filter(|line| line["event"] == "COUNT").map(count).sum();
    assert_eq!(all as u64 + counted, 40_000);
    assert!(all <= 40 * 20, "{all}");
}

#[test]
fn a_full_output_takes_counts_and_what_fails() {
    const CALLS: u64 = 40_000;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trace.jsonl");
    let mut program = program("errors", CALLS, "");
    program.env_remove("FLOWTRACE_THIN").env("FLOWTRACE_MAX_BYTES", "1M");
    let finished = run(program.env("FLOWTRACE_OUTPUT", &path).env("FLOWTRACE_MAX_FILE_BYTES", "100000"));
    assert_eq!((finished.stderr.as_str(), finished.code), ("", Some(0)));
    let files = fs::read_dir(folder.path()).expect("a folder").count();
    let rotated = (1..files).map(|n| folder.path().join(format!("trace.jsonl.{n}")));
    let text: String =
        rotated.chain([path]).map(|path| fs::read_to_string(path).expect("a file of the trace")).collect();
    let trace = check::complete(&text);
    let failed = trace.lines.iter().filter(|line| line["event"] == "EXIT" && line["function"] == "fails");
    assert_eq!(failed.filter(|line| line.contains_key("outcome")).count() as u64, CALLS / 1000);
    let (written, counted) = numbers(&trace, "tries");
    assert_eq!(written as u64 + counted, CALLS);
    assert!(counted > CALLS / 2);
    assert!(counts(&trace, "tries").all(|line| line["reason"] == "output full"));
    // six lines a failure, of 400 bytes at most
    let failures = usize::try_from(CALLS / 1000 * 6 * 400).expect("few");
    assert!(((1 << 20) * 3 / 4..(1 << 20) + failures).contains(&text.len()), "{}", text.len());
}

/// What the rule says, call by call.
#[derive(Default)]
struct Rule {
    called: [u64; 5],
    written: [u64; 5],
    counted: u64,
}

impl Rule {
    const HOT_AFTER: u64 = 300;
    const KEPT: u64 = 3;

    /// A call that is written. Of each function, how many calls were kept below it since it is hot.
    fn written(&mut self, node: Node) {
        self.written[node.function()] += 1;
        let mut kept = [0; 5];
        node.calls().for_each(|call| self.call(call, &mut kept));
    }

    fn call(&mut self, node: Node, kept: &mut [u64; 5]) {
        let function = node.function();
        self.called[function] += 1;
        if self.called[function] <= Self::HOT_AFTER {
            self.written(node);
        } else if kept[function] < Self::KEPT {
            kept[function] += 1;
            self.written(node);
        } else if !self.left_out(node) {
            self.counted += 1;
        }
    }

    /// A call that is left out; whether it was written after all, since one in it failed.
    fn left_out(&mut self, node: Node) -> bool {
        let mut is_written = false;
        let mut kept = [0; 5];
        for call in node.calls() {
            if is_written {
                self.call(call, &mut kept);
            } else {
                self.called[call.function()] += 1;
                is_written = self.left_out(call);
            }
        }
        is_written |= node.fails();
        self.written[node.function()] += u64::from(is_written);
        is_written
    }
}

#[test]
fn what_is_written_is_what_the_rule_says() {
    let (mut rule, mut kept) = (Rule::default(), [0; 5]);
    (0..100).for_each(|seed| rule.call(Node::root(seed), &mut kept));
    assert!(
        rule.counted > 200 && rule.written.iter().sum::<u64>() > 1000,
        "{:?} {}",
        rule.written,
        rule.counted
    );
    let finished = run(&mut program("wood", 100, "300/3"));
    let trace = check::complete(&finished.stdout);
    let written = ["f0", "f1", "f2", "f3", "f4"].map(|function| trace.enters(function).count() as u64);
    let counted = trace.lines.iter().filter(|line| line["event"] == "COUNT").map(count).sum::<u64>();
    assert_eq!((written, counted), (rule.written, rule.counted));
}
