//! The files of the page. A module stands behind those that it imports.

/// A file of the page.
pub(super) struct Asset {
    /// Where it is asked for.
    pub(super) path: &'static str,
    pub(super) kind: &'static str,
    pub(super) text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page itself.
pub(super) const INDEX: Asset =
    Asset { path: "/", kind: "text/html; charset=utf-8", text: include_str!("page/index.html") };

/// What it loads.
pub(super) const FILES: &[Asset] =
    &[Asset { path: "/main.js", kind: SCRIPT, text: include_str!("page/main.js") }];
