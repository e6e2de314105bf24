//! A configuration made in code, setting by setting.
use std::path::PathBuf;

use crate::compact::{self, Compression};
use crate::settings::config::{self, Config, ConfigError, OnFull, Output, Thin};
use crate::settings::filter::Filter;
use crate::settings::keep::Keep;

/// Makes a [`Config`].
///
/// ```
/// use flowtrace_runtime::{Config, Output};
///
/// let config = Config::builder()
///     .filter("off,my_crate=on")
///     .output(Output::File("trace-{pid}.jsonl".into()))
///     .redact("iban")
///     .build()?;
/// # let _ = config;
/// # Ok::<(), flowtrace_runtime::ConfigError>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    config: Config,
    error: Option<ConfigError>,
}

impl Builder {
    /// Which functions are traced, as `FLOWTRACE` has it: `on`, `off`, `path=on`, `path=off`, with
    /// commas between; the longest path that leads to a function decides.
    pub fn filter(mut self, filter: &str) -> Self {
        match Filter::parse(filter) {
            Ok(filter) => self.config.filter = filter,
            Err(problem) => self.fail("filter", &problem),
        }
        self
    }

    /// Where the lines go. The default is [`Output::Stdout`].
    pub fn output(mut self, output: Output) -> Self {
        self.config.output = output;
        self
    }

    /// How many bytes of a value are rendered before it is cut. The default is 1024; 0 is no limit.
    pub fn max_value_bytes(mut self, bytes: usize) -> Self {
        self.config.max_value_bytes = bytes;
        self
    }

    /// A name whose values are secret, beside the default list.
    pub fn redact(mut self, name: &str) -> Self {
        self.config.redact.add(name);
        self
    }

    /// A name whose values are shown although the list has it, as `FLOWTRACE_REDACT=-name` does. Other names of the
    /// list stay secret: without `token` there is still `access_token`.
    ///
    /// ```
    /// use flowtrace_runtime::Config;
    ///
    /// let config = Config::builder().show("session").build()?;
    /// # let _ = config;
    /// # Ok::<(), flowtrace_runtime::ConfigError>(())
    /// ```
    pub fn show(mut self, name: &str) -> Self {
        self.config.redact.show(name);
        self
    }

    /// The share of root calls that are traced, from 0 to 1; what they call follows them. The default is 1.
    pub fn sample(mut self, share: f64) -> Self {
        if (0.0..=1.0).contains(&share) {
            self.config.sample = share;
        } else {
            self.fail("sample", &format!("`{share}` is not a number from 0 to 1"));
        }
        self
    }

    /// What a traced call does when the buffer is full. The default is [`OnFull::Block`].
    pub fn on_full(mut self, on_full: OnFull) -> Self {
        self.config.on_full = on_full;
        self
    }

    /// How many bytes of lines may wait to be written, rounded up to a power of two. The default is 8 MiB.
    pub fn buffer_bytes(mut self, bytes: usize) -> Self {
        match config::buffer(bytes) {
            Ok(bytes) => self.config.buffer_bytes = bytes,
            Err(problem) => self.fail("buffer_bytes", &problem),
        }
        self
    }

    /// How many bytes of lines a file takes before it is moved aside, as `trace.jsonl.1`, the next one as
    /// `trace.jsonl.2`, and a new one is begun. No line is split. The default is 0: no limit.
    pub fn max_file_bytes(mut self, bytes: u64) -> Self {
        self.config.max_file_bytes = bytes;
        self
    }

    /// How many files there are at most, the one that is written to included; the oldest goes. The default is 0: all
    /// are kept.
    pub fn max_files(mut self, files: usize) -> Self {
        self.config.max_files = files;
        self
    }

    /// Which trees of calls are written, as `FLOWTRACE_KEEP` has it: `errors`, those in which a call failed or panicked;
    /// `slower=50ms`, those in which a call took longer; both, with a comma between; `all`, the default.
    ///
    /// ```
    /// use flowtrace_runtime::Config;
    ///
    /// let config = Config::builder().keep("errors,slower=50ms").build()?;
    /// # let _ = config;
    /// # Ok::<(), flowtrace_runtime::ConfigError>(())
    /// ```
    pub fn keep(mut self, keep: &str) -> Self {
        match Keep::parse(keep) {
            Ok(keep) => self.config.keep = keep,
            Err(problem) => self.fail("keep", &problem),
        }
        self
    }

    /// A small file of settings that is looked at once a second: what it says of `filter`, `sample` and `keep` holds from then
    /// on, also if it is there before the first call. There need not be such a file.
    ///
    /// ```
    /// use flowtrace_runtime::Config;
    ///
    /// // off, until somebody writes `filter = "on"` into the file
    /// let config = Config::builder().filter("off").control("flowtrace.toml").build()?;
    /// # let _ = config;
    /// # Ok::<(), flowtrace_runtime::ConfigError>(())
    /// ```
    pub fn control(mut self, path: impl Into<PathBuf>) -> Self {
        self.config.control = Some(path.into());
        self
    }

    /// How many bytes of lines this process writes, to all its files together. Beyond that, the trace has the calls that fail, with
    /// all that led to them, and counts of the others. Calls that are open then still get their closing lines. The default is 0: no
    /// limit.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.config.max_bytes = bytes;
        self
    }

    /// Leaves out calls of functions that are called often: once a function was called `hot_after` times, `kept` of its calls
    /// below each caller are written. The others are left out with all that they call, and told in `COUNT` lines. What
    /// returns an `Err` or panics is written always, with all that led to it. By default nothing is left out.
    ///
    /// ```
    /// use flowtrace_runtime::Config;
    ///
    /// let config = Config::builder().thin(100, 10).build()?;
    /// # let _ = config;
    /// # Ok::<(), flowtrace_runtime::ConfigError>(())
    /// ```
    pub fn thin(mut self, hot_after: u32, kept: u32) -> Self {
        self.config.thin = Some(Thin { hot_after, kept });
        self
    }

    /// How the blocks of a compact file are compressed, which is one whose path ends in `.ft`. The default is
    /// [`Compression::None`].
    pub fn compress(mut self, compression: Compression) -> Self {
        match compact::named(&compression.to_string()) {
            Ok(compression) => self.config.compress = compression,
            Err(problem) => self.fail("compress", &problem),
        }
        self
    }

    /// The finished configuration.
    ///
    /// # Errors
    /// The first value given that can't be taken.
    pub fn build(self) -> Result<Config, ConfigError> {
        self.error.map_or(Ok(self.config), Err)
    }

    fn fail(&mut self, setting: &str, problem: &str) {
        self.error.get_or_insert_with(|| ConfigError(format!("{setting}: {problem}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_builder_tells_the_first_bad_value() {
        let error = Config::builder().sample(2.0).filter("x=y").build().unwrap_err();
        assert_eq!(error.to_string(), "sample: `2` is not a number from 0 to 1");
    }
}
