//! How many pieces a purchase is for: told in the query, in a JSON or form body, or not at all.

use hyper::{
    Method,
    header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap},
    http::request::Parts,
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    error::HttpError,
    query::{pairs, positive},
};

const NAME: &str = "quantity";

/// The quantity that a request tells; 1 where it tells none.
pub(super) fn quantity(head: &Parts, body: &[u8]) -> Result<i64, HttpError> {
    let mut told = Vec::new();
    for pair in pairs(head.uri.query().unwrap_or_default()) {
        let (name, value) = pair?;
        if name == NAME {
            told.push(positive(&value).ok_or_else(HttpError::invalid_quantity)?);
        }
    }
    // A GET's body means nothing.
    if head.method == Method::POST && !body.is_empty() {
        told.extend(in_body(&head.headers, body)?);
    }
    let first = told.first().copied().unwrap_or(1);
    // Which of two would be meant, nobody knows.
    if told.iter().any(|&other| other != first) {
        return Err(HttpError::contradictory_quantity());
    }
    Ok(first)
}

fn in_body(headers: &HeaderMap, body: &[u8]) -> Result<Vec<i64>, HttpError> {
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(HttpError::unknown_body());
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        in_json(body)
    } else if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        in_form(body)
    } else {
        Err(HttpError::unknown_body())
    }
}

/// All that a JSON body may hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default = "one")]
    quantity: Value,
}

fn one() -> Value {
    1.into()
}

fn in_json(body: &[u8]) -> Result<Vec<i64>, HttpError> {
    // Of an array serde would take the first element for the first field.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(HttpError::unknown_field());
    }
    let wanted: Wanted = serde_json::from_slice(body).map_err(|error| {
        if error.is_data() { HttpError::unknown_field() } else { HttpError::invalid_json() }
    })?;
    let quantity = wanted.quantity.as_i64().filter(|&quantity| quantity > 0);
    quantity.map(|quantity| vec![quantity]).ok_or_else(HttpError::invalid_quantity)
}

fn in_form(body: &[u8]) -> Result<Vec<i64>, HttpError> {
    let form = str::from_utf8(body).map_err(|_| HttpError::broken_body())?;
    pairs(form)
        .map(|pair| {
            let (name, value) = pair?;
            if name != NAME {
                return Err(HttpError::unknown_field());
            }
            positive(&value).ok_or_else(HttpError::invalid_quantity)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    const JSON: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded";

    fn post(query: &str, kind: &str, body: &str) -> Result<i64, u16> {
        let request = Request::post(format!("/products/1/purchase?{query}")).header(CONTENT_TYPE, kind);
        let (head, ()) = request.body(()).expect("a request").into_parts();
        quantity(&head, body.as_bytes()).map_err(|error| error.status().as_u16())
    }

    #[test]
    fn a_quantity_is_found_wherever_it_is_told() {
        assert_eq!(post("", "", ""), Ok(1));
        assert_eq!(post("quantity=3", "", ""), Ok(3));
        assert_eq!(post("", JSON, r#"{"quantity":5}"#), Ok(5));
        assert_eq!(post("", "Application/JSON; charset=utf-8", r#" {"quantity": 5} "#), Ok(5));
        assert_eq!(post("", JSON, "{}"), Ok(1));
        assert_eq!(post("", FORM, "quantity=5"), Ok(5));
        assert_eq!(post("", FORM, "quantit%79=%35&"), Ok(5));
    }

    #[test]
    fn what_is_told_twice_must_be_the_same() {
        assert_eq!(post("quantity=5", JSON, r#"{"quantity":5}"#), Ok(5));
        assert_eq!(post("quantity=5&quantity=5", FORM, "quantity=5"), Ok(5));
        assert_eq!(post("quantity=5", JSON, r#"{"quantity":6}"#), Err(400));
        assert_eq!(post("quantity=5&quantity=6", "", ""), Err(400));
        assert_eq!(post("", FORM, "quantity=5&quantity=6"), Err(400));
        assert_eq!(post("", JSON, r#"{"quantity":5,"quantity":6}"#), Err(400));
    }

    #[test]
    fn what_is_not_understood_buys_nothing() {
        for value in ["0", "-1", "5.0", "1e3", "\"5\"", "null", "[5]", "true", "9223372036854775808"] {
            assert_eq!(post("", JSON, &format!(r#"{{"quantity":{value}}}"#)), Err(400), "{value}");
        }
        for body in ["{", "[]", "5", "", "{}{}", r#"{"qty":5}"#, r#"{"Quantity":5}"#, "\u{feff}{}"] {
            let expected = if body.is_empty() { Ok(1) } else { Err(400) };
            assert_eq!(post("", JSON, body), expected, "{body}");
        }
        for body in ["quantity=", "quantity=0", "quantity=+5", "qty=5", "%FF=5"] {
            assert_eq!(post("", FORM, body), Err(400), "{body}");
        }
        for kind in ["", "text/plain", "application/jsonx", "multipart/form-data; boundary=x"] {
            assert_eq!(post("", kind, "quantity=5"), Err(415), "{kind}");
        }
    }
}
