//! What cargo says of what it has built, a JSON object a line.
use std::path::PathBuf;

use serde::Deserialize;

/// A crate whose files are there.
#[derive(Debug, Deserialize)]
pub(super) struct Artifact {
    reason: String,
    pub(super) target: ArtifactTarget,
    #[serde(default)]
    pub(super) filenames: Vec<PathBuf>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ArtifactTarget {
    pub(super) name: String,
    pub(super) kind: Vec<String>,
}

impl Artifact {
    /// Reads a line; cargo says other things as well.
    pub(super) fn of(line: &[u8]) -> Option<Self> {
        let artifact: Self = serde_json::from_slice(line).ok()?;
        (artifact.reason == "compiler-artifact").then_some(artifact)
    }
}
