//! What all traced calls of a process share: the filter, the limits, the share kept, the sink.
use std::sync::Arc;

use crate::config::Config;
use crate::filter::Filter;
use crate::redact::Redact;
use crate::sink::Sink;

/// A running tracer: a plain value, of which `config.rs` installs one for the process.
pub(crate) struct Tracer {
    pub(crate) filter: Filter,
    pub(crate) redact: Redact,
    /// The bytes of a value that are rendered at most.
    pub(crate) budget: usize,
    /// A root is kept if the low half of its trace id is at most this; `None` keeps none.
    keep: Option<u64>,
    /// Absent if the output could not be opened: then nothing is traced.
    sink: Option<Arc<Sink>>,
    pub(crate) config: Config,
}

impl Tracer {
    /// Opens the output and starts to trace.
    ///
    /// # Errors
    /// One sentence that quotes the output which can't be opened.
    pub(crate) fn start(config: &Config) -> Result<Self, String> {
        let sink = Sink::open(config)
            .map_err(|error| format!("cannot write the trace to {}: {error}", config.output))?;
        Ok(Self::with(config, Some(sink)))
    }

    /// A tracer that traces nothing, for want of an output.
    pub(crate) fn silent(config: &Config) -> Self {
        Self::with(config, None)
    }

    fn with(config: &Config, sink: Option<Arc<Sink>>) -> Self {
        let budget = if config.max_value_bytes == 0 { usize::MAX } else { config.max_value_bytes };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of all of u64")]
        let keep = (config.sample > 0.0).then(|| (config.sample * 2f64.powi(64)) as u64);
        let (filter, redact, config) = (config.filter.clone(), config.redact.clone(), config.clone());
        Self { filter, redact, budget, keep, sink, config }
    }

    /// Whether the filter lets `function` of `module` through.
    pub(crate) fn traces(&self, module: &str, function: &str) -> bool {
        self.sink.is_some() && self.filter.allows(module, function)
    }

    /// Where the lines go.
    #[inline]
    pub(crate) fn sink(&self) -> Option<&Sink> {
        self.sink.as_deref()
    }

    /// Whether the root call of the trace with this low half is one of those kept.
    #[inline]
    pub(crate) fn samples(&self, low: u64) -> bool {
        self.keep.is_some_and(|keep| low <= keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Output;

    #[test]
    fn the_share_of_roots_is_kept() {
        let kept = |sample| {
            let config = Config { sample, ..Config::default() };
            let tracer = Tracer::silent(&config);
            let mut ids = crate::id::Ids::new();
            (0..100_000).filter(|_| tracer.samples(ids.span())).count()
        };
        assert_eq!((kept(0.0), kept(1.0)), (0, 100_000));
        assert!((24_000..26_000).contains(&kept(0.25)));
    }

    #[test]
    fn an_output_that_cannot_be_opened_is_named() {
        let output = Output::File("/nowhere/at/all".into());
        let problem = Tracer::start(&Config { output, ..Config::default() }).err().unwrap();
        assert_eq!(
            problem,
            "cannot write the trace to `/nowhere/at/all`: No such file or directory (os error 2)"
        );
    }
}
