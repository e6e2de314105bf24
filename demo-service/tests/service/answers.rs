//! Every row of the URL table, and what is not in it.

use rusqlite::Connection;
use serde_json::json;

use crate::{
    client::{Answer, read_until},
    harness::Service,
};

const LAPTOP: &str = r#"{"id":1,"name":"Laptop","price":999.99,"stock":50}"#;

#[test]
fn health() {
    let answer = Service::start().get("/health");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(
        answer.body.starts_with(r#"{"status":"healthy","service":"product-service","timestamp":"#),
        "{answer:?}"
    );
    assert!(answer.json()["timestamp"].as_u64().is_some_and(|ms| ms > 1_600_000_000_000));
}

#[test]
fn products() {
    let service = Service::start();
    let expected = r#"{"products":[{"id":1,"name":"Laptop","price":999.99,"stock":50},{"id":2,"name":"Mouse","price":29.99,"stock":200},{"id":3,"name":"Keyboard","price":79.99,"stock":150},{"id":4,"name":"Monitor","price":299.99,"stock":75}],"count":4}"#;
    assert_eq!(service.get("/products").body, expected);
    assert_eq!(service.get("/products").body, expected, "from the cache");
    service.wait_for("[INFO] Cache miss products");
    service.wait_for("[INFO] Cache hit products");
}

#[test]
fn product() {
    let service = Service::start();
    assert_eq!(service.get("/products/1").body, LAPTOP);
    assert_eq!(service.get("/products/%31").body, LAPTOP);
    service.wait_for("[INFO] Cache miss product_id=1");
    service.wait_for("[INFO] Cache hit product_id=1");
    for id in
        ["", "5", "0", "-1", "abc", "1.0", "9223372036854775807", "99999999999999999999", "%00", "%20", "💻"]
    {
        service.get(&format!("/products/{id}")).is_error(404, "Product not found");
    }
}

#[test]
fn search() {
    let service = Service::start();
    let found = format!(r#"{{"results":[{LAPTOP}],"count":1,"query":"LapTop"}}"#);
    assert_eq!(service.get("/products/search?q=LapTop").body, found);
    assert_eq!(service.get("/products/search?x=1&q=%6capt%6Fp").json()["query"], "laptop");
    let none = json!({"results": [], "count": 0, "query": "two words+\"quotes\"\n"});
    assert_eq!(service.get("/products/search?q=two+words%2B%22quotes%22%0A").json(), none);
    for target in
        ["/products/search", "/products/search?", "/products/search?q=", "/products/search?p=laptop"]
    {
        service.get(target).is_error(400, "Missing query parameter: q");
    }
}

#[test]
fn purchase() {
    let service = Service::start();
    let bought = r#"{"success":true,"product":{"id":1,"name":"Laptop","price":999.99,"stock":48},"quantity":2,"total":1999.98}"#;
    assert_eq!(service.get("/products/1/purchase?quantity=2").body, bought);
    let one = service.send("POST", "/products/1/purchase").json();
    assert_eq!((&one["quantity"], &one["product"]["stock"]), (&json!(1), &json!(47)));
    let refused = service.send("POST", "/products/1/purchase?quantity=48");
    assert_eq!((refused.status, &*refused.body), (400, r#"{"error":"Insufficient stock","available":47}"#));
    service.wait_for(
        r#"[WARNING] Purchase refused product_id=1 quantity=48 reason="insufficient stock" available=47"#,
    );
    for quantity in ["0", "-1", "1.5", "abc", "", "+1", "%2B1", "1e3", "9223372036854775808"] {
        let target = format!("/products/1/purchase?quantity={quantity}");
        service.send("POST", &target).is_error(400, "Quantity must be a positive integer");
    }
    service
        .send("POST", "/products/1/purchase?quantity=9223372036854775807")
        .is_error(400, "Insufficient stock");
    service.send("POST", "/products/9/purchase").is_error(404, "Product not found");
    service.send("POST", "/products/x/purchase").is_error(404, "Product not found");
}

#[test]
fn a_purchase_is_seen_at_once() {
    let service = Service::start();
    service.get("/products/1");
    service.get("/products");
    service.send("POST", "/products/1/purchase?quantity=8");
    assert_eq!(service.get("/products/1").json()["stock"], 42);
    assert_eq!(service.get("/products").json()["products"][0]["stock"], 42);
}

#[test]
fn stats() {
    let service = Service::start();
    let fresh = r#"{"database":{"total_products":4,"total_queries":0},"cache":{"size":0,"keys":[],"hits":0,"misses":0}}"#;
    assert_eq!(service.get("/stats").body, fresh);
    for target in ["/products/2", "/products/2", "/products", "/products/9", "/products/search?q=x"] {
        service.get(target);
    }
    let used = json!({
        "database": {"total_products": 4, "total_queries": 4},
        "cache": {"size": 2, "keys": ["product:2", "products:all"], "hits": 1, "misses": 3},
    });
    assert_eq!(service.get("/stats").json(), used);
}

#[test]
fn what_is_not_there() {
    let service = Service::start();
    for target in ["/", "/nothing", "/health/", "/products/1/", "/products/1/sell", "//health", "/%2e"] {
        service.get(target).is_error(404, "Not found");
    }
    service.send("OPTIONS", "/nothing").is_error(404, "Not found");
    service.send("DELETE", "/nothing").is_error(404, "Not found");
}

#[test]
fn methods_that_are_not_allowed() {
    let service = Service::start();
    for (method, target, allow) in [
        ("POST", "/health", "get, head, options"),
        ("DELETE", "/products", "get, head, options"),
        ("PUT", "/products/1", "get, head, options"),
        ("POST", "/openapi.json", "get, head, options"),
        ("PATCH", "/stats", "get, head, options"),
        ("PUT", "/products/1/purchase", "get, post, options"),
        ("HEAD", "/products/1/purchase", "get, post, options"),
        ("BREW", "/health", "get, head, options"),
    ] {
        let answer = service.send(method, target);
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "{method} {target}");
        if method != "HEAD" {
            answer.is_error(405, "Method not allowed");
        }
    }
    assert_eq!(service.get("/products/1").body, LAPTOP, "nothing was bought");
}

#[test]
fn options_tell_what_is_allowed() {
    let service = Service::start();
    for (target, allow) in [
        ("/products/search?q=x", "get, head, options"),
        ("/products/1/purchase", "get, post, options"),
        ("/health/ready", "get, head, options"),
        ("*", "get, head, post, options"),
    ] {
        let answer = service.send("OPTIONS", target);
        assert_eq!((answer.status, answer.header("allow")), (204, Some(allow)), "{target}");
        assert_eq!((answer.header("content-type"), &*answer.body), (None, ""));
    }
}

#[test]
fn a_purchase_tells_its_quantity_in_a_body_too() {
    let service = Service::start();
    let post = |query: &str, kind: &str, body: &str| {
        let length = body.len();
        let request = format!(
            "POST /products/2/purchase{query} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{kind}Content-Length: {length}\r\n\r\n{body}"
        );
        Answer::parse(&service.raw(request.as_bytes()))
    };
    let json = "Content-Type: application/json\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(post("", json, r#"{"quantity":5}"#).json()["quantity"], 5);
    assert_eq!(post("", form, "quantity=5").json()["quantity"], 5);
    assert_eq!(post("?quantity=5", json, r#"{"quantity":5}"#).json()["quantity"], 5);
    let twice = post("?quantity=4", json, r#"{"quantity":5}"#);
    twice.is_error(400, "Quantity is given twice, and not the same");
    post("", json, r#"{"quantity":"#).is_error(400, "Request body is not valid JSON");
    post("", json, r#"{"qty":5}"#).is_error(400, "Request body may hold a quantity and nothing else");
    post("", json, r#"{"quantity":0}"#).is_error(400, "Quantity must be a positive integer");
    for kind in
        ["", "Content-Type: text/plain\r\n", "Content-Encoding: gzip\r\nContent-Type: application/json\r\n"]
    {
        assert_eq!(post("", kind, r#"{"quantity":5}"#).status, 415, "{kind}");
    }
    assert_eq!(service.get("/products/2").json()["stock"], 185, "what was refused was not bought");
}

#[test]
fn ready_while_the_database_answers() {
    let service = Service::start();
    assert_eq!(service.get("/health/ready").body, r#"{"status":"ready"}"#);
    let connection = Connection::open(service.database()).expect("a connection");
    connection.execute_batch("ALTER TABLE products RENAME TO elsewhere").expect("SQL");
    let answer = service.get("/health/ready");
    answer.is_error(503, "Database is not ready");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(service.get("/health").status, 200);
}

#[test]
fn the_service_describes_itself() {
    let service = Service::start();
    let answer = service.get("/openapi.json");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().expect("paths");
    assert_eq!(paths.len(), 8);
    for (path, item) in paths {
        let allow = service.send("OPTIONS", &path.replace("{id}", "1"));
        for method in ["get", "post"] {
            let allowed = allow.header("allow").expect("methods").split(", ").any(|name| name == method);
            assert_eq!(item.get(method).is_some(), allowed, "{method} {path}");
        }
    }
}

#[test]
fn head_is_get_without_the_body() {
    let service = Service::start();
    let answer = service.send("HEAD", "/products/1");
    assert_eq!((answer.status, &*answer.body), (200, ""));
    assert_eq!(answer.header("content-length"), Some(&*LAPTOP.len().to_string()));
}

#[test]
fn one_connection_serves_many_requests() {
    use std::io::Write;

    let service = Service::start();
    let mut stream = service.connect();
    // Sent in one go, as a client that does not wait may.
    stream.write_all(&b"GET /products/1 HTTP/1.1\r\nHost: test\r\n\r\n".repeat(3)).expect("sent");
    for _ in 0..3 {
        let answer = read_until(&mut stream, "}");
        assert_eq!(Answer::parse(answer.as_bytes()).body, LAPTOP);
    }
}
