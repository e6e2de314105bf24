//! What all traced calls of a process share: the filter, the limits, the share kept, the sink.
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::call::callsite;
use crate::drain::sink::Sink;
use crate::global::dictionary;
use crate::settings::config::{Config, Output};
use crate::settings::filter::Filter;
use crate::settings::redact::Redact;

/// A running tracer: a plain value, of which `global/mod.rs` installs one for the process.
pub(crate) struct Tracer {
    pub(crate) filter: Filter,
    pub(crate) redact: Redact,
    /// The bytes of a value that are rendered at most.
    pub(crate) budget: usize,
    /// A root is kept if the low half of its trace id is at most this; `None` keeps none.
    keep: Option<u64>,
    /// Opened for the first function that is traced; holds none if that failed, and then nothing is.
    sink: OnceLock<Option<Arc<Sink>>>,
    pub(crate) config: Config,
    /// Where the process was when it began, for its children.
    folder: PathBuf,
}

impl Tracer {
    pub(crate) fn new(config: &Config) -> Self {
        let budget = if config.max_value_bytes == 0 { usize::MAX } else { config.max_value_bytes };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of all of u64")]
        let keep = (config.sample > 0.0).then(|| (config.sample * 2f64.powi(64)) as u64);
        let (filter, redact, config) = (config.filter.clone(), config.redact.clone(), config.clone());
        let folder = std::env::current_dir().unwrap_or_default();
        Self { filter, redact, budget, keep, sink: OnceLock::new(), config, folder }
    }

    /// What the child of a fork goes on with: the same, wherever it has moved.
    pub(crate) fn config_of_child(&self) -> Config {
        let mut config = self.config.clone();
        if let Output::File(path) = &mut config.output {
            *path = self.folder.join(&*path);
        }
        config
    }

    /// Opens the output now.
    ///
    /// # Errors
    /// One sentence that quotes the output which can't be opened.
    pub(crate) fn open(&self) -> Result<(), String> {
        // a child that is forked half way would hold what is being opened
        let _no_fork = callsite::hold();
        let sink = Sink::open(&self.config)
            .map_err(|error| format!("cannot write the trace to {}: {error}", self.config.output))?;
        self.sink.get_or_init(|| Some(sink));
        Ok(())
    }

    /// Has the dictionary kept beside the ring. Whoever holds the dictionary has nobody push until then.
    pub(crate) fn attach(&self, dictionary: &mut dictionary::Guard) {
        if let Some(Some(sink)) = self.sink.get() {
            dictionary.attach(sink);
        }
    }

    /// Whether `function` of `module` is traced. A filter that lets nothing through opens nothing.
    pub(crate) fn traces(&self, module: &str, function: &str) -> bool {
        self.filter.allows(module, function) && self.sink().is_some()
    }

    /// Where the lines go; opened if it is not yet.
    #[inline]
    pub(crate) fn sink(&self) -> Option<&Sink> {
        match self.sink.get() {
            Some(sink) => sink.as_deref(),
            None => self.open_or_complain(),
        }
    }

    #[cold]
    fn open_or_complain(&self) -> Option<&Sink> {
        let sink = self.sink.get_or_init(|| {
            let sink = Sink::open(&self.config);
            sink.inspect_err(|error| {
                let output = &self.config.output;
                crate::complain(&format!("cannot write the trace to {output}: {error}; nothing is traced"));
            })
            .ok()
            // before anybody can push
            .inspect(|sink| dictionary::lock().attach(sink))
        });
        sink.as_deref()
    }

    /// Where the lines go, if any ever did.
    pub(crate) fn opened(&self) -> Option<&Sink> {
        self.sink.get()?.as_deref()
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

    #[test]
    fn the_share_of_roots_is_kept() {
        let kept = |sample| {
            let config = Config { sample, ..Config::default() };
            let tracer = Tracer::new(&config);
            let mut ids = crate::thread::id::Ids::new();
            (0..100_000).filter(|_| tracer.samples(ids.span())).count()
        };
        assert_eq!((kept(0.0), kept(1.0)), (0, 100_000));
        assert!((24_000..26_000).contains(&kept(0.25)));
    }

    #[test]
    fn an_output_that_cannot_be_opened_is_named() {
        let output = Output::File("/nowhere/at/all".into());
        let problem = Tracer::new(&Config { output, ..Config::default() }).open().unwrap_err();
        assert_eq!(
            problem,
            "cannot write the trace to `/nowhere/at/all`: No such file or directory (os error 2)"
        );
    }
}
