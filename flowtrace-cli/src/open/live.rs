//! Says when the trace has grown: an event with what there is now.
use std::sync::Arc;
use std::time::Duration;

use http_body_util::channel::Channel;
use http_body_util::combinators::BoxBody;
use hyper::body::Bytes;

use super::answer;
use super::ask::Ask;
use super::server::{Body, Server};
use super::trace::Trace;

/// How often it is looked whether a file has grown.
const EVERY: Duration = Duration::from_millis(500);
/// Nothing happened for so many looks: a line that says nothing shows whether somebody still listens.
const QUIET: u32 = 20;

/// The events, for as long as the other side takes them.
pub(super) fn follow(server: &Server) -> Body {
    let (mut sender, body) = Channel::new(4);
    let trace = Arc::clone(&server.trace);
    tokio::spawn(async move {
        let (mut known, mut quiet) = (trace.index(), 0);
        let mut event = Bytes::from_static(b": the trace is followed\n\n");
        loop {
            if !event.is_empty() && sender.send_data(event).await.is_err() {
                return;
            }
            tokio::time::sleep(EVERY).await;
            event = Bytes::new();
            quiet += 1;
            let (looked, before) = (Arc::clone(&trace), Arc::clone(&known));
            let news = tokio::task::spawn_blocking(move || look(&looked, &before));
            if let Ok(Some((index, info))) = news.await {
                (known, quiet) = (index, 0);
                event = info;
            } else if quiet == QUIET {
                quiet = 0;
                event = Bytes::from_static(b":\n\n");
            }
        }
    });
    BoxBody::new(body)
}

/// The newest index and an event about it, if it is not `before`.
fn look(trace: &Trace, before: &Arc<crate::index::Index>) -> Option<(Arc<crate::index::Index>, Bytes)> {
    trace.refresh();
    let index = trace.index();
    if Arc::ptr_eq(&index, before) {
        return None;
    }
    let info = answer::to(trace, "info", &Ask::default()).ok()?;
    let event = [b"event: info\ndata: ", &*info, b"\n\n"].concat();
    Some((index, event.into()))
}
