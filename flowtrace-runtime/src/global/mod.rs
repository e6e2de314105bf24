//! What a process has one of: its tracer, its dictionary, its way through a fork and to its end.
pub(crate) mod captures;
mod control;
pub(crate) mod dictionary;
pub(crate) mod ended;
pub(crate) mod fork;
pub(crate) mod tracer;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::settings::config::{Config, ConfigError};
use crate::settings::filter::Filter;
use crate::thread::{local, thinning};
use control::Control;
use tracer::Tracer;

/// How many times over a child may be the child of a child: each generation has a tracer of its own, and none touches
/// what a fork may have left half done in the one before.
const GENERATIONS: usize = 64;
static TRACERS: [OnceLock<Tracer>; GENERATIONS] = [const { OnceLock::new() }; GENERATIONS];
static GENERATION: AtomicUsize = AtomicUsize::new(0);

#[inline]
fn slot() -> &'static OnceLock<Tracer> {
    &TRACERS[GENERATION.load(Ordering::Relaxed) % GENERATIONS]
}

/// How many forks lie between the process that began to trace and this one: tracers of different generations are different ones.
#[inline]
pub(crate) fn generation() -> usize {
    GENERATION.load(Ordering::Relaxed)
}

/// The process's tracer; the first call starts it from the environment unless [`init`] came before.
#[inline]
pub(crate) fn tracer() -> &'static Tracer {
    started().unwrap_or_else(start)
}

/// The tracer if there is one; starts none.
#[inline]
pub(crate) fn started() -> Option<&'static Tracer> {
    slot().get()
}

#[cold]
fn start() -> &'static Tracer {
    arrange();
    let mut control = None;
    let tracer = slot().get_or_init(|| {
        // the child of a fork goes on as its parent was told to
        let parent =
            GENERATION.load(Ordering::Relaxed).checked_sub(1).and_then(|parent| TRACERS[parent].get());
        let config = parent.map_or_else(Config::from_env, Tracer::config_of_child);
        thinning::set(config.thin);
        let tracer = Tracer::new(&config);
        control = Control::begin(&tracer);
        tracer
    });
    if let Some(control) = control {
        control.follow(tracer);
    }
    tracer
}

/// In the child of a fork: what the parent has is the parent's.
pub(crate) fn forked() {
    if let Some(sink) = started().and_then(Tracer::opened) {
        sink.leave_to_parent();
    }
    // the thread that follows the control file is the parent's: the next call starts one
    if started().is_some_and(Tracer::is_controlled) {
        crate::call::callsite::decide_again(|| {});
    }
    if GENERATION.load(Ordering::Relaxed) + 1 == GENERATIONS {
        ended::end_all();
    } else {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
}

/// Starts tracing with `config` in place of the environment. Call it before the first traced call:
/// without it, that call reads the environment.
///
/// ```
/// use flowtrace_runtime::{Config, init};
///
/// init(Config::builder().filter("off").build()?)?;
/// # Ok::<(), flowtrace_runtime::ConfigError>(())
/// ```
///
/// # Errors
/// The output can't be opened, or tracing has started already.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a configuration is used once, and may own handles one day"
)]
pub fn init(config: Config) -> Result<(), ConfigError> {
    let late =
        || ConfigError("tracing has started already; call init before the first traced call".to_owned());
    if started().is_some() {
        return Err(late());
    }
    arrange();
    let tracer = Tracer::new(&config);
    // before the control file, which may change it
    thinning::set(config.thin);
    let control = Control::begin(&tracer);
    tracer.open().map_err(ConfigError)?;
    let mut dictionary = dictionary::lock();
    slot().set(tracer).map_err(|second| {
        second.opened().inspect(|sink| sink.end());
        thinning::set(started().and_then(|first| first.config.thin));
        late()
    })?;
    if let Some(tracer) = started() {
        tracer.attach(&mut dictionary);
        drop(dictionary);
        if let Some(control) = control {
            control.follow(tracer);
        }
    }
    Ok(())
}

/// Changes which functions are traced, as `FLOWTRACE` has it. It holds for calls that begin from now on, on all threads;
/// calls that are open end as they began.
///
/// Where no traced call was made yet, it starts tracing with the environment's other settings; [`init`] comes before.
///
/// ```
/// use flowtrace_runtime::set_filter;
///
/// set_filter("shop::sql=off")?;
/// let error = set_filter("shop::sql=maybe").unwrap_err();
/// assert_eq!(error.to_string(), "filter: `shop::sql=maybe` is none of `on`, `off`, `module::path=on|off`");
/// # Ok::<(), flowtrace_runtime::ConfigError>(())
/// ```
///
/// # Errors
/// The filter can't be read; the one before stays.
pub fn set_filter(filter: &str) -> Result<(), ConfigError> {
    let filter = Filter::parse(filter).map_err(|problem| ConfigError(format!("filter: {problem}")))?;
    local::untraced(|| tracer().set_filter(filter));
    Ok(())
}

/// Has what is buffered written when the process ends, and each child of a fork trace for itself.
fn arrange() {
    static ARRANGED: AtomicBool = AtomicBool::new(false);
    extern "C" fn end() {
        if let Some(sink) = started().and_then(Tracer::opened).filter(|_| !ended::ended()) {
            local::with(local::Local::tell_all_counts);
            sink.end();
        }
        if let Some(problem) = local::untraced(|| started().and_then(Tracer::unmatched)) {
            crate::complain(&problem);
        }
        crate::diagnostics::end();
    }
    if ARRANGED.swap(true, Ordering::Relaxed) {
        return;
    }
    if !(crate::os::at_exit(end) && fork::arrange()) {
        crate::complain("the last lines may be lost: the system does not tell when the process ends");
    }
}
