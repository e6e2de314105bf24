//! Secrets are in no line, whatever they are called, whatever they stand in, and however the call ends.
use std::collections::BTreeMap;
use std::fmt::Debug;

use flowtrace_runtime::testing::capture;
use flowtrace_runtime::trace;
use serde::Serialize;

const SECRET: &str = "S3CR3T";

#[derive(Serialize, Debug, Clone)]
struct Login {
    user: &'static str,
    #[serde(rename = "pw")]
    password: Password,
}

#[derive(Serialize, Debug, Clone)]
struct Password(&'static str);

/// Has no `Serialize`.
#[derive(Debug, Clone)]
struct Shown<T>(T);

/// Of the call's lines: none has the secret, and the number of masks is this.
fn masks(call: impl FnOnce()) -> usize {
    let events = capture(call);
    assert_eq!(events.len(), 2);
    for event in &events {
        assert!(!event.line.contains(SECRET), "{}", event.line);
    }
    events.iter().map(|event| event.line.matches("[redacted]").count()).sum()
}

#[trace]
fn serialized<T: Serialize>(value: T) -> T {
    value
}

#[trace]
fn debugged<T: Debug>(value: T) -> T {
    value
}

/// Shows a value in and out, by `Serialize` and by `Debug`.
fn both<T: Serialize + Debug + Clone>(value: T) {
    let shown = format!("{value:?}");
    assert_eq!(masks(|| drop(serialized(value.clone()))), 2, "{shown}");
    assert_eq!(masks(|| drop(debugged(Shown(value)))), 2, "{shown}");
}

#[test]
fn what_a_value_holds_that_is_secret_is_in_no_line() {
    both(Login { user: "ann", password: Password(SECRET) });
    both(("password", SECRET));
    both(vec![("accept".to_owned(), "x".to_owned()), ("Authorization".to_owned(), SECRET.to_owned())]);
    both(BTreeMap::from([("DBPassword", SECRET), ("author", "ann")]));
    both(format!("/login?password={SECRET}&a=b"));
    both(format!("postgres://ann:{SECRET}@host/db"));
    both(format!("Authorization: Bearer {SECRET}"));
    both(format!("Bearer {SECRET}"));
    both(serde_json::json!({ "password": SECRET }).to_string());
    both(serde_json::json!({ "body": serde_json::json!({ "password": SECRET }).to_string() }).to_string());
    both(format!("{:?}", Login { user: "ann", password: Password(SECRET) }));
    both(format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----"));
}

/// What is shown of a value by `Serialize`.
fn shown<T: Serialize>(value: T) -> String {
    let events = capture(|| drop(serialized(value)));
    let args = events[0].args.as_deref().unwrap();
    args.strip_prefix("{\"value\":").and_then(|args| args.strip_suffix('}')).unwrap().to_owned()
}

#[test]
fn a_type_with_a_secret_name_shows_no_text_of_its_own() {
    #[derive(Serialize, Debug, Clone)]
    struct Token<T> {
        kind: &'static str,
        line: u32,
        value: T,
    }
    #[derive(Serialize, Debug, Clone)]
    struct ApiKey {
        name: &'static str,
        value: &'static str,
    }
    #[derive(Serialize, Debug, Clone)]
    struct Session {
        user_id: u32,
        state: &'static str,
        key: &'static str,
    }
    #[derive(Serialize, Debug, Clone)]
    enum Credential {
        Token { value: &'static str },
        ApiKey(&'static str, u8),
        Password(u32),
    }
    both(Token { kind: "a", line: 3, value: SECRET });
    both(Token { kind: "a", line: 3, value: Some(SECRET) });
    both(Token { kind: "a", line: 3, value: vec![SECRET] });
    both(Token { kind: "a", line: 3, value: BTreeMap::from([(1, SECRET)]) });
    both(ApiKey { name: "a", value: SECRET });
    both(Session { user_id: 1, state: "a", key: SECRET });
    both(Credential::Token { value: SECRET });
    both(Credential::ApiKey(SECRET, 1));
    both(Credential::Password(1));
    assert_eq!(
        shown(Token { kind: "a", line: 3, value: SECRET }),
        r#"{"kind":"a","line":3,"value":"[redacted]"}"#
    );
    assert_eq!(
        shown(Session { user_id: 1, state: "a", key: SECRET }),
        r#"{"user_id":1,"state":"a","key":"[redacted]"}"#
    );
}

#[test]
fn a_type_that_is_called_token_shows_its_numbers() {
    #[derive(Serialize)]
    struct Token<T>(T);
    #[derive(Serialize)]
    struct TextToken(u8, &'static str);
    #[derive(Serialize)]
    enum Kind {
        Comma,
        Number(f64),
        Word(Place),
    }
    #[derive(Serialize)]
    struct Place {
        line: u32,
    }
    #[derive(Serialize)]
    enum Event {
        Session(u32),
        Token(u8, &'static str),
        Pass(&'static str),
    }
    for (value, expected) in [
        (shown(Token(3)), "3"),
        (shown(Token(true)), "true"),
        (shown(Token(Some(3))), "3"),
        (shown(Token(None::<u8>)), "null"),
        (shown(Token(Kind::Comma)), "\"Comma\""),
        (shown(Token(Kind::Number(1.5))), "{\"Number\":1.5}"),
        (shown(Token(Kind::Word(Place { line: 1 }))), "{\"Word\":{\"line\":1}}"),
        (shown(Token(SECRET)), "\"[redacted]\""),
        (shown(Token('S')), "\"[redacted]\""),
        (shown(Token([1, 2])), "\"[redacted]\""),
        (shown(Token(Some(vec![SECRET]))), "\"[redacted]\""),
        (shown(Token(BTreeMap::from([("a", SECRET)]))), "\"[redacted]\""),
        (shown((Token(SECRET), "after", Token(vec![1]), 7)), "[\"[redacted]\",\"after\",\"[redacted]\",7]"),
        (shown(TextToken(3, SECRET)), "[3,\"[redacted]\"]"),
        (shown(Event::Session(5)), "{\"Session\":5}"),
        (shown(Event::Token(5, SECRET)), "{\"Token\":[5,\"[redacted]\"]}"),
        (shown(Event::Pass(SECRET)), "{\"Pass\":\"[redacted]\"}"),
    ] {
        assert_eq!(value, expected);
    }
}

#[test]
fn a_field_may_name_what_another_holds() {
    #[derive(Serialize, Debug, Clone)]
    struct Header {
        name: &'static str,
        value: &'static str,
    }
    #[derive(Serialize, Debug, Clone)]
    struct Variable {
        key: String,
        comment: u8,
        val: Option<&'static str>,
    }
    #[derive(Serialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        Password { value: &'static str },
    }
    assert_eq!(shown(Tagged::Password { value: SECRET }), r#"{"kind":"Password","value":"[redacted]"}"#);
    both(Header { name: "authorization", value: SECRET });
    both(Variable { key: "DB_PASSWORD".to_owned(), comment: 1, val: Some(SECRET) });
    both(vec![Header { name: "accept", value: "x" }, Header { name: "password", value: SECRET }]);
    both(BTreeMap::from([("Name", "password"), ("Value", SECRET)]));
    let value = [Header { name: "password", value: SECRET }, Header { name: "accept", value: "x" }];
    assert_eq!(shown(value), r#"[{"name":"password","value":"[redacted]"},{"name":"accept","value":"x"}]"#);
}

#[test]
fn an_option_of_a_command_line_names_what_follows() {
    both(vec!["psql", "--password", SECRET, "--port", "1"]);
    both(("--api-key", SECRET));
    both(vec!["curl", "-u", "ann:S3CR3T", "https://host"]);
    assert_eq!(
        shown(vec![vec!["sort", "-u", "a"], vec!["run", "-u", "1:1", "a:b"], vec!["-u"], vec!["a:b"]]),
        r#"[["sort","-u","a"],["run","-u","1:1","a:b"],["-u"],["a:b"]]"#
    );
    assert_eq!(
        shown(["run", "-token", SECRET, "--", "x", "--password-file", "y"]),
        r#"["run","-token","[redacted]","--","x","--password-file","y"]"#
    );
}

#[test]
fn an_argument_with_a_secret_name_is_in_no_line() {
    #[trace]
    fn takes(api_keys: &[&str], (user, dbpassword): (&str, &str), pin: u32, token_count: u32) -> u32 {
        let _ = (user, dbpassword, api_keys);
        pin - pin + token_count
    }
    let events = capture(|| assert_eq!(takes(&[SECRET], ("ann", SECRET), 1234, 7), 7));
    assert_eq!(
        events[0].args.as_deref(),
        Some(
            r#"{"api_keys":"[redacted]","user":"ann","dbpassword":"[redacted]","pin":"[redacted]","token_count":7}"#
        )
    );
}

#[test]
fn a_secret_in_an_error_or_a_panic_is_in_no_line() {
    #[trace]
    fn fails(n: u8) -> Result<u8, String> {
        Err(format!("cannot log in with password={SECRET} for the {n}th time"))
    }
    #[trace]
    fn panics(n: u8) -> u8 {
        panic!("cannot connect to postgres://ann:{SECRET}@host{n}")
    }
    #[derive(Debug)]
    struct Unreadable;
    impl Serialize for Unreadable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom(format!("invalid token={SECRET}")))
        }
    }
    assert_eq!(masks(|| drop(fails(7))), 1);
    assert_eq!(masks(|| drop(std::panic::catch_unwind(|| panics(1)))), 1);
    assert_eq!(masks(|| assert!(matches!(serialized(Unreadable), Unreadable))), 2);
    let events = capture(|| drop(std::panic::catch_unwind(|| panics(1))));
    assert!(
        events[1].line.contains("cannot connect to postgres://ann:[redacted]@host1"),
        "{}",
        events[1].line
    );
}

#[test]
fn an_argument_that_is_to_be_shown_is_shown_as_it_is() {
    #[derive(Debug)]
    struct Token {
        password: &'static str,
    }
    #[trace(show(token, text, ast, wrong))]
    fn parses(token: &str, text: String, ast: &[Token], pin: u8, after: &str, wrong: Unreadable) -> String {
        let _ = (token, ast[0].password, pin, after, wrong);
        text
    }
    struct Unreadable;
    impl Serialize for Unreadable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("unexpected token: b"))
        }
    }
    let events = capture(|| {
        parses("a", "token: b".to_owned(), &[Token { password: "c" }], 1, "password=S3CR3T", Unreadable);
    });
    assert_eq!(
        events[0].args.as_deref(),
        Some(
            r#"{"token":"a","text":"token: b","ast":"[Token { password: \"c\" }]","pin":"[redacted]","after":"password=[redacted]","wrong":"<not serializable: unexpected token: b>"}"#
        )
    );
    assert_eq!(events[1].result.as_deref(), Some(r#""token: [redacted]""#), "the result is no argument");
}

#[test]
fn what_a_function_says_of_an_argument_wins_over_what_its_block_says() {
    #[trace(redact(a), skip(b), show(token, pin, pw))]
    #[expect(unused_variables, reason = "the arguments are only shown")]
    mod block {
        #[trace(show(a, b), redact(token), skip(pw))]
        pub(super) fn says(a: u8, b: u8, token: u8, pin: u8, pw: u8) {}

        pub(super) fn says_nothing(a: u8, b: u8, token: u8, pin: u8, pw: u8) {}
    }
    let events = capture(|| {
        block::says(1, 2, 3, 4, 5);
        block::says_nothing(1, 2, 3, 4, 5);
    });
    assert_eq!(events[0].args.as_deref(), Some(r#"{"a":1,"b":2,"token":"[redacted]","pin":4}"#));
    assert_eq!(events[2].args.as_deref(), Some(r#"{"a":"[redacted]","token":3,"pin":4,"pw":5}"#));
}

#[test]
fn a_secret_is_in_no_line_however_a_call_that_has_it_ends() {
    #[trace]
    fn passes(text: &str) -> String {
        text.to_owned()
    }
    #[trace]
    fn fails(text: &str) -> Result<(), String> {
        Err(text.to_owned())
    }
    #[trace]
    fn panics(text: &str) {
        panic!("{text}")
    }
    for text in [
        "tool -token S3CR3T",
        "AWS_SECRET_ACCESS_KEY=S3CR3T",
        "ALTER USER ann IDENTIFIED BY 'S3CR3T'",
        "Authorization: Digest username=\"ann\", response=\"S3CR3T\"",
        "https://hooks.slack.com/services/T0A1B2C3D/B0A1B2C3D/S3CR3Ta1B2c3D4e5F6",
        "https%3A%2F%2Fann%3AS3CR3T%40host",
        "/container/blob?sv=2022&sig=S3CR3T",
        "password -> S3CR3T",
        "Password{inner:\"S3CR3T\"}",
        "{:password \"S3CR3T\"}",
        "password = '''S3CR3T'''",
        "glrt-S3CR3Ta1B2c3D4e5F6g7",
    ] {
        assert_eq!(masks(|| drop(passes(text))), 2, "{text}");
        assert_eq!(masks(|| drop(fails(text))), 2, "{text}");
        assert_eq!(masks(|| drop(std::panic::catch_unwind(|| panics(text)))), 2, "{text}");
    }
}
