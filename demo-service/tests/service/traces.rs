//! What the service's trace tells of its requests.

use std::{
    fs,
    io::Write,
    net::Shutdown,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use serde_json::{Value, json};
use socket2::SockRef;
use tempfile::TempDir;

use crate::{
    client::{Answer, read_all, read_until},
    harness::{PATIENCE, Service, binary, directory},
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// A service that traces to a file.
struct Traced {
    service: Service,
    file: PathBuf,
    _directory: TempDir,
}

impl Traced {
    fn start() -> Self {
        let directory = directory();
        let file = directory.path().join("trace.jsonl");
        let mut command = binary();
        command
            .env("FLOWTRACE", "on")
            .env("FLOWTRACE_OUTPUT", &file)
            .env("DEMO_CLIENT_TIMEOUT_MS", "300")
            .env("DEMO_GRACE_MS", "4000");
        Self { service: Service::start_with(command), file, _directory: directory }
    }

    /// The closing lines of requests, once there are `count`, each together with the arguments of its call.
    fn requests(&self, count: usize) -> Vec<Value> {
        self.wait_for(count, requests)
    }

    /// Waits until `count` requests have begun.
    fn begun(&self, count: usize) {
        self.wait_for(count, |trace| {
            lines(trace).into_iter().filter(|line| is_request(line) && line["event"] == "ENTER").collect()
        });
    }

    fn wait_for(&self, count: usize, find: impl Fn(&Path) -> Vec<Value>) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = find(&self.file);
            if found.len() >= count {
                assert_eq!(found.len(), count, "{found:#?}");
                return found;
            }
            assert!(Instant::now() < deadline, "{count} do not come, but {found:#?}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn lines(trace: &Path) -> Vec<Value> {
    let text = fs::read_to_string(trace).unwrap_or_default();
    // The last line may be on its way.
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole.map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn is_request(line: &Value) -> bool {
    line["function"] == "handle_request" || line["function"] == "unreadable_request"
}

fn requests(trace: &Path) -> Vec<Value> {
    let of_requests = lines(trace).into_iter().filter(is_request);
    let (enters, ends): (Vec<Value>, Vec<Value>) = of_requests.partition(|line| line["event"] == "ENTER");
    let with_arguments = |end: Value| {
        let enter = enters.iter().find(|enter| enter["spanId"] == end["spanId"]).expect("an ENTER");
        let mut line = end.clone();
        for (key, from) in [("args", enter), ("result", &end)] {
            let text = from[key].as_str().unwrap_or("null");
            line[key] = serde_json::from_str(text).expect("JSON");
        }
        line
    };
    ends.into_iter().map(with_arguments).collect()
}

#[test]
fn each_request_is_one_root_with_what_became_of_it() {
    let traced = Traced::start();
    let service = &traced.service;
    service.get("/products/1");
    let head = "POST /products/1/purchase HTTP/1.1\r\nHost: test\r\nConnection: close\r\n";
    let json = "Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"quantity\":2}";
    service.raw(format!("{head}{json}").as_bytes());
    service.get("/nothing");
    service.get(&format!("/{}", "x".repeat(5000)));
    service.raw(format!("{head}Content-Length: 99999999\r\n\r\n").as_bytes());
    // The rest of the body never comes.
    let mut slow = service.connect();
    slow.write_all(format!("{head}Content-Length: 5\r\n\r\nab").as_bytes()).expect("sent");
    read_until(&mut slow, "}");
    service.raw(b"no HTTP\r\n\r\n");

    let requests = traced.requests(7);
    let told = |request: &Value| {
        let (args, result) = (&request["args"], &request["result"]);
        assert_eq!(request.get("parentSpanId"), None, "a root");
        let client = args["client"].as_str().expect("a client");
        assert!(client.starts_with("127.0.0.1:"), "{client}");
        let (outcome, answer) =
            if result["Ok"].is_null() { ("Err", &result["Err"]) } else { ("Ok", &result["Ok"]) };
        assert_eq!(request["outcome"] == "error", outcome == "Err", "{request}");
        json!([args["method"], args["route"], answer["status"], answer["received"], answer["sent"]])
    };
    let purchase = "/products/{id}/purchase";
    let expected = [
        json!(["GET", "/products/{id}", 200, 0, 50]),
        json!(["POST", purchase, 200, 14, 106]),
        json!(["GET", null, 404, 0, 21]),
        json!(["GET", null, 414, 0, 24]),
        json!(["POST", purchase, 413, 0, 34]),
        json!(["POST", purchase, 408, 2, 38]),
    ];
    for (request, expected) in requests.iter().zip(&expected) {
        assert_eq!(&told(request), expected);
    }
    assert_eq!(requests[6]["function"], "unreadable_request");
    assert_eq!((&requests[6]["result"]["Err"], &requests[6]["outcome"]), (&json!(400), &json!("error")));
}

#[test]
fn secrets_in_a_query_are_not_told() {
    let traced = Traced::start();
    traced.service.get("/products/search?q=laptop&api_key=hunter2&page=2&access_token=hunter2");
    let uri = "/products/search?q=laptop&api_key=[redacted]&page=2&access_token=[redacted]";
    assert_eq!(traced.requests(1)[0]["args"]["uri"], uri);
    let text = fs::read_to_string(&traced.file).expect("a trace");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_client_that_is_gone_is_cancelled() {
    let traced = Traced::start();
    let service = &traced.service;
    let lock = Connection::open(service.database()).expect("a connection");
    lock.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let buy = |body: &str| {
        let mut stream = service.connect();
        let head = "POST /products/1/purchase HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
        let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).expect("sent");
        stream
    };
    // One closes in good order, so does one whose body fills several reads, one resets, one has only finished
    // sending and still wants its answer.
    let closed = buy("");
    traced.begun(1);
    drop(closed);
    let large = buy(&format!("{{}}{}", " ".repeat(60_000)));
    traced.begun(2);
    drop(large);
    let reset = buy("");
    traced.begun(3);
    SockRef::from(&reset).set_linger(Some(Duration::ZERO)).expect("set");
    drop(reset);
    let mut waiting = buy("");
    waiting.shutdown(Shutdown::Write).expect("shut");
    for request in traced.requests(3) {
        assert_eq!(request["outcome"], "cancelled", "{request}");
    }
    lock.execute_batch("ROLLBACK").expect("unlocked");
    read_until(&mut waiting, r#""success":true"#);
    let requests = traced.requests(4);
    assert_eq!(requests[3]["result"]["Ok"]["status"], 200, "{requests:?}");
    // That a client leaves is no fault of the service.
    for _ in 0..3 {
        let line = service.wait_for("Purchase given up");
        assert!(line.starts_with("[WARNING] "), "{line}");
    }
}

#[test]
fn a_request_goes_on_with_its_callers_trace() {
    let traced = Traced::start();
    let service = &traced.service;
    let get = |headers: &str| {
        let request = format!("GET /health HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n");
        service.raw(request.as_bytes());
    };
    let parent = format!("traceparent: 00-{TRACE}-{SPAN}-01\r\n");
    get(&format!("{parent}tracestate: congo=t61rcWkgMzE\r\ntracestate: rojo=1\r\n"));
    get(&format!("{parent}tracestate: broken\r\n"));
    // Broken, or twice: as if it had not been sent.
    get(&format!("traceparent: 00-{TRACE}-01\r\ntracestate: a=b\r\n"));
    get(&format!("{parent}{parent}tracestate: a=b\r\n"));
    // Not sampled by the caller, and so not here.
    get(&format!("traceparent: 00-{TRACE}-{SPAN}-00\r\n"));

    service.get("/stats");
    let requests = traced.requests(5);
    for (request, state) in requests.iter().zip([json!("congo=t61rcWkgMzE,rojo=1"), Value::Null]) {
        assert_eq!((&request["traceId"], &request["parentSpanId"]), (&json!(TRACE), &json!(SPAN)));
        assert_eq!(request["args"]["tracestate"], state);
    }
    for request in &requests[2..4] {
        assert_ne!(request["traceId"], TRACE);
        assert_eq!((request.get("parentSpanId"), &request["args"]["tracestate"]), (None, &Value::Null));
    }
    assert_eq!(requests[4]["args"]["route"], "/stats");
}

#[test]
fn sigterm_answers_waiting_purchases() {
    let traced = Traced::start();
    let service = &traced.service;
    let lock = Connection::open(service.database()).expect("a connection");
    lock.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let head = b"POST /products/1/purchase HTTP/1.1\r\nHost: test\r\n\r\n";
    let mut buyers: Vec<_> = (0..3).map(|_| service.connect()).collect();
    for buyer in &mut buyers {
        buyer.write_all(head).expect("sent");
    }
    traced.begun(3);
    service.signal("TERM");
    for buyer in &mut buyers {
        let answer = Answer::parse(&read_all(buyer));
        answer.is_error(503, "Service is stopping");
        assert_eq!((answer.header("retry-after"), answer.header("connection")), (Some("1"), Some("close")));
    }
    lock.execute_batch("ROLLBACK").expect("unlocked");
    assert_eq!(traced.service.finish().0.code(), Some(0));
    let sold: i64 = lock.query_row("SELECT COUNT(*) FROM purchases", [], |row| row.get(0)).expect("a count");
    assert_eq!(sold, 0);
}
