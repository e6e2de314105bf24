//! What tells the requests of one function apart: words among its arguments, with their numbers taken out.
use crate::text::Pairs;

/// A function with more endpoints than this is one endpoint: its arguments are data.
pub(super) const MOST: u8 = 50;
/// Longer arguments are data.
const LONGEST: usize = 80;

/// The words among `args` (`GET /products/{}`); `None` where there are none.
pub(super) fn words(args: &str) -> Option<String> {
    if args.len() > 4096 {
        return None;
    }
    let Pairs(pairs) = serde_json::from_str(args).ok()?;
    let mut out = String::new();
    for (_, value) in pairs {
        let Ok(text) = serde_json::from_str::<String>(value.get()) else { continue };
        let text = text.split(['?', '#']).next().unwrap_or_default();
        let is_word = |c: char| c.is_ascii_alphanumeric() || "-_./:*{}".contains(c);
        if text.is_empty() || text.len() > LONGEST || !text.chars().all(is_word) {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        without_numbers(text, &mut out);
    }
    (!out.is_empty()).then_some(out)
}

/// Segments of a path that hold a digit are data.
fn without_numbers(text: &str, out: &mut String) {
    for (i, segment) in text.split('/').enumerate() {
        if i > 0 {
            out.push('/');
        }
        let is_version = segment.len() <= 3 && segment.starts_with('v');
        let is_data = segment.bytes().any(|byte| byte.is_ascii_digit()) && !is_version;
        out.push_str(if is_data { "{}" } else { segment });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_and_numbers_go() {
        for (args, expected) in [
            (r#"{"method":"GET","uri":"/products/17?full=1"}"#, Some("GET /products/{}")),
            (r#"{"method":"POST","uri":"/v2/orders/ord_42/items"}"#, Some("POST /v2/orders/{}/items")),
            (r#"{"id":7}"#, None),
            (r#"{"message":"listening on http"}"#, None),
            ("no JSON", None),
        ] {
            assert_eq!(words(args).as_deref(), expected, "{args}");
        }
    }
}
