//! A call as a row of a list.
use serde::Serialize;

use super::value::Values;
use crate::index::{Index, NONE};

/// So much of each value is in a row.
const LONGEST: usize = 1_000;

/// A call in a list.
#[derive(Debug, Serialize)]
pub(super) struct CallRow {
    pub(super) call: u32,
    pub(super) start: u64,
    pub(super) duration: u64,
    pub(super) busy: Option<u64>,
    #[serde(rename = "fn")]
    pub(super) function: u32,
    pub(super) track: Option<u32>,
    pub(super) flags: u16,
    pub(super) calls: u32,
    pub(super) parent: Option<u32>,
    pub(super) root: u32,
    #[serde(flatten)]
    pub(super) values: Values,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) endpoint: Option<String>,
    /// Whether it is chosen itself, where calls are listed that lead to chosen ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hit: Option<bool>,
    /// How many calls failed in its tree, if it is listed as a root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failed: Option<u32>,
    /// Where a value was found.
    #[serde(rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub(super) places: Vec<String>,
}

impl CallRow {
    pub(super) fn of(index: &Index, call: u32) -> Self {
        Self {
            call,
            start: index.start(call).saturating_sub(index.names.origin),
            duration: index.duration(call),
            busy: index.busy(call),
            function: index.function(call),
            track: Some(index.track(call)).filter(|track| *track != NONE),
            flags: index.flags(call),
            calls: index.size(call),
            parent: index.parent(call),
            root: index.root(call),
            values: Values::of(index, call, LONGEST),
            endpoint: None,
            hit: None,
            failed: None,
            places: Vec::new(),
        }
    }
}
