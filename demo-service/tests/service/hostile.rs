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
        b"POST /products/1/purchase HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS client\r\n\r\n",
    ] {
        let answer = service.raw(bytes);
        assert_eq!(Answer::parse(&answer).status, 400, "{}", bytes.escape_ascii());
    }
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
    assert_eq!(service.get(&format!("/{}", "x".repeat(70_000))).status, 414);
    is_well(&service);
}

#[test]
fn huge_heads() {
    let service = Service::start();
    let many = format!("GET /health HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(1000));
    assert_eq!(Answer::parse(&service.raw(many.as_bytes())).status, 431);
    let long = format!("GET /health HTTP/1.1\r\na: {}", "b".repeat(128 * 1024));
    assert_eq!(Answer::parse(&service.raw(long.as_bytes())).status, 431);
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
    assert_eq!(post("Content-Length: 1000", &[b'x'; 1000]).status, 200);
    assert_eq!(post("Transfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n").status, 200);
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
    for _ in 0..20 {
        service.wait_for("[INFO] Purchase product_id=4");
    }
    assert_eq!(service.get("/products/4").json()["stock"], 55);
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
