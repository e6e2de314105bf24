//! The views on a trace in memory.
use crate::failure::Outcome;
use crate::read::{self, Mode, Sink};
use crate::view::Paper;
use crate::view::filter::Filter;
use crate::view::live::LiveView;
use crate::view::perfetto::Perfetto;
use crate::view::tree::TreeView;

/// What the views that print calls make of the trace in `bytes`, one after another: `tree`, `tree --follow` and
/// `perfetto`. Any bytes will do.
///
/// ```
/// let trace = br#"{"timestamp":1635789012345,"event":"ENTER","thread":"main","module":"shop","function":"buy","args":"{\"id\":1}","nanos":7,"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7"}"#;
/// assert!(flowtrace_cli::show(trace).contains("◌ shop::buy(id: 1)"));
/// assert!(!flowtrace_cli::show(b"no trace").contains("shop"));
/// ```
pub fn show(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    let tree = || {
        let mut view = TreeView::new(Filter::default(), None, Paper::PLAIN, &mut out);
        read(bytes, &mut view)?;
        view.finish()?;
        let mut view = LiveView::new(Filter::default(), None, Paper::PLAIN, &mut out);
        read(bytes, &mut view)?;
        view.finish()?;
        let mut view = Perfetto::new(vec!["memory".to_owned()], &mut out);
        read(bytes, &mut view)?;
        view.finish()
    };
    // memory takes all that is written, and reading leaves out what it can't read
    let done: Outcome = { tree }();
    debug_assert!(done.is_ok());
    String::from_utf8_lossy(&out).into_owned()
}

fn read(bytes: &[u8], view: &mut impl Sink) -> Outcome {
    read::each_of(bytes.to_vec(), Mode::default(), view).map(drop)
}
