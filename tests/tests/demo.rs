//! The demo service's trace: whole call chains from the client to the database.
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use flowtrace_tests::check::{self, Line};
use flowtrace_tests::child::{run, start};

fn text<'a>(line: &'a Line, key: &str) -> &'a str {
    line.get(key).and_then(|value| value.as_str()).unwrap_or_default()
}

fn is_root(line: &Line) -> bool {
    line["event"] == "ENTER" && !line.contains_key("parentSpanId")
}

const COLD: &str = "\
send
  handle_request
    Handlers.get_product
      ProductService.get_product
        CacheService.get
        LoggerService.info
        DatabaseService.get_product
          select_product
        CacheService.set
";
const WARM: &str = "\
send
  handle_request
    Handlers.get_product
      ProductService.get_product
        CacheService.get
        LoggerService.info
";

#[test]
fn the_tour_shows_whole_chains_and_ends_well() {
    let finished = run(Command::new(env!("CARGO_BIN_EXE_service")).arg("--tour"));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let trace = check::complete(&finished.stdout);
    let roots = || trace.lines.iter().filter(|line| is_root(line));
    let trees: Vec<String> = roots().map(|root| trace.tree(root)).collect();
    let first = trees.iter().position(|tree| tree == COLD).expect("a cold look-up");
    assert!(trees[first..].iter().any(|tree| tree == WARM), "no warm look-up after the cold one: {trees:#?}");
    // a request is one trace, from the client on: nothing that it does is a root of its own
    for root in roots().filter(|root| root["function"] != "send") {
        assert_eq!(root["function"], "info", "{root:?}");
    }
    let purchase = trees.iter().find(|tree| tree.contains("DatabaseService.purchase")).expect("a purchase");
    assert!(purchase.matches("CacheService.delete").count() == 2, "{purchase}");
}

#[test]
fn the_chain_shows_arguments_results_and_threads() {
    let finished = run(Command::new(env!("CARGO_BIN_EXE_service")).arg("--tour"));
    let trace = check::complete(&finished.stdout);
    let root =
        trace.lines.iter().find(|line| is_root(line) && trace.tree(line) == COLD).expect("a cold look-up");
    let calls: Vec<&Line> = trace.lines.iter().filter(|line| line["traceId"] == root["traceId"]).collect();
    let enter = |name: &str| *calls.iter().find(|line| line["function"] == name).expect(name);
    assert_eq!(text(enter("select_product"), "args"), r#"{"product_id":1}"#);
    assert_ne!(enter("select_product")["thread"], root["thread"], "the database blocks no async thread");
    let product = r#"{"id":1,"name":"Laptop","price":999.99,"stock":50}"#;
    let service = enter("get_product");
    assert!(text(trace.closing(service), "result").contains(product), "{:?}", trace.closing(service));
    let miss = trace.closing(enter("get"));
    assert!(text(miss, "result").contains("null"), "{miss:?}");
}

#[test]
fn each_request_is_shown_while_the_service_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_service"));
    command.args(["--addr", "127.0.0.1:0", "--database"]).arg(folder.path().join("products.db"));
    let service = start(&mut command);
    let address = loop {
        let line = service.error_line().expect("the service tells its address");
        if let Some((_, address)) = line.split_once("http://") {
            break address.trim().to_owned();
        }
    };
    let requests = [
        ("/health", "health"),
        ("/products", "list_products"),
        ("/products/1", "get_product"),
        ("/products/search?q=laptop", "search_products"),
        ("/products/1/purchase?quantity=2", "purchase_product"),
        ("/stats", "get_stats"),
    ];
    let mut lines = Vec::new();
    for (url, handler) in requests {
        let mut stream = TcpStream::connect(&address).expect("the service listens");
        write!(stream, "GET {url} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{url}: {answer}");
        // the request's root is closed: no more of it will come
        loop {
            let line = service.line().expect("a line");
            let line_read = check::line(&line);
            lines.push(line + "\n");
            if line_read["function"] == "handle_request" && line_read["event"] == "EXIT" {
                break;
            }
        }
        assert!(lines.iter().any(|line| line.contains(&format!("\"function\":\"{handler}\""))), "{handler}");
    }
    let kill = Command::new("kill").args(["-TERM", &service.pid().to_string()]).status();
    assert!(kill.expect("kill").success());
    let finished = service.end();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    check::complete(&(lines.concat() + &finished.stdout));
}

#[test]
fn the_trace_can_be_piped_to_jq() {
    let script = r#"set -o pipefail; "$0" --tour 2>/dev/null | jq -r 'select(.event == "ENTER" and .function == "select_product") | .args | fromjson | .product_id'"#;
    let finished = run(Command::new("bash").args(["-c", script]).arg(env!("CARGO_BIN_EXE_service")));
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(finished.stdout.lines().next() == Some("1"), "{}", finished.stdout);
}
