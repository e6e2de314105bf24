//! What values come out as.
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use serde::Serialize;
use serde::ser::{Error as _, SerializeMap as _, SerializeStruct as _, Serializer};

use super::elements::{AsElements, Elements};
use super::kind::{AsDebug, AsSerialize, Capture};
use super::probe::Probe;
use super::value::{Ours, Slot};
use crate::record::decode::Cursor;
use crate::render::value::Values;
use crate::settings::redact::Redact;
use crate::text::Text;

/// The value's JSON, as a reader of `args` finds it, and whether it was cut.
fn shown<T: ?Sized, K: Capture<T>>(value: &T, kind: K, budget: usize) -> (String, bool) {
    let redact = Redact::default();
    let mut slot = Slot::new(budget, &redact);
    kind.capture(value, &mut slot);
    let mut line = Text::new();
    line.literal(b"\"");
    let mut from = Cursor::new(slot.out.as_bytes());
    assert!(Values::new(&Ours, &mut line).value(&mut from).is_ok() && from.left() == 0);
    line.literal(b"\"");
    let text: String = serde_json::from_slice(line.as_bytes()).expect("a JSON string");
    let _: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    (text, slot.truncated)
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    shown(value, AsSerialize, 1024).0
}

fn debug<T: fmt::Debug + ?Sized>(value: &T) -> String {
    serde_json::from_str(&shown(value, AsDebug, 1024).0).expect("a string")
}

#[derive(Serialize, Debug)]
struct Login {
    user: &'static str,
    password: &'static str,
    tags: Vec<u8>,
}

const LOGIN: Login = Login { user: "ann \"a\"", password: "hunter2, }\"", tags: vec![] };

#[derive(Serialize, Debug)]
enum Shape {
    Unit,
    New(u8),
    Tuple(u8, &'static str),
    Struct { token: u8, size: f64 },
}

#[derive(Debug)]
#[expect(dead_code, reason = "Debug reads it")]
struct Secret {
    id: u8,
    api_key: Option<(char, Shape)>,
}

#[test]
fn serialize_gives_what_serde_json_gives() {
    let shapes =
        [Shape::Unit, Shape::New(1), Shape::Tuple(2, "\n\"\\\u{1}é"), Shape::Struct { token: 1, size: 0.5 }];
    let expected = serde_json::to_string(&shapes).unwrap().replace("\"token\":1", "\"token\":\"[redacted]\"");
    assert_eq!(json(&shapes), expected);
    let numbers = (i128::MIN, u128::MAX, 1e300, -0.0, 'x', true, None::<u8>, Some(()), [0u8; 0]);
    assert_eq!(json(&numbers), serde_json::to_string(&numbers).unwrap());
}

#[test]
fn paths_and_strings_of_the_system_are_text() {
    let path = PathBuf::from("/srv/\u{e9} \"a\"");
    let text = r#""/srv/é \"a\"""#;
    macro_rules! json {
        ($value:expr) => {{
            let value = $value;
            shown(&value, Probe::of(&value).flowtrace_kind(), 1024).0
        }};
    }
    assert_eq!(json!(path.as_path()), text);
    assert_eq!(json!(&path), text);
    assert_eq!(json!(path.as_os_str()), text);
    assert_eq!(json!(Cow::from(path.as_path())), text);
    assert_eq!(json!(Box::<OsStr>::from(path.as_os_str())), text);
    assert_eq!(json!(Some(path.clone().into_os_string())), text);
    assert_eq!(json!(None::<&Path>), "null");
    // what hides a secret in text hides it here
    assert_eq!(json!(OsString::from("token=hunter2")), r#""token=[redacted]""#);
    let long = PathBuf::from("/long".repeat(50));
    assert!(shown(&long, Probe::of(&long).flowtrace_kind(), 64).1);
}

#[cfg(unix)]
#[test]
fn what_of_a_path_is_no_unicode_is_replaced() {
    use std::os::unix::ffi::OsStrExt as _;
    let path = Path::new(OsStr::from_bytes(b"/a\xff/b"));
    assert_eq!(shown(&path, Probe::of(&path).flowtrace_kind(), 1024).0, "\"/a\u{fffd}/b\"");
}

#[test]
fn numbers_that_json_has_not_are_named() {
    assert_eq!(json(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]), r#"["NaN","Infinity","-Infinity"]"#);
    assert_eq!(json(&f32::NAN), r#""NaN""#);
}

#[test]
fn map_keys_become_strings() {
    assert_eq!(json(&BTreeMap::from([(1, 'a'), (2, 'b')])), r#"{"1":"a","2":"b"}"#);
    assert_eq!(json(&BTreeMap::from([((1, "x\"y"), 0)])), r#"{"[1,\"x\\\"y\"]":0}"#);
    assert_eq!(json(&BTreeMap::from([(Some('k'), 0)])), r#"{"k":0}"#);
}

#[test]
fn secrets_are_hidden_at_any_depth() {
    let map = BTreeMap::from([("api_key", 1), ("id", 2)]);
    assert_eq!(
        json(&(vec![LOGIN], map)),
        r#"[[{"user":"ann \"a\"","password":"[redacted]","tags":[]}],{"api_key":"[redacted]","id":2}]"#
    );
}

#[test]
fn secrets_are_hidden_in_what_debug_says() {
    assert_eq!(debug(&LOGIN), r#"Login { user: "ann \"a\"", password: [redacted], tags: [] }"#);
    let map = BTreeMap::from([("token", vec!["a, b"]), ("x", vec![])]);
    assert_eq!(debug(&map), r#"{"token": [redacted], "x": []}"#);
    let last = Secret { id: 1, api_key: Some(('"', Shape::Struct { token: 1, size: 1.0 })) };
    assert_eq!(debug(&last), "Secret { id: 1, api_key: [redacted] }");
    assert_eq!(debug("token: in a text"), r#""token: [redacted]""#);
    assert_eq!(debug(&format_args!("a::token::b: 1")), "a::token::b: 1");
}

#[test]
fn elements_are_shown_as_debug_shows_them() {
    fn check<T: Elements + fmt::Debug>(value: T) {
        let (shown, _) = shown(&value, AsElements, 1024);
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), format!("{value:?}"));
        assert_eq!(shown, super::tests::shown(&value, AsDebug, 1024).0);
    }
    let list = || [Shape::Unit, Shape::New(1), Shape::Tuple(2, "a\", {")];
    check(list());
    check(list().as_slice());
    check(Vec::from(list()).as_mut_slice());
    check(Vec::<Shape>::new());
    check(Box::new(VecDeque::from(list())));
    check(Rc::new(LinkedList::from(list())));
    check(BinaryHeap::from([1, 3, 2]));
    check(Arc::new(BTreeSet::from(["x", "y"])));
    check(HashSet::from([1]));
    check(BTreeMap::from([("k", Shape::Unit), ("\"", Shape::New(0))]));
    check(HashMap::from([('k', [[1, 2], [3, 4]])]));
    let secret = BTreeMap::from([("token", "a"), ("x", "b")]);
    assert!(shown(&secret, AsElements, 1024).0.contains("token\\\": [redacted], \\\"x"));
}

#[test]
fn secrets_are_known_by_the_name_beside_them() {
    #[derive(Serialize, Debug)]
    struct Password(&'static str);
    #[derive(Serialize, Debug)]
    struct ApiKey(&'static str, u8);
    #[derive(Serialize, Debug)]
    enum Credential {
        Secret(&'static str),
        Token(&'static str, u8),
        Cookie { value: &'static str },
    }
    let value = (
        ("password", "S3CR3T"),
        [("user", "ann"), ("authorization", "S3CR3T")],
        [Some(Password("S3CR3T"))],
        ApiKey("S3CR3T", 1),
        [Credential::Secret("S3CR3T"), Credential::Token("S3CR3T", 1)],
    );
    assert_eq!(
        json(&value),
        r#"[["password","[redacted]"],[["user","ann"],["authorization","[redacted]"]],["[redacted]"],"[redacted]",[{"Secret":"[redacted]"},{"Token":["[redacted]",1]}]]"#
    );
    assert_eq!(
        debug(&value),
        r#"(("password", [redacted]), [("user", "ann"), ("authorization", [redacted])], [Some(Password([redacted]))], ApiKey([redacted]), [Secret([redacted]), Token([redacted])])"#
    );
    assert_eq!(json(&Credential::Cookie { value: "S3CR3T" }), r#"{"Cookie":{"value":"[redacted]"}}"#);
    assert_eq!(json(&("user", "password", vec!["password", "x"])), r#"["user","password",["password","x"]]"#);
}

#[test]
fn secrets_are_hidden_in_strings() {
    struct Says;
    impl Serialize for Says {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(&format_args!("pass{}={}{}", "word", "S3C", "R3T"))
        }
    }
    assert_eq!(json(&["a=b", "password=S3CR3T"]), r#"["a=b","password=[redacted]"]"#);
    assert_eq!(
        json(&BTreeMap::from([("url", "postgres://u:S3CR3T@h")])),
        r#"{"url":"postgres://u:[redacted]@h"}"#
    );
    assert_eq!(json(&Says), r#""password=[redacted]""#);
    // a long one that is cut in the middle of the secret, or has it whole but for the rest
    let text = format!("{} password=S3CR3T and more", "x".repeat(40));
    for budget in 0..80 {
        let (shown, _) = shown(text.as_str(), AsSerialize, budget);
        assert!(!shown.contains("S3"), "{budget}: {shown}");
    }
}

#[test]
fn it_is_of_no_account_in_what_pieces_a_text_is_written() {
    struct Pieces<'a>(&'a str, usize, usize);
    impl fmt::Debug for Pieces<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let (first, rest) = self.0.split_at(self.1);
            let (second, third) = rest.split_at(self.2 - self.1);
            [first, second, third].into_iter().try_for_each(|piece| f.write_str(piece))
        }
    }
    let text =
        "L { pw: \"a\", u: \"postgres://u:p@h\" } Bearer x1 eyJhbGciOiJI.eyJz.c2 ghp_0123456789abcdefA";
    let whole = debug(&Pieces(text, 0, 0));
    assert_eq!(
        whole,
        "L { pw: [redacted], u: \"postgres://u:[redacted]@h\" } Bearer [redacted] [redacted] [redacted]"
    );
    for (first, second) in
        (0..=text.len()).flat_map(|first| (first..=text.len()).map(move |second| (first, second)))
    {
        assert_eq!(debug(&Pieces(text, first, second)), whole);
    }
}

#[test]
fn a_value_is_cut_at_its_budget_and_stays_json() {
    assert_eq!(shown(&vec![1; 100], AsSerialize, 8), (r#""[1,1,1,1…""#.to_owned(), true));
    assert_eq!(shown("é\"é", AsSerialize, 4), (r#""é\"…""#.to_owned(), true));
    assert_eq!(shown(&LOGIN, AsSerialize, 14), (r#""{\"user\":\"ann \\\"a…""#.to_owned(), true));
    // wherever it is cut, what is left is JSON; from some budget on it is not cut
    let value = (LOGIN, [Shape::Tuple(1, "x")], BTreeMap::from([((1, 2), 3)]));
    let cut: Vec<bool> = (0..200).map(|budget| shown(&value, AsSerialize, budget).1).collect();
    assert!(cut[0] && !cut[199] && cut.is_sorted_by_key(|cut| !cut));
    let cut: Vec<bool> = (0..200).map(|budget| shown(&LOGIN, AsDebug, budget).1).collect();
    assert!(cut[0] && !cut[199] && cut.is_sorted_by_key(|cut| !cut));
}

#[test]
fn a_value_that_nests_without_end_is_cut() {
    struct Deep;
    impl Serialize for Deep {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_newtype_struct("Deep", self)
        }
    }
    assert!(shown(&Deep, AsSerialize, usize::MAX).1);
}

#[test]
fn a_serializer_that_fails_says_why() {
    struct Fails(u8);
    impl Serialize for Fails {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("a", &[1, 2])?;
            match self.0 {
                0 => Err(S::Error::custom("no \"b\"")),
                // a key without its value
                1 => {
                    map.serialize_key("b")?;
                    map.end()
                }
                // the error is swallowed, and the rest goes on
                2 => {
                    let _ = map.serialize_entry("b", &Fails(0));
                    map.serialize_entry("c", &3)?;
                    map.end()
                }
                _ => panic!("no value"),
            }
        }
    }
    assert_eq!(json(&Fails(0)), r#""<not serializable: no \"b\">""#);
    assert_eq!(json(&[Fails(1)]), r#""<not serializable: its Serialize is broken>""#);
    assert_eq!(json(&Fails(2)), r#""<not serializable: its Serialize is broken>""#);
    assert_eq!(json(&Fails(3)), r#""<panicked>""#);
}

#[test]
fn json_that_a_value_brings_along_is_taken_if_it_is_json() {
    const RAW: &str = "$serde_json::private::RawValue";
    struct Raw(&'static str, &'static str);
    impl Serialize for Raw {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut raw = serializer.serialize_struct(self.0, 1)?;
            raw.serialize_field(self.0, self.1)?;
            raw.end()
        }
    }
    assert_eq!(json(&[Raw(RAW, "{\"a\" : [1,\n\"x\\\"\"]}")]), "[{\"a\" : [1,\n\"x\\\"\"]}]");
    assert_eq!(json(&Raw("$serde_json::private::Number", "1.50")), "1.50");
    assert_eq!(json(&[Raw(RAW, "[1")]), r#""<not serializable: its Serialize is broken>""#);
}

/// By `Serialize`, each byte counted from the first on.
#[derive(Clone, Copy)]
struct Exactly;

impl<T: Serialize + ?Sized> Capture<T> for Exactly {
    fn capture(self, value: &T, slot: &mut Slot<'_>) {
        slot.render(&mut |out| {
            out.go_exact();
            value.serialize(out)
        });
    }
}

#[test]
fn a_value_is_cut_at_the_same_byte_wherever_it_turned_out_not_to_fit() {
    let shapes = [Shape::Unit, Shape::New(7), Shape::Tuple(1, "two"), Shape::Struct { token: 1, size: 0.5 }];
    let keys: BTreeMap<_, _> = (0..9).map(|n| ((n, -n), Some(n * 1_000_003))).collect();
    let nested: BTreeMap<_, _> =
        [(BTreeMap::from([((1, 'x'), "y")]), ("password", "hidden")), (BTreeMap::new(), ("a", "b"))].into();
    let texts = ["plain", "password=hunter2 and more", "line\nbreak \"quoted\"", "∞é", ""];
    let numbers = (u64::MAX, i64::MIN, u128::MAX, f32::MIN, [f64::NAN, 1e300, -0.0], 'c', true, ());
    let value = (LOGIN, shapes, &keys, &nested, texts, numbers, Some(Some("inner")), json(&texts));
    let (whole, _) = shown(&value, AsSerialize, usize::MAX);
    for budget in 0..whole.len() + 30 {
        assert_eq!(shown(&value, AsSerialize, budget), shown(&value, Exactly, budget), "{budget}");
        assert_eq!(shown(&keys, AsSerialize, budget), shown(&keys, Exactly, budget), "{budget}");
        assert_eq!(shown(&nested, AsSerialize, budget), shown(&nested, Exactly, budget), "{budget}");
    }
}

/// Its keys are of its own type.
#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Nested(BTreeMap<Nested, u8>);

#[test]
fn keys_in_keys_do_not_grow_without_bound() {
    let nested = |depth| (0..depth).fold(Nested(BTreeMap::new()), |inner, _| Nested([(inner, 1)].into()));
    assert_eq!(shown(&nested(3), AsSerialize, 1024), (r#"{"{\"{\\\"{}\\\":1}\":1}":1}"#.to_owned(), false));
    for depth in [5, 60] {
        let (text, cut) = shown(&nested(depth), AsSerialize, usize::MAX);
        assert!(cut && text.len() < 500, "{text}");
    }
}

/// Says that it is a string of JSON, and has this many.
struct FakeRaw(u8);

impl Serialize for FakeRaw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = "$serde_json::private::RawValue";
        let mut raw = serializer.serialize_struct(name, 1)?;
        (0..self.0).try_for_each(|n| raw.serialize_field(name, &n.to_string()))?;
        raw.end()
    }
}

#[test]
fn json_as_the_value_has_it_is_one_value() {
    assert_eq!(json(&(FakeRaw(1), 2)), "[0,2]");
    for count in [0, 2] {
        let broken = r#""<not serializable: its Serialize is broken>""#;
        assert_eq!((json(&FakeRaw(count)), json(&[FakeRaw(count)])), (broken.to_owned(), broken.to_owned()));
    }
}

#[test]
fn what_is_not_shown_is_not_asked_for() {
    struct Touchy;
    impl fmt::Debug for Touchy {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("asked for more than there is room for")
        }
    }
    // with the quote, the bracket takes more than there is
    assert_eq!(shown(&[Touchy], AsElements, 1), ("\"…\"".to_owned(), true));
}
