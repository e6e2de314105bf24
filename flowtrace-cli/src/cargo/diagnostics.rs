//! What the compiler says on stderr, a JSON object a line.
use serde::Deserialize;

/// A line.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    #[serde(rename = "$message_type", default)]
    kind: String,
    #[serde(default)]
    level: String,
    #[serde(rename = "message", default)]
    text: String,
    #[serde(default)]
    spans: Vec<Pointed>,
    #[serde(default)]
    children: Vec<Message>,
}

#[derive(Debug, Deserialize)]
struct Pointed {
    file_name: String,
    line_start: usize,
    expansion: Option<Box<Expansion>>,
}

#[derive(Debug, Deserialize)]
struct Expansion {
    span: Pointed,
}

impl Message {
    pub(super) fn of(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    /// Whether it tells that a file is ready, which cargo waits for.
    pub(super) fn is_artifact(&self) -> bool {
        self.kind == "artifact"
    }

    /// What is wrong, if it is an error.
    pub(super) fn error(&self) -> Option<&str> {
        self.level.starts_with("error").then_some(&*self.text)
    }

    /// The files and lines that it points to, the tracer's macro seen from where it stands.
    pub(super) fn places(&self) -> Vec<(&str, usize)> {
        let mut places = Vec::new();
        for mut span in &self.spans {
            loop {
                places.push((&*span.file_name, span.line_start));
                let Some(expansion) = &span.expansion else { break };
                span = &expansion.span;
            }
        }
        places.extend(self.children.iter().flat_map(Message::places));
        places
    }
}
