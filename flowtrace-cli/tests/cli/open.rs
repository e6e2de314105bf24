//! `flowtrace open`: who is answered, and what.
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::harness::{command, flowtrace, trace};

/// The command while it serves.
struct Served {
    child: Child,
    host: String,
    token: String,
}

impl Served {
    fn start(args: &[&str]) -> Self {
        let args = [&["open", "--no-browser"], args].concat();
        let mut child = command(&args).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        let rest = url.trim().strip_prefix("http://").unwrap();
        let (host, token) = rest.split_once("/?t=").unwrap();
        Self { host: host.to_owned(), token: token.to_owned(), child }
    }

    /// The status, the headers and the body.
    fn request(&self, path: &str, headers: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), head.to_ascii_lowercase(), body.to_owned())
    }

    fn asked(&self, question: &str) -> (u16, Value) {
        let headers = format!("Host: {}\r\nx-flowtrace-token: {}\r\n", self.host, self.token);
        let (status, _, body) = self.request(&format!("/api/{question}"), &headers);
        (status, serde_json::from_str(&body).unwrap())
    }

    fn answer(&self, question: &str) -> Value {
        let (status, answer) = self.asked(question);
        assert_eq!(status, 200, "{question}: {answer}");
        answer
    }

    /// The number of a call of this function.
    fn call_of(&self, function: &str) -> u64 {
        let info = self.answer("info");
        let calls = info["calls"].as_u64().unwrap();
        let is_it = |call: &u64| {
            let number = self.answer(&format!("call/{call}"))["fn"].as_u64().unwrap();
            info["functions"][usize::try_from(number).unwrap()]["name"] == function
        };
        (0..calls).find(is_it).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A copy, whose index is not left among the golden traces.
fn copy(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, trace(name)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn only_the_page_that_was_opened_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&[&copy(folder.path(), "shop.jsonl")]);
    let (host, token) = (&served.host, &served.token);
    let status = |path: &str, headers: &str| served.request(path, headers).0;
    let right = format!("Host: {host}\r\nx-flowtrace-token: {token}\r\n");
    assert_eq!(status("/api/info", &right), 200);
    assert_eq!(status(&format!("/api/info?t={token}"), &format!("Host: {host}\r\n")), 200);
    assert_eq!(status("/api/info", &format!("{right}Origin: http://{host}\r\n")), 200);
    for (path, headers, expected) in [
        ("/api/info", format!("Host: {host}\r\n"), 401),
        ("/", format!("Host: {host}\r\n"), 401),
        ("/?t=", format!("Host: {host}\r\n"), 401),
        ("/api/info", format!("Host: {host}\r\nx-flowtrace-token: {}\r\n", "0".repeat(32)), 401),
        ("/api/live", format!("Host: {host}\r\n"), 401),
        ("/api/info", right.replace(host, "evil.example"), 421),
        ("/api/info", format!("{right}Origin: http://evil.example\r\n"), 403),
        ("/api/info", format!("{right}Origin: null\r\n"), 403),
        ("/api/nothing", right.clone(), 404),
        ("/../Cargo.toml", right.clone(), 404),
    ] {
        assert_eq!(status(path, &headers), expected, "{path} {headers}");
    }
    let (_, head, page) = served.request(&format!("/?t={token}"), &format!("Host: {host}\r\n"));
    assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
    assert!(page.starts_with("<!doctype html>") && !page.contains("https://"), "{page}");
}

#[test]
fn every_question_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&[&copy(folder.path(), "tour.jsonl")]);
    let info = served.answer("info");
    let calls = info["calls"].as_u64().unwrap();
    assert_eq!(calls, String::from_utf8(trace("tour.jsonl")).unwrap().matches("\"ENTER\"").count() as u64);
    let roots = served.answer("roots?sort=duration&desc=1&limit=1000");
    let rows = roots["rows"].as_array().unwrap();
    assert_eq!((rows.len() as u64, &roots["total"]), (info["roots"].as_u64().unwrap(), &info["roots"]));
    assert!(rows.is_sorted_by(|a, b| a["duration"].as_u64() >= b["duration"].as_u64()));
    assert_eq!(rows.iter().map(|row| row["calls"].as_u64().unwrap()).sum::<u64>(), calls);
    let endpoint = roots["endpoints"][0]["name"].as_str().unwrap().replace(' ', "+");
    let same = served.answer(&format!("roots?endpoint={endpoint}"));
    assert_eq!(same["total"], roots["endpoints"][0]["count"]);

    let root = rows[0]["call"].as_u64().unwrap();
    let children = served.answer(&format!("children?call={root}"));
    let child = children["rows"][0]["call"].as_u64().unwrap();
    assert_eq!(served.answer(&format!("call/{child}"))["path"][0]["call"], root);
    let span = served.answer(&format!("call/{child}"))["spanId"].clone();
    assert_eq!(served.answer(&format!("call/{}", span.as_str().unwrap()))["call"], child);
    let step = |call: u64, to: &str| served.answer(&format!("step?call={call}&to={to}"))["call"].clone();
    assert_eq!(
        (step(root, "into"), step(child, "out"), step(child, "back")),
        (child.into(), root.into(), root.into())
    );

    let table = served.answer("table?sort=calls");
    let of_table =
        table["rows"].as_array().unwrap().iter().map(|row| row["calls"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(of_table, calls);
    let flame = served.answer("flame?by=self");
    let own = table["rows"].as_array().unwrap().iter().map(|row| row["self"].as_u64().unwrap()).sum::<u64>();
    assert_eq!((&flame["fn"], flame["total"].as_u64().unwrap()), (&(-1).into(), own));
    let timeline = served.answer("timeline?width=100000000");
    let counts =
        timeline["tracks"].as_array().unwrap().iter().flat_map(|track| track["rows"].as_array().unwrap());
    let drawn = counts.flat_map(|row| row["count"].as_array().unwrap()).map(|count| count.as_u64().unwrap());
    assert_eq!(drawn.sum::<u64>(), calls);
    let compared = served.answer(&format!("compare?a={root}&b={root}"));
    assert!(
        compared["first"].is_null()
            && compared["rows"].as_array().unwrap().iter().all(|row| row["same"] == true)
    );
    assert_eq!(served.asked("step?call=0&to=nowhere").0, 400);
    assert_eq!(served.asked(&format!("call/{calls}")).0, 404);
}

#[test]
fn a_value_is_followed_and_a_source_is_shown_from_the_folder_that_was_named() {
    let folder = tempfile::tempdir().unwrap();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let served = Served::start(&[&copy(folder.path(), "tour.jsonl"), "--source", crates.to_str().unwrap()]);
    let purchase = served.call_of("purchase_product");
    let call = served.answer(&format!("call/{purchase}"));
    assert_eq!(call["args"]["product_id"], 1);
    let hits = served.answer("value?v=1");
    let hits = hits["hits"].as_array().unwrap();
    let hit = hits.iter().find(|hit| hit["call"] == purchase).unwrap();
    assert!(hit["where"].as_array().unwrap().contains(&"arg.product_id".into()), "{hit}");
    assert!(hits.is_sorted_by_key(|hit| hit["call"].as_u64()));
    let source = served.answer(&format!("source?call={purchase}"));
    let place = call["source"].as_str().unwrap();
    assert_eq!(format!("{}:{}", source["path"].as_str().unwrap(), source["line"]), place);
    assert!(source["lines"].as_array().is_some_and(|lines| !lines.is_empty()), "{source}");
}

#[test]
fn a_filter_chooses_in_every_view() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&[&copy(folder.path(), "tour.jsonl")]);
    let count = |filter: &str| {
        let found = served.answer(&format!("search?limit=1000&w={filter}"));
        assert!(found["cursor"].is_null(), "{found}");
        let table = served.answer(&format!("table?w={filter}"));
        let rows = table["rows"].as_array().unwrap().iter();
        let in_table: u64 = rows.map(|row| row["calls"].as_u64().unwrap()).sum();
        assert_eq!(found["hits"].as_array().unwrap().len() as u64, in_table, "{filter}");
        in_table
    };
    let all = served.answer("info")["calls"].as_u64().unwrap();
    let errors = served.answer("info")["errors"].as_u64().unwrap();
    assert_eq!((count("error"), count("!error")), (errors, all - errors));
    let of_product = count("arg.product_id%3D1");
    assert!(0 < of_product && of_product < all);
    assert_eq!(count("arg.product_id%3D1%20%7C%20!(arg.product_id%3D1)"), all);
    assert_eq!(
        count("function~purchase%20%26%20arg.product_id%3D1"),
        count("arg.product_id%3D1%20%26%20function~purchase")
    );
    let (status, refused) = served.asked("search?w=function%3D%26");
    assert_eq!(
        (status, refused["column"].is_u64(), refused["error"].is_string()),
        (400, true, true),
        "{refused}"
    );
}

#[test]
fn a_hostile_trace_is_shown_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.jsonl");
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let long = "x".repeat(20 << 20);
    let mut text = String::new();
    for (span, args) in [(1, "</script><script>alert(1)</script>"), (2, &deep), (3, &long)] {
        let args = serde_json::to_string(&format!(
            "{{\"a\":{}}}",
            if span == 2 { args.to_owned() } else { format!("\"{args}\"") }
        ));
        let call = |event: &str, rest: &str| {
            format!(
                "{{\"timestamp\":{span},\"event\":\"{event}\",\"thread\":\"m\",\"module\":\"m\",\"function\":\"</script>\",\
                 {rest},\"nanos\":0,\"source\":\"../../etc/passwd:1\",\"traceId\":\"{span:032x}\",\"spanId\":\"{span:016x}\"}}\n"
            )
        };
        text += &call("ENTER", &format!("\"args\":{}", args.unwrap()));
    }
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let served = Served::start(&[path, "--source", "/"]);
    assert_eq!(served.answer("call/0")["args"]["a"], "</script><script>alert(1)</script>");
    assert!(served.answer("call/1")["args"].is_string());
    assert_eq!(served.answer("call/2")["isCut"], false, "a line of which no whole value was read has none");
    assert!(served.answer("source?call=0")["missing"].is_string());
    let page = folder.path().join("out.html");
    let ran = flowtrace(&["open", path, "--html", page.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{ran}");
    let page = fs::read_to_string(page).unwrap();
    assert_eq!(page.matches("</script>").count(), page.matches("<script").count());
}

#[test]
fn a_page_that_stands_alone_holds_the_calls() {
    let folder = tempfile::tempdir().unwrap();
    let (path, page) = (copy(folder.path(), "tour.jsonl"), folder.path().join("out.html"));
    let ran = flowtrace(&["open", &path, "--html", page.to_str().unwrap()]);
    assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran}");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"trace\">").unwrap();
    let embedded: Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
    let calls = usize::try_from(embedded["info"]["calls"].as_u64().unwrap()).unwrap();
    for column in
        ["start", "end", "busy", "self", "fn", "track", "parent", "depth", "flags", "spanId", "traceId"]
    {
        assert_eq!(embedded["calls"][column].as_array().unwrap().len(), calls, "{column}");
    }
    assert!(embedded["values"]["args"][0].is_object() && embedded["cut"].is_null());
    let ran = flowtrace(&["open", &path, "--html", &path]);
    assert!(ran.code == 2 && ran.stderr.contains("is read and can't be written"), "{ran}");
}

#[test]
fn a_growing_file_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grows.jsonl");
    let whole = trace("shop.jsonl");
    let half = whole[..whole.len() / 2].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    fs::write(&path, &whole[..half]).unwrap();
    let served = Served::start(&[path.to_str().unwrap()]);
    let before = served.answer("info")["calls"].as_u64().unwrap();
    let mut stream = TcpStream::connect(&served.host).unwrap();
    write!(stream, "GET /api/live?t={} HTTP/1.1\r\nHost: {}\r\n\r\n", served.token, served.host).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with(": the trace is followed")));
    fs::write(&path, &whole).unwrap();
    let event = lines.find(|line| line.starts_with("data: ")).unwrap();
    let info: Value = serde_json::from_str(&event["data: ".len()..]).unwrap();
    assert!(info["calls"].as_u64().unwrap() > before);
    assert_eq!(served.answer("info")["calls"], info["calls"]);
}
