//! What of a text is shown.
use std::convert::Infallible;

use super::{is_plain, mask};
use crate::names::Secrets;
use crate::redact::Redact;

fn masked(text: &str, cut: bool) -> String {
    let (mut secrets, redact, mut out) = (Secrets::new(), Redact::default(), String::new());
    let Ok(()) = mask::<Infallible>(text, cut, (&mut secrets, &redact), |part| {
        out.push_str(part);
        Ok(())
    });
    assert!(cut || !is_plain(text) || out == text, "{text} is not plain");
    out
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let wrong = cases.iter().map(|(text, expected)| (text, masked(text, false), expected));
    let wrong: Vec<_> = wrong.filter(|(_, shown, expected)| shown != *expected).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_field_with_a_secret_name_is_hidden_in_what_debug_says() {
    check(&[
        (
            r#"Login { user: "a", password: "x, }\"", tags: [] }"#,
            r#"Login { user: "a", password: [redacted], tags: [] }"#,
        ),
        (r#"{"token": ["a, b"], "x": []}"#, r#"{"token": [redacted], "x": []}"#),
        (r#"Secret { id: 1, api_key: Some(('"', S { a: 1 })) }"#, "Secret { id: 1, api_key: [redacted] }"),
        ("D { password: a, S3CR3T, after: 1 }", "D { password: [redacted], after: 1 }"),
        ("D { password: a} S3CR3T, after: 1 }", "D { password: [redacted], after: 1 }"),
        ("D { password: a\nS3CR3T, after: 1 }", "D { password: [redacted], after: 1 }"),
        ("D { password: don't, S3CR3T, after: 1 }", "D { password: [redacted], after: 1 }"),
        ("D { password: a, S3CR3T }", "D { password: [redacted] }"),
        ("D {\n    password: \"x\",\n    ok: 1,\n}", "D {\n    password: [redacted],\n    ok: 1,\n}"),
        ("D {\n    pin: 1234,\n}", "D {\n    pin: [redacted],\n}"),
        ("D { pin: 1, .. }", "D { pin: [redacted], .. }"),
        ("D { token: 1, \"x\": 1 }", "D { token: [redacted], \"x\": 1 }"),
        (r#"[D { pw: "a" }, D { pw: "b" }]"#, "[D { pw: [redacted] }, D { pw: [redacted] }]"),
        (r#"Err("D { password: \"x\", ok: 1 }")"#, r#"Err("D { password: [redacted], ok: 1 }")"#),
        (
            r#"Err("Err(\"D { password: \\\"x\\\", ok: 1 }\")")"#,
            r#"Err("Err(\"D { password: [redacted], ok: 1 }\")")"#,
        ),
        ("a::token::b: 1", "a::token::b: 1"),
        ("", ""),
    ]);
}

#[test]
fn a_name_may_stand_in_a_pair_or_be_that_of_a_tuple() {
    check(&[
        (r#"("password", "x")"#, r#"("password", [redacted])"#),
        (
            r#"[("user", "a"), ("authorization", "x"), ("b", 1)]"#,
            r#"[("user", "a"), ("authorization", [redacted]), ("b", 1)]"#,
        ),
        ("(\n    \"token\",\n    [1, 2],\n)", "(\n    \"token\",\n    [redacted],\n)"),
        (r#"["password", "x"]"#, r#"["password", [redacted]]"#),
        (r#"["password", "email", "name"]"#, r#"["password", "email", "name"]"#),
        (r#"("user", "password")"#, r#"("user", "password")"#),
        (r#"Password("x")"#, "Password([redacted])"),
        (r#"Some(ApiKey("x)", [1]))"#, "Some(ApiKey([redacted]))"),
        ("Err(Token(\"x\"), 1)", "Err(Token([redacted]), 1)"),
        ("get_token(5), Tokenizer(5), Author(\"a\")", "get_token(5), Tokenizer(5), Author(\"a\")"),
    ]);
}

#[test]
fn a_name_may_stand_in_any_text() {
    check(&[
        ("password=x", "password=[redacted]"),
        ("user=ann password=x from=here", "user=ann password=[redacted] from=here"),
        (
            "Login(password=x, token = y, password:z)",
            "Login(password=[redacted], token = [redacted], password:[redacted])",
        ),
        ("/login?password=x&token=y&page=2#top", "/login?password=[redacted]&token=[redacted]&page=2#top"),
        ("?user[password]=x&a=b", "?user[password]=[redacted]&a=b"),
        ("Server=db;Uid=a;Password=x;Port=1", "Server=db;Uid=a;Password=[redacted];Port=1"),
        ("host=db password='x y' port=1", "host=db password=[redacted] port=1"),
        ("password = \"x y\" # z", "password = [redacted] # z"),
        ("Authorization: Bearer x\r\nHost: y", "Authorization: [redacted]\r\nHost: y"),
        ("Cookie: a=x; b=y\nHost: z", "Cookie: [redacted]\nHost: z"),
        ("authorization=Bearer x rest", "authorization=[redacted] rest"),
        (r#""Authorization: x\r\nHost: y""#, r#""Authorization: [redacted]\r\nHost: y""#),
        ("--password=x --port=1", "--password=[redacted] --port=1"),
        ("PGPASSWORD=x psql", "PGPASSWORD=[redacted] psql"),
        ("wrong password: hunter2", "wrong password: [redacted]"),
        (r#"{"password":"x","a":1}"#, r#"{"password":"[redacted]","a":1}"#),
        (r#"{"pin":1234,"a":{"token":["x"]}}"#, r#"{"pin":[redacted],"a":{"token":[redacted]}}"#),
        (r#"{"password" : "a\"b", "c": 1}"#, r#"{"password" : [redacted], "c": 1}"#),
        (r#"body: "{\"password\":\"a\\\"b\",\"c\":1}""#, r#"body: "{\"password\":\"[redacted]\",\"c\":1}""#),
        ("{'password': 'x', 'a': 1}", "{'password': [redacted], 'a': 1}"),
        ("password=", "password="),
        ("password=&a=b", "password=&a=b"),
        (r#"Err("password: ")"#, r#"Err("password: ")"#),
        (r#"("bad password: x", 5)"#, r#"("bad password: [redacted]", 5)"#),
        // not a secret's name
        (
            "max_tokens=5 token_count: 7, author: a, key: b, at 12:30",
            "max_tokens=5 token_count: 7, author: a, key: b, at 12:30",
        ),
        ("product:1", "product:1"),
        ("x = y == z => w", "x = y == z => w"),
    ]);
}

#[test]
fn a_sentence_or_a_type_about_a_token_is_shown() {
    check(&[
        ("unexpected token: }", "unexpected token: }"),
        ("1:7: invalid token: expected `;`, found `let`", "1:7: invalid token: expected `;`, found `let`"),
        ("unexpected token: \"StringLiteral\"", "unexpected token: \"StringLiteral\""),
        ("invalid session: gone", "invalid session: gone"),
        ("Token(3), RenderPass(Depth { slot: 1 })", "Token(3), RenderPass(Depth { slot: 1 })"),
        // what looks like a secret is hidden there too
        ("invalid token: a1b2c3d4e5", "invalid token: [redacted]"),
        ("invalid token: 'a1b2c3d4e5' in x", "invalid token: '[redacted]' in x"),
        ("Token(Some(\"x\")), Token([1, 2])", "Token([redacted]), Token([redacted])"),
        ("D { user: A, token: x }", "D { user: A, token: [redacted] }"),
        ("wrong password: x", "wrong password: [redacted]"),
    ]);
}

#[test]
fn the_password_in_a_url_is_hidden() {
    check(&[
        ("postgres://user:pw@host/db", "postgres://user:[redacted]@host/db"),
        ("see https://bob:a:b@c@host:80/x.", "see https://bob:[redacted]@host:80/x."),
        ("redis://:pw@host", "redis://:[redacted]@host"),
        ("amqp://u:p/w@host/v", "amqp://u:[redacted]@host/v"),
        ("https://0123456789abcdef0123@sentry.io/1", "https://[redacted]@sentry.io/1"),
        ("ssh://git@github.com/a/b", "ssh://git@github.com/a/b"),
        ("http://localhost:8080/a@b", "http://localhost:8080/a@b"),
        ("http://[::1]:80/a@b", "http://[::1]:80/a@b"),
        ("https://host/?q=a@b:c", "https://host/?q=a@b:c"),
    ]);
}

#[test]
fn keys_to_known_services_are_hidden_wherever_they_stand() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    let ghp = format!("ghp_{}", "a1B2".repeat(9));
    let slack = ["xoxb", "-1234567890-abcdef"].concat();
    let stripe = ["sk_live", "_4eC39HqLyjWDarjt"].concat();
    for key in [
        jwt,
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAIOSFODNN7EXAMPLE",
        &ghp,
        "github_pat_11ABCDEFG0123456789_abc",
        "sk-proj-abcdef0123456789ABCDEF",
        &slack,
        &stripe,
        "AIzaSyA0123456789abcdefghijklmnopqrstuv",
    ] {
        for (before, after) in [("", ""), ("a ", " b"), ("(\"", "\")"), ("x/", "/y"), ("line\\n", "\\nline")]
        {
            assert_eq!(masked(&format!("{before}{key}{after}"), false), format!("{before}[redacted]{after}"));
        }
        let inside = format!("x{key}");
        assert!(key == jwt || masked(&inside, false) == inside, "{inside}");
    }
    check(&[
        ("Bearer abc", "Bearer [redacted]"),
        ("with bearer S3CR3T, then", "with bearer [redacted], then"),
        ("Basic YWJjOmRlZg==", "Basic [redacted]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nx", "[redacted]\nx"),
        ("a -----BEGIN PRIVATE KEY-----\\nMIIE", "a [redacted]"),
        ("-----BEGIN CERTIFICATE-----\nMIIE", "-----BEGIN CERTIFICATE-----\nMIIE"),
        // not a key
        ("eyJpZCI6MX0 eye eyJ", "eyJpZCI6MX0 eye eyJ"),
        (
            "sk-learn-is-a-library-for-python task-0123456789abcdefgh",
            "sk-learn-is-a-library-for-python task-0123456789abcdefgh",
        ),
        (
            "Bearer token expected, bearer of news, basic usage, Basic auth",
            "Bearer token expected, bearer of news, basic usage, Basic auth",
        ),
    ]);
}

#[test]
fn the_front_of_a_secret_is_hidden_too() {
    for (before, secret) in [
        ("password=", "S3CR3T"),
        ("a password: ", "\"S3CR3T"),
        ("{\"password\":\"", "S3CR3T"),
        ("(\"password\", ", "S3CR3T"),
        ("Password(", "S3CR3T"),
        ("postgres://u:", "S3CR3T"),
        ("postgres://u:", "123456"),
        ("Basic ", "S3CR3T"),
        ("", "eyJS3CR3TS3CR3T"),
        ("", "sk-S3CR3TS3CR3T"),
        ("", "-----BEGIN PRIVATE KEY-----S3CR3T"),
    ] {
        let text = [before, secret].concat();
        let known = secret.len().saturating_sub(6).max(1);
        for end in before.len() + known..=text.len() {
            assert_eq!(masked(&text[..end], true), format!("{before}[redacted]"), "{end} of {text}");
        }
    }
}

#[test]
fn no_text_is_too_odd_to_be_read() {
    let parts = [
        "password",
        "\"",
        "\\",
        "\\\"",
        ":",
        "=",
        ": ",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        "\n",
        "\\n",
        " ",
        "é",
        "日",
        "://",
        "@",
        "Bearer ",
        "eyJ",
        ".",
        "-----BEGIN PRIVATE KEY",
        "sk-",
        "--",
        "'",
        "x",
        "Token",
        "1",
        "\0",
    ];
    let mut state = 1_u64;
    for _ in 0..10_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(parts[usize::try_from(state >> 33).unwrap() % parts.len()]);
        }
        masked(&text, state & 1 == 0);
    }
}
