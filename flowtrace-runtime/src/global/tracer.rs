//! What all traced calls of a process share: the filter, the limits, the share kept, the sink.
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::call::callsite;
use crate::drain::sink::Sink;
use crate::global::dictionary;
use crate::global::ended::end_all;
use crate::settings::config::{Config, Output};
use crate::settings::control::Changes;
use crate::settings::filter::Filter;
use crate::settings::keep::KeepNow;
use crate::settings::redact::Redact;
use crate::thread::state::{self, SAMPLES};
use crate::thread::thinning;

/// A running tracer: a plain value, of which `global/mod.rs` installs one for the process.
pub(crate) struct Tracer {
    /// Locked only by who keeps the callsites still: a fork finds it free.
    filter: Mutex<Filter>,
    pub(crate) redact: Redact,
    /// The bytes of a value that are rendered at most.
    pub(crate) budget: usize,
    /// A root is traced if the low half of its trace id, which is never 0, is at most this.
    sampled: AtomicU64,
    /// For the drainer.
    keep: Arc<KeepNow>,
    /// Opened for the first function that is traced; holds none if that failed, and then nothing is.
    sink: OnceLock<Option<Arc<Sink>>>,
    pub(crate) config: Config,
    /// Where the process was when it began, for its children.
    folder: PathBuf,
}

impl Tracer {
    pub(crate) fn new(config: &Config) -> Self {
        let budget = if config.max_value_bytes == 0 { usize::MAX } else { config.max_value_bytes };
        let sampled = AtomicU64::new(sampled(config.sample));
        note(config.sample);
        let keep = Arc::new(KeepNow::new(config.keep));
        let (filter, redact, config) =
            (Mutex::new(config.filter.clone()), config.redact.clone(), config.clone());
        let folder = std::env::current_dir().unwrap_or_default();
        Self { filter, redact, budget, sampled, keep, sink: OnceLock::new(), config, folder }
    }

    /// What the child of a fork goes on with: the same, wherever it has moved.
    pub(crate) fn config_of_child(&self) -> Config {
        let mut config = self.config.clone();
        if let Output::File(path) = &mut config.output {
            *path = self.folder.join(&*path);
        }
        config.control = self.control();
        config.filter = self.filter().clone();
        config.keep = self.keep.get();
        config.thin = thinning::now();
        config.sample = share(self.sampled.load(Ordering::Relaxed));
        config
    }

    /// The control file, wherever the process has moved.
    pub(crate) fn control(&self) -> Option<PathBuf> {
        Some(self.folder.join(&self.config.folder).join(self.config.control.as_ref()?))
    }

    /// Whether there is one to follow.
    pub(crate) fn is_controlled(&self) -> bool {
        self.config.control.is_some()
    }

    /// Takes settings that hold from now on. Calls that are open end as they began.
    pub(crate) fn change(&self, changes: Changes) {
        let Changes { filter, sample, keep, thin } = changes;
        if let Some(sample) = sample {
            note(sample);
            self.sampled.store(sampled(sample), Ordering::Relaxed);
        }
        if let Some(keep) = keep {
            self.keep.set(keep);
        }
        if let Some(thin) = thin {
            thinning::set(Some(thin));
        }
        if let Some(filter) = filter {
            self.set_filter(filter);
        }
    }

    /// Has each callsite decided again by `filter`.
    pub(crate) fn set_filter(&self, mut filter: Filter) {
        callsite::decide_again(|| std::mem::swap(&mut *self.filter(), &mut filter));
    }

    fn filter(&self) -> MutexGuard<'_, Filter> {
        self.filter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What of the filter has matched no function, if that is worth telling.
    pub(crate) fn unmatched(&self) -> Option<String> {
        let (functions, traced) = callsite::called()?;
        let unmatched = self.filter().unmatched(&functions);
        let nothing = if traced { "" } else { "; nothing was traced" };
        let names = "write paths as the keys `module` and `function` have them, `crate::module::function`";
        (!unmatched.is_empty()).then(|| {
            let unmatched = unmatched.join(", ");
            format!("{unmatched} of the filter matched no function that was called{nothing}; {names}")
        })
    }

    /// Opens the output now.
    ///
    /// # Errors
    /// One sentence that quotes the output which can't be opened.
    pub(crate) fn open(&self) -> Result<(), String> {
        // a child that is forked half way would hold what is being opened
        let _no_fork = callsite::hold();
        let sink = Sink::open(&self.config, end_all, &self.keep)
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
        self.filter().allows(module, function) && self.sink().is_some()
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
            let sink = Sink::open(&self.config, end_all, &self.keep);
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

    /// Whether the root call of the trace with this low half is one of those traced.
    #[inline]
    pub(crate) fn samples(&self, low: u64) -> bool {
        low <= self.sampled.load(Ordering::Relaxed)
    }
}

/// Up to which low half of a trace id its root is traced, for a share of them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of all of u64")]
fn sampled(share: f64) -> u64 {
    (share * 2f64.powi(64)) as u64
}

/// Has calls ask whether their root is kept, if not all are.
fn note(share: f64) {
    if share < 1.0 {
        state::set(SAMPLES, true);
    }
}

/// The share that [`sampled`] made a limit of.
#[expect(clippy::cast_precision_loss, reason = "a share has no more digits")]
fn share(sampled: u64) -> f64 {
    sampled as f64 / 2f64.powi(64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_roots_is_kept() {
        let kept = |sample| {
            let config = Config { sample, ..Config::default() };
            let tracer = Tracer::new(&config);
            let ids = crate::thread::id::Ids::new();
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
