//! The views on a trace in memory.
use std::io::{self, Write};

use crate::failure::Outcome;
use crate::filter::Selection;
use crate::names::Names;
use crate::read::{self, Brief, By, LeftOut, Mode, Record, Sink};
use crate::view::Paper;
use crate::view::filter::Filter;
use crate::view::flame::{Stacks, Weight};
use crate::view::live::LiveView;
use crate::view::perfetto::Perfetto;
use crate::view::stats::Counts;
use crate::view::tree::{Layout, TreeView};

/// What the views make of the trace in `bytes`, one after another: `tree`, `tree --follow`, `stats`, `flame` (its
/// stacks as text) and `perfetto`. Any bytes will do.
///
/// ```
/// let trace = br#"{"timestamp":1635789012345,"event":"ENTER","thread":"main","module":"shop","function":"buy","args":"{\"id\":1}","nanos":7,"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7"}"#;
/// assert!(flowtrace_cli::show(trace).contains("◌ shop::buy(id: 1)"));
/// assert!(!flowtrace_cli::show(b"no trace").contains("shop"));
/// ```
pub fn show(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    let views = || {
        let mut view = TreeView::new(Filter::default(), Selection::default(), Layout::PLAIN, &mut out);
        read(bytes, &mut view)?;
        view.finish()?;
        let mut view =
            LiveView::new(Filter::default(), Selection::default(), None, true, Paper::PLAIN, &mut out);
        read(bytes, &mut view)?;
        view.finish()?;
        let mut counting =
            Counting { names: Names::default(), counts: Counts::default(), stacks: Stacks::new(Weight::Own) };
        read(bytes, &mut counting)?;
        counting.finish(&mut out)?;
        let names = || vec!["memory".to_owned()];
        let mut view = Perfetto::new(names(), Selection::default(), true, &mut out);
        read(bytes, &mut view)?;
        view.finish()?;
        let mut view = Perfetto::new(names(), Selection::default(), false, io::sink());
        read(bytes, &mut view)?;
        view.finish().map(drop)
    };
    // memory takes all that is written, and reading leaves out what it can't read
    let done: Outcome = { views }();
    debug_assert!(done.is_ok());
    String::from_utf8_lossy(&out).into_owned()
}

fn read(bytes: &[u8], view: &mut impl Sink) -> Outcome {
    read::each_of(bytes.to_vec(), Mode::default(), view).map(drop)
}

/// The views that count calls.
struct Counting {
    names: Names,
    counts: Counts,
    stacks: Stacks,
}

impl Counting {
    fn take(&mut self, brief: &Brief) {
        self.counts.take(brief, true);
        self.stacks.take(brief, true);
    }

    fn finish(mut self, out: &mut impl Write) -> Outcome {
        let mut all = Selection::default();
        self.stacks.end(&mut all);
        self.counts.table(By::Function, &self.names, &mut all).write(Paper::PLAIN, out)?;
        let folded = self.stacks.folded(&self.names);
        folded.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        if !folded.is_empty() {
            self.stacks.draw(&folded, &mut io::sink())?;
        }
        Ok(())
    }
}

impl Sink for Counting {
    fn call(&mut self, record: &Record<'_>) -> Outcome {
        let key = By::Function.key(&record.path, record.thread, &mut self.names);
        self.take(&Brief::of(record, key));
        Ok(())
    }

    fn left_out(&mut self, calls: &LeftOut<'_>) -> Outcome {
        let key = By::Function.key(&calls.path, calls.thread, &mut self.names);
        self.take(&Brief::of_left_out(calls, key));
        Ok(())
    }
}
