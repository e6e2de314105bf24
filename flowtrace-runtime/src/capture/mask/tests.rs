//! What of a text is shown.
mod shapes;

use std::convert::Infallible;

use super::{Look, Scan, has_no_odd_signs, has_secret, look, mask};
use crate::capture::names::Secrets;
use crate::settings::redact::Redact;

fn masked(text: &str, cut: bool) -> String {
    let (mut secrets, redact, mut out) = (Secrets::new(), Redact::default(), String::new());
    let Ok(()) = mask::<Infallible>(text, cut, (&mut secrets, &redact), |part| {
        out.push_str(part);
        Ok(())
    });
    let has_none = look(text) == Look::Harmless || has_no_odd_signs(text);
    assert!(cut || !has_none || out == text, "{text} has a secret");
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
        (r#"(b"password", b"x")"#, r#"(b"password", [redacted])"#),
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
        ("invalid token: S3CR3T", "invalid token: [redacted]"),
        ("wrong pin: 1234", "wrong pin: [redacted]"),
        (
            "expected token: identifier, unexpected token: i32",
            "expected token: identifier, unexpected token: i32",
        ),
        ("Token(Some(\"x\")), Token([1, 2])", "Token([redacted]), Token([redacted])"),
        ("D { user: A, token: x }", "D { user: A, token: [redacted] }"),
        ("wrong password: x", "wrong password: [redacted]"),
    ]);
}

#[test]
fn a_struct_with_a_secret_name_shows_no_text_of_its_own() {
    check(&[
        (r#"Token { value: "x" }"#, "Token { value: [redacted] }"),
        (
            r#"Some(Token { kind: Bearer, value: Some("x"), line: 3 })"#,
            "Some(Token { kind: Bearer, value: [redacted], line: 3 })",
        ),
        ("Token {\n    kind: A,\n    value: \"x\",\n}", "Token {\n    kind: A,\n    value: [redacted],\n}"),
        (r#"Err("Token { value: \"x\" }")"#, r#"Err("Token { value: [redacted] }")"#),
        (
            r#"ApiKey { id: 7, name: "ci", inner: "x" }, key: 1"#,
            r#"ApiKey { id: 7, name: "ci", inner: [redacted] }, key: 1"#,
        ),
        (
            r#"Session { user: User { id: 1, city: "a" }, state: "b", key: "x" }"#,
            r#"Session { user: User { id: 1, city: "a" }, state: "b", key: [redacted] }"#,
        ),
        ("Otp { code: 123456 }", "Otp { code: [redacted] }"),
        (r#"Token(3, "x")"#, "Token([redacted])"),
        ("Token(Some(\"x\"))", "Token([redacted])"),
        // none of these has a secret
        (
            "Token { kind: Ident, line: 3, id: Some(4) }, value: \"x\"",
            "Token { kind: Ident, line: 3, id: Some(4) }, value: \"x\"",
        ),
        (
            "Token(Ident, 3), Token(Some(3)), Token(\n    3,\n)",
            "Token(Ident, 3), Token(Some(3)), Token(\n    3,\n)",
        ),
        (r#"Author { name: "a" }, Field { value: "x" }"#, r#"Author { name: "a" }, Field { value: "x" }"#),
    ]);
}

#[test]
fn a_field_may_name_what_another_holds() {
    check(&[
        (r#"{name: "password", value: "x"}"#, r#"{name: "password", value: [redacted]}"#),
        (
            r#"{"key":"password","type":"a","value":"x"}"#,
            r#"{"key":"password","type":"a","value":"[redacted]"}"#,
        ),
        (
            r#"[Header { name: "accept", value: "a" }, Header { name: "authorization", value: "x" }, Header { name: "b", value: "c" }]"#,
            r#"[Header { name: "accept", value: "a" }, Header { name: "authorization", value: [redacted] }, Header { name: "b", value: "c" }]"#,
        ),
        (
            r#""{\"Name\":\"password\",\"Value\":\"x\"}""#,
            r#""{\"Name\":\"password\",\"Value\":\"[redacted]\"}""#,
        ),
        (
            "- name: DB_PASSWORD\n  value: x\n- name: USER\n  value: a",
            "- name: DB_PASSWORD\n  value: [redacted]\n- name: USER\n  value: a",
        ),
        (
            r#"KeyValue { key: Some(Key("password")), value: "x" }"#,
            r#"KeyValue { key: Some(Key("password")), value: [redacted] }"#,
        ),
        (r#"{"type":"password","value":"x"}"#, r#"{"type":"password","value":"[redacted]"}"#),
        (r#"<meta name="csrf-token" content="x">"#, r#"<meta name="csrf-token" content=[redacted]>"#),
        (
            r#"<input name="password" value="x"> value="a""#,
            r#"<input name="password" value=[redacted]> value=[redacted]"#,
        ),
        (
            "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nx, y\r\nz\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n[redacted]\r\n--b--",
        ),
        (
            r#"form-data; name=\"password\"\r\n\r\nx\r\n--b--"#,
            r#"form-data; name=\"password\"\r\n\r\n[redacted]\r\n--b--"#,
        ),
        (
            r#"{"key":"user","value":"ann"}, {name: "author", value: 1}"#,
            r#"{"key":"user","value":"ann"}, {name: "author", value: 1}"#,
        ),
        ("<password>x, y</password><user>a</user>", "<password>[redacted]</password><user>a</user>"),
        ("Option<Password> is none, <tokens>5</tokens>", "Option<Password> is none, <tokens>5</tokens>"),
        ("a%3D1%26password%3Dx%26b%3D2", "a%3D1%26password%3D[redacted]%26b%3D2"),
    ]);
}

#[test]
fn an_option_of_a_command_line_names_what_follows() {
    check(&[
        ("psql --password x --port 1", "psql --password [redacted] --port 1"),
        ("run --api-key 'x y' z", "run --api-key [redacted] z"),
        (
            r#"["psql", "--password", "x", "--port", "1"]"#,
            r#"["psql", "--password", "[redacted]", "--port", "1"]"#,
        ),
        (r#"["psql","--password","x"]"#, r#"["psql","--password","[redacted]"]"#),
        (r#""psql" "--password" "x y" "-v""#, r#""psql" "--password" "[redacted]" "-v""#),
        ("curl -u ann:x https://host", "curl -u ann:[redacted] https://host"),
        (r#""curl" "-u" "ann:x" "a""#, r#""curl" "-u" "ann:[redacted]" "a""#),
        // none of these has a secret
        ("use --password to log in, the --token option", "use --password to log in, the --token option"),
        (
            "--password <PASSWORD> --password-file /x --token-count 5",
            "--password <PASSWORD> --password-file /x --token-count 5",
        ),
        ("--password --verbose", "--password --verbose"),
        ("docker run -u 1000:1000 a, sort -u b, a - b", "docker run -u 1000:1000 a, sort -u b, a - b"),
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
        // without a scheme
        ("ann:x@tcp(db:3306)/shop?a=b", "ann:[redacted]@tcp(db:3306)/shop?a=b"),
        ("ann:x@unix(/run/db)/shop", "ann:[redacted]@unix(/run/db)/shop"),
        ("to ann:hunter@db:5432/shop", "to ann:[redacted]@db:5432/shop"),
        ("ann:S3CR3T@db.example.com", "ann:[redacted]@db.example.com"),
        ("mailto:ann99@example.com from:bob1@host", "mailto:ann99@example.com from:bob1@host"),
        ("git@github.com:a/b nginx:1.25@sha256:abc", "git@github.com:a/b nginx:1.25@sha256:abc"),
        ("serde:derive@1.0.2, 12:30@home", "serde:derive@1.0.2, 12:30@home"),
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
        ("ApiKey { value: ", "S3CR3T"),
        ("{name: \"password\", value: ", "S3CR3T"),
        ("psql --password ", "S3CR3T"),
        ("curl -u ann:", "S3CR3T"),
        ("<password>", "S3CR3T"),
        ("a%26password%3D", "S3CR3T"),
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
        "Token {",
        "name: ",
        "value: ",
        "--password",
        " -u ",
        "%3D",
        "%26",
        "<token>",
        "</token>",
        "@host",
        "ann:",
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

#[test]
fn what_is_not_read_from_sign_to_sign_has_no_secret() {
    let parts: Vec<_> = "password|pw|k|tok|en|\"|\\|:|=|: |(|)|[|{|}|,|\n| |é|://|@|Bearer |eyJ|basic QWxh1|.|sk-|--|'|x\
        |Token|1|Token {|name: |value: |--pw| -u |%3D|%26|<otp>|</otp>|@host|ann:|user|pass|api|Key|secret|session|id\
        |a1b2c3d4|AKIA|ghp_|xoxb-|12345678|S3CR3T|ya29.|AIza|\u{212a}ey|o|auth|-|dsn|КЛЮЧ|-----BEGIN PRIVATE KEY"
        .split('|')
        .collect();
    let mut added = Redact::default();
    added.read("ключ, o, dd").unwrap();
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for redact in [Redact::default(), added] {
        let (mut secrets, mut found) = (Secrets::new(), 0);
        for _ in 0..10_000 {
            let text: String = (0..=random(7)).map(|_| parts[random(parts.len())]).collect();
            let is_secret = Scan::new(&text, false).next(&mut |name| redact.is_secret(name)).is_some();
            assert_eq!(has_secret(&text, (&mut secrets, &redact)), is_secret, "{text}");
            let has_none = look(&text) == Look::Harmless || has_no_odd_signs(&text);
            assert!(!(has_none && is_secret), "{text} has a secret");
            found += usize::from(is_secret);
        }
        assert!((500..9_500).contains(&found), "{found} have a secret");
    }
}
