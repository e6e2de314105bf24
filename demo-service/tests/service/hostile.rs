//! Clients that break rules, are slow or want too much; after each, the service is as it was.

use std::{fs, io::Write, thread};

use rusqlite::Connection;

use crate::{
    client::{Answer, read_all, read_until},
    harness::{Service, binary, binary_after},
};

#[track_caller]
fn is_well(service: &Service) {
    assert_eq!(service.get("/health").status, 200);
}

#[test]
fn broken_requests() {
    let service = Service::start();
    for bytes in [
        &b"\x00\xff\xfe garbage \x80\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET /health\r\n\r\n",
        b"GET /health HTTP/9.9\r\n\r\n",
        b"GET /he alth HTTP/1.1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /health HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS client\r\n\r\n",
    ] {
        let answer = Answer::parse(&service.raw(bytes));
        answer.is_error(400, "Request is not valid HTTP");
        assert_eq!(answer.header("connection"), Some("close"), "{}", bytes.escape_ascii());
    }
    let broken = b"POST /products/1/purchase HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk\r\n";
    Answer::parse(&service.raw(broken)).is_error(400, "Broken request body");
    for bytes in [&b""[..], b"\r\n", b"GET /heal", b"GET /health HTTP/1.1\r\nHost: te"] {
        service.raw(bytes);
    }
    is_well(&service);
}

#[test]
fn odd_encodings() {
    let service = Service::start();
    service.get("/products/%FF").is_error(400, "URL is not valid UTF-8");
    service.get("/%C3%28").is_error(400, "URL is not valid UTF-8");
    service.get("/products/search?q=%FF").is_error(400, "URL is not valid UTF-8");
    service.get("/products/1/purchase?quantity=%80").is_error(400, "URL is not valid UTF-8");
    service.get("/%zz%").is_error(404, "Not found");
    assert_eq!(service.get("/products/search?q=100%").json()["query"], "100%");
    assert_eq!(service.get("/products/search?q=%00%0d%0A").json()["query"], "\0\r\n");
    let absolute =
        service.raw(b"GET http://elsewhere/health HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    assert_eq!(Answer::parse(&absolute).status, 200);
    service.send("CONNECT", "elsewhere:443").is_error(404, "Not found");
}

#[test]
fn a_log_line_cannot_be_forged() {
    let service = Service::start();
    service.get("/products/search?q=x%0A[INFO]%20forged");
    assert!(service.wait_for("forged").starts_with(r#"[INFO] Search query="x\n[INFO] forged""#));
}

#[test]
fn long_urls() {
    let service = Service::start();
    service.get(&format!("/products/search?q={}", "x".repeat(4000))).json();
    service.get(&format!("/products/search?q={}", "x".repeat(5000))).is_error(414, "URL too long");
    service.get(&"/".repeat(60_000)).is_error(414, "URL too long");
    service.get(&format!("/{}", "x".repeat(70_000))).is_error(414, "URL too long");
    is_well(&service);
}

#[test]
fn huge_heads() {
    let service = Service::start();
    let many = format!("GET /health HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(1000));
    Answer::parse(&service.raw(many.as_bytes())).is_error(431, "Request head too large");
    let long = format!("GET /health HTTP/1.1\r\na: {}", "b".repeat(128 * 1024));
    Answer::parse(&service.raw(long.as_bytes())).is_error(431, "Request head too large");
    is_well(&service);
}

#[test]
fn bodies() {
    let service = Service::start();
    let post = |head: &str, body: &[u8]| {
        let head = format!(
            "POST /products/1/purchase HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{head}\r\n\r\n"
        );
        Answer::parse(&service.raw(&[head.as_bytes(), body].concat()))
    };
    let json = "Content-Type: application/json\r\n";
    let largest = format!("{{}}{}", " ".repeat(65_534)).into_bytes();
    assert_eq!(post(&format!("{json}Content-Length: 65536"), &largest).status, 200);
    post(&format!("{json}Content-Length: 65537"), &[&largest[..], b" "].concat())
        .is_error(413, "Request body too large");
    assert_eq!(post(&format!("{json}Transfer-Encoding: chunked"), b"2\r\n{}\r\n0\r\n\r\n").status, 200);
    let huge = vec![b'x'; 4 * 1024 * 1024];
    post(&format!("Content-Length: {}", huge.len()), &huge).is_error(413, "Request body too large");
    let chunk = [b"400000\r\n", &huge[..], b"\r\n0\r\n\r\n"].concat();
    post("Transfer-Encoding: chunked", &chunk).is_error(413, "Request body too large");
    // Announced, never sent.
    post("Content-Length: 99999999999999", b"").is_error(413, "Request body too large");
    // Shorter than announced: nothing is bought.
    post("Content-Length: 10", b"short").is_error(400, "Broken request body");
    assert_eq!(service.get("/products/1").json()["stock"], 48);
}

#[test]
fn heads_that_http_does_not_allow() {
    let service = Service::start();
    let get = |head: &str| {
        Answer::parse(&service.raw(format!("GET /health HTTP/1.{head}Connection: close\r\n\r\n").as_bytes()))
    };
    let host = "Host must be given once, and name a host";
    get("1\r\n").is_error(400, host);
    get("1\r\nHost: a\r\nHost: a\r\n").is_error(400, host);
    get("1\r\nHost: a b/c\r\n").is_error(400, host);
    get("1\r\nHost: user@a\r\n").is_error(400, host);
    for fine in ["0\r\n", "1\r\nHost:\r\n", "1\r\nHost: [::1]:8000\r\n"] {
        assert_eq!(get(fine).status, 200, "{fine}");
    }

    let post = |encoding: &str| {
        let head = "POST /products/1/purchase HTTP/1.1\r\nHost: test\r\nConnection: close\r\n";
        Answer::parse(&service.raw(format!("{head}{encoding}\r\n\r\n0\r\n\r\n").as_bytes()))
    };
    let unknown = "Transfer-Encoding must be chunked and nothing else";
    post("Transfer-Encoding: gzip, chunked").is_error(501, unknown);
    post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked").is_error(501, unknown);
    post("Transfer-Encoding: chunked, chunked").is_error(400, "Transfer-Encoding must be given once");
    for key in ["", " two words", &"x".repeat(256), " a\r\nIdempotency-Key: b"] {
        let message = "Idempotency-Key must be 1 to 255 visible ASCII characters, given once";
        post(&format!("Transfer-Encoding: chunked\r\nIdempotency-Key:{key}")).is_error(400, message);
    }
    assert_eq!(service.get("/products/1").json()["stock"], 50, "nothing was bought");
    assert_eq!(post("Transfer-Encoding: Chunked\r\nIdempotency-Key: a").status, 200);
}

#[test]
fn a_large_body_that_waits_to_be_asked_for_is_refused_at_once() {
    // Longer than the test's patience with anything else.
    let mut command = binary();
    command.env("DEMO_CLIENT_TIMEOUT_MS", "3600000");
    let service = Service::start_with(command);
    let mut stream = service.connect();
    let head = "POST /products/1/purchase HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n";
    stream.write_all(format!("{head}Content-Length: 5000000\r\n\r\n").as_bytes()).expect("sent");
    // The service closes, and does not ask for the body.
    let all = read_all(&mut stream);
    assert!(all.starts_with(b"HTTP/1.1 413"), "{}", all.escape_ascii());
    Answer::parse(&all).is_error(413, "Request body too large");
}

#[test]
fn idle_clients_make_room() {
    let mut command = binary();
    command.env("DEMO_CLIENT_TIMEOUT_MS", "3600000");
    let service = Service::start_with(command);
    let mut clients: Vec<_> = (0..512).map(|_| service.connect()).collect();
    // Busy now and then: this is not the longest idle one, though it was the first.
    let first = &mut clients[0];
    first.write_all(b"GET /health HTTP/1.1\r\nHost: test\r\n\r\n").expect("sent");
    read_until(first, "}");
    is_well(&service);
    // The second made room.
    assert!(read_all(&mut clients[1]).is_empty());
    let first = &mut clients[0];
    first.write_all(b"GET /health HTTP/1.1\r\nHost: test\r\n\r\n").expect("sent");
    read_until(first, "}");
}

#[test]
fn slow_clients() {
    let mut command = binary();
    command.env("DEMO_CLIENT_TIMEOUT_MS", "200");
    let service = Service::start_with(command);

    let mut head = service.connect();
    head.write_all(b"GET /health HTTP/1.1\r\nHo").expect("sent");
    let mut body = service.connect();
    body.write_all(b"POST /products/1/purchase HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nab")
        .expect("sent");
    let mut idle = service.connect();
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: test\r\n\r\n").expect("sent");

    // Each ends because the service closes it.
    read_all(&mut head);
    Answer::parse(&read_all(&mut body)).is_error(408, "Request body took too long");
    assert_eq!(Answer::parse(&read_all(&mut idle)).status, 200);
    read_all(&mut service.connect());
    is_well(&service);
}

#[test]
fn clients_that_hang_up_leave_no_old_stock_behind() {
    let service = Service::start();
    service.get("/products/4");
    for _ in 0..20 {
        let mut stream = service.connect();
        stream.write_all(b"POST /products/4/purchase HTTP/1.1\r\nHost: test\r\n\r\n").expect("sent");
    }
    // Each is made, or given up since nobody waits for it.
    let told = (0..20).map(|_| service.wait_for("] Purchase "));
    let sold = told.filter(|line| line.starts_with("[INFO] Purchase product_id=4")).count();
    assert_eq!(service.get("/products/4").json()["stock"], 75 - sold);
}

#[test]
#[cfg(unix)]
fn too_many_clients() {
    let service = Service::start_with(binary_after("ulimit -n 40"));
    let clients: Vec<_> = (0..60).map(|_| service.connect()).collect();
    service.wait_for("[ERROR] cannot accept connections");
    drop(clients);
    is_well(&service);
}

#[test]
fn two_hundred_clients_at_once() {
    let service = Service::start();
    let mut streams: Vec<_> = (0..200).map(|_| service.connect()).collect();
    for stream in &mut streams {
        stream.write_all(b"GET /products/2 HTTP/1.1\r\nHost: test\r\n\r\n").expect("sent");
    }
    thread::scope(|scope| {
        for stream in &mut streams {
            scope.spawn(|| assert!(read_until(stream, "}").contains(r#""stock":200"#)));
        }
    });
}

#[test]
fn a_database_error_is_logged_and_not_told() {
    let service = Service::start();
    let connection = Connection::open(service.database()).expect("a connection");
    connection.execute_batch("ALTER TABLE products RENAME TO elsewhere").expect("SQL");
    let answer = service.get("/products/1");
    assert_eq!((answer.status, &*answer.body), (500, r#"{"error":"Internal server error"}"#));
    assert!(service.wait_for("[ERROR]").contains("no such table"));
    connection.execute_batch("ALTER TABLE elsewhere RENAME TO products").expect("SQL");
    assert_eq!(service.get("/products/1").status, 200);
}

#[test]
fn a_database_that_goes_away_is_missed_and_found_again() {
    let service = Service::start();
    assert_eq!(service.get("/products/1").status, 200);
    let elsewhere = service.database().with_extension("moved");
    fs::rename(service.database(), &elsewhere).expect("moved");
    for (method, target) in
        [("POST", "/products/1/purchase"), ("GET", "/products/1"), ("GET", "/products/search?q=laptop")]
    {
        let answer = service.send(method, target);
        answer.is_error(503, "Service too busy");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    is_well(&service);
    fs::rename(&elsewhere, service.database()).expect("moved back");
    assert_eq!(service.send("POST", "/products/1/purchase").json()["product"]["stock"], 49);
}
