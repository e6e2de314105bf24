//! Who is answered: the page that this command opened, and nobody else.
//!
//! Other users of the machine do not know the token. Other pages in the user's browser do not either, and can't pass
//! for this one: a name that somebody lets point to 127.0.0.1 shows in `Host`, a page of another origin in `Origin`.
use hyper::header::{HOST, ORIGIN};
use hyper::{HeaderMap, StatusCode};

/// How many bytes of chance a token has.
const TOKEN: usize = 16;

/// What a request has to show.
pub(super) struct Guard {
    pub(super) token: String,
    port: u16,
}

impl Guard {
    pub(super) fn new(port: u16) -> Result<Self, getrandom::Error> {
        let mut random = [0; TOKEN];
        getrandom::fill(&mut random)?;
        Ok(Self { token: format!("{:032x}", u128::from_ne_bytes(random)), port })
    }

    /// The page's address.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/?t={}", self.port, self.token)
    }

    /// Why a request is turned away, if it is. Files of the page hold no secret and need no token.
    pub(super) fn refuses(
        &self,
        headers: &HeaderMap,
        token: Option<&str>,
        is_public: bool,
    ) -> Option<StatusCode> {
        let names = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port));
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        if !names.iter().any(|name| name == host) {
            return Some(StatusCode::MISDIRECTED_REQUEST);
        }
        if let Some(origin) = headers.get(ORIGIN) {
            let origin = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
            if origin != Some(host) {
                return Some(StatusCode::FORBIDDEN);
            }
        }
        let shown = headers.get("x-flowtrace-token").and_then(|token| token.to_str().ok()).or(token);
        let is_right = shown.is_some_and(|shown| same(shown.as_bytes(), self.token.as_bytes()));
        (!is_public && !is_right).then_some(StatusCode::UNAUTHORIZED)
    }
}

/// Takes as long whatever the first difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_itself_is_answered() {
        let guard = Guard::new(4000).unwrap();
        let asked = |host: &str, origin: Option<&str>, token: Option<&str>, is_public: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            guard.refuses(&headers, token, is_public).map(|status| status.as_u16())
        };
        let token = Some(&*guard.token);
        assert_eq!(asked("127.0.0.1:4000", None, token, false), None);
        assert_eq!(asked("localhost:4000", Some("http://localhost:4000"), token, false), None);
        assert_eq!(asked("127.0.0.1:4000", None, None, true), None);
        assert_eq!(asked("127.0.0.1:4000", None, None, false), Some(401));
        assert_eq!(asked("127.0.0.1:4000", None, Some("0"), false), Some(401));
        assert_eq!(asked("evil.example:4000", None, token, true), Some(421));
        assert_eq!(asked("127.0.0.1:4001", None, token, false), Some(421));
        assert_eq!(asked("127.0.0.1:4000", Some("http://evil.example"), token, true), Some(403));
        assert_eq!(asked("127.0.0.1:4000", Some("null"), token, false), Some(403));
        assert_ne!(guard.token, Guard::new(4000).unwrap().token);
    }
}
