//! The settings, as code or the environment gives them.
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::builder::Builder;
use crate::compact::{self, Compression};
use crate::os;
use crate::os::start;
pub use crate::ring::on_full::OnFull;
use crate::settings::filter::Filter;
use crate::settings::keep::Keep;
use crate::settings::redact::Redact;

/// Where the lines of a trace are written.
///
/// ```
/// use flowtrace_runtime::Output;
///
/// assert_eq!(Output::default(), Output::Stdout);
/// assert_eq!(Output::File("trace-{pid}.jsonl".into()).to_string(), "`trace-{pid}.jsonl`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Output {
    /// Standard output, so that `program | jq` works.
    #[default]
    Stdout,
    /// Standard error.
    Stderr,
    /// A file, which is appended to; `{pid}` in its path stands for the process id. Where the path ends in `.ft`, the
    /// file is a compact one: `flowtrace cat` prints its lines.
    File(PathBuf),
}

/// As it is named in messages.
impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("stdout"),
            Self::Stderr => f.write_str("stderr"),
            Self::File(path) => write!(f, "`{}`", path.display()),
        }
    }
}

/// Which calls of functions that are called often are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thin {
    /// After how many calls a function is hot.
    pub(crate) hot_after: u32,
    /// How many calls of it are then written below each caller.
    pub(crate) kept: u32,
}

impl Thin {
    /// No function is ever hot.
    pub(crate) const OFF: Self = Self { hot_after: u32::MAX, kept: u32::MAX };
}

/// What [`init`](crate::init) is given. [`Config::builder`] makes one; [`Config::from_env`] is what a program gets
/// that does not call `init`.
///
/// ```
/// use flowtrace_runtime::{Config, init};
///
/// init(Config::from_env())?;
/// # Ok::<(), flowtrace_runtime::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) filter: Filter,
    pub(crate) output: Output,
    pub(crate) max_value_bytes: usize,
    pub(crate) redact: Redact,
    pub(crate) sample: f64,
    pub(crate) on_full: OnFull,
    pub(crate) buffer_bytes: usize,
    pub(crate) max_file_bytes: u64,
    pub(crate) max_files: usize,
    /// How many bytes this process writes; 0 is no limit.
    pub(crate) max_bytes: u64,
    pub(crate) thin: Option<Thin>,
    pub(crate) compress: Compression,
    pub(crate) keep: Keep,
    /// The control file.
    pub(crate) control: Option<PathBuf>,
    /// Where a relative path begins; at the working directory if this is empty.
    pub(crate) folder: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            output: Output::default(),
            max_value_bytes: 1024,
            redact: Redact::default(),
            sample: 1.0,
            on_full: OnFull::default(),
            buffer_bytes: 8 * 1024 * 1024,
            max_file_bytes: 0,
            max_files: 0,
            keep: Keep::default(),
            control: None,
            max_bytes: 0,
            thin: None,
            compress: Compression::default(),
            folder: PathBuf::new(),
        }
    }
}

impl Config {
    /// Starts from the defaults; the environment has no say.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Reads `FLOWTRACE` and the `FLOWTRACE_…` variables. A value that can't be read is told on
    /// stderr in one line, and the default stands.
    ///
    /// A program that has more rights than the user who starts it (set-uid, file capabilities) reads none of them.
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_vars(os::variable, |complaint| crate::complain(&complaint))
    }

    fn from_vars(var: impl Fn(&str) -> Option<OsString>, mut complain: impl FnMut(String)) -> Self {
        let mut config = Self { folder: start::folder().to_owned(), ..Self::default() };
        // the build of `cargo flowtrace`: a program that nobody gave an output says nothing of its calls
        if cfg!(flowtrace_quiet) && var("FLOWTRACE_OUTPUT").is_none_or(|value| value.is_empty()) {
            config.filter = Filter::off();
            return config;
        }
        for name in VARIABLES {
            let Some(value) = var(name).filter(|value| !value.is_empty()) else { continue };
            if let Err(problem) = config.set(name, value) {
                complain(format!("{name}: {problem}; the default stands"));
            }
        }
        config
    }

    fn set(&mut self, name: &str, value: OsString) -> Result<(), String> {
        match name {
            "FLOWTRACE" => self.filter = Filter::parse(&text(value)?)?.given_from_outside(),
            "FLOWTRACE_OUTPUT" => self.output = output(value),
            "FLOWTRACE_MAX_VALUE_BYTES" => self.max_value_bytes = bytes(value)?,
            "FLOWTRACE_REDACT" => self.redact.read(&text(value)?)?,
            "FLOWTRACE_SAMPLE" => self.sample = share(&text(value)?)?,
            "FLOWTRACE_ON_FULL" => self.on_full = on_full(&text(value)?)?,
            "FLOWTRACE_BUFFER_BYTES" => self.buffer_bytes = buffer(bytes(value)?)?,
            "FLOWTRACE_MAX_FILE_BYTES" => self.max_file_bytes = bytes(value)? as u64,
            "FLOWTRACE_MAX_FILES" => self.max_files = count(&text(value)?)?,
            "FLOWTRACE_KEEP" => self.keep = Keep::parse(&text(value)?)?,
            "FLOWTRACE_CONTROL" => self.control = Some(value.into()),
            "FLOWTRACE_MAX_BYTES" => self.max_bytes = size(&text(value)?)?,
            "FLOWTRACE_THIN" => self.thin = thin(&text(value)?)?,
            "FLOWTRACE_COMPRESS" => self.compress = compact::named(&text(value)?)?,
            _ => return Err("is no setting".to_owned()),
        }
        Ok(())
    }
}

const VARIABLES: [&str; 14] = [
    "FLOWTRACE",
    "FLOWTRACE_OUTPUT",
    "FLOWTRACE_MAX_VALUE_BYTES",
    "FLOWTRACE_REDACT",
    "FLOWTRACE_SAMPLE",
    "FLOWTRACE_ON_FULL",
    "FLOWTRACE_BUFFER_BYTES",
    "FLOWTRACE_MAX_FILE_BYTES",
    "FLOWTRACE_MAX_FILES",
    "FLOWTRACE_KEEP",
    "FLOWTRACE_CONTROL",
    "FLOWTRACE_MAX_BYTES",
    "FLOWTRACE_THIN",
    "FLOWTRACE_COMPRESS",
];

fn text(value: OsString) -> Result<String, String> {
    value.into_string().map_err(|value| format!("`{}` is not UTF-8", value.display()))
}

fn output(value: OsString) -> Output {
    match value.to_str() {
        Some("stdout" | "-") => Output::Stdout,
        Some("stderr") => Output::Stderr,
        _ => Output::File(value.into()),
    }
}

fn bytes(value: OsString) -> Result<usize, String> {
    let value = text(value)?;
    value.trim().parse().map_err(|_| format!("`{value}` is not a number of bytes"))
}

/// A ring can be no larger.
const MOST: usize = 1 << 30;

pub(crate) fn buffer(bytes: usize) -> Result<usize, String> {
    match bytes {
        0 => Err("`0` bytes buffer nothing".to_owned()),
        1..=MOST => Ok(bytes),
        _ => Err(format!("`{bytes}` bytes are more than a buffer can have, {MOST}")),
    }
}

fn count(value: &str) -> Result<usize, String> {
    value.trim().parse().map_err(|_| format!("`{value}` is not a number of files"))
}

fn size(value: &str) -> Result<u64, String> {
    let value = value.trim();
    let (number, unit) = match value.chars().next_back() {
        Some('K') => (&value[..value.len() - 1], 1 << 10),
        Some('M') => (&value[..value.len() - 1], 1 << 20),
        Some('G') => (&value[..value.len() - 1], 1 << 30),
        _ => (value, 1),
    };
    let size = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    size.ok_or_else(|| format!("`{value}` is not a number of bytes, as `5000000`, `500K`, `200M` or `1G`"))
}

/// As `100/10`, or `off`.
pub(crate) fn thin(value: &str) -> Result<Option<Thin>, String> {
    if value.trim() == "off" {
        return Ok(None);
    }
    let parsed = value.split_once('/').and_then(|(hot_after, kept)| {
        Some(Thin { hot_after: hot_after.trim().parse().ok()?, kept: kept.trim().parse().ok()? })
    });
    parsed.map(Some).ok_or_else(|| {
        format!(
            "`{value}` is neither `off` nor like `100/10`: calls until a function is hot, and calls kept below each caller"
        )
    })
}

/// A share of all calls.
pub(crate) fn share(value: &str) -> Result<f64, String> {
    let share = value.trim().parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("`{value}` is not a number from 0 to 1"))
}

fn on_full(value: &str) -> Result<OnFull, String> {
    match value.trim() {
        "block" => Ok(OnFull::Block),
        "drop" => Ok(OnFull::Drop),
        _ => Err(format!("`{value}` is neither `block` nor `drop`")),
    }
}

/// Why a configuration could not be made or installed; it prints as one sentence that quotes what was given.
///
/// ```
/// use flowtrace_runtime::Config;
///
/// let error = Config::builder().filter("maybe").build().unwrap_err();
/// assert_eq!(error.to_string(), "filter: `maybe` is none of `on`, `off`, `module::path=on|off`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub(crate) String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> (Config, Vec<String>) {
        let mut complaints = Vec::new();
        let var = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into());
        let config = Config::from_vars(var, |complaint| complaints.push(complaint));
        (config, complaints)
    }

    #[test]
    fn every_setting_is_read_from_the_environment() {
        let (config, complaints) = read(&[
            ("FLOWTRACE", "off,a=on"),
            ("FLOWTRACE_OUTPUT", "/tmp/t-{pid}"),
            ("FLOWTRACE_MAX_VALUE_BYTES", "0"),
            ("FLOWTRACE_REDACT", "iban, tax_number, -session"),
            ("FLOWTRACE_SAMPLE", "0.25"),
            ("FLOWTRACE_ON_FULL", "drop"),
            ("FLOWTRACE_BUFFER_BYTES", "4096"),
            ("FLOWTRACE_MAX_FILE_BYTES", "1000000"),
            ("FLOWTRACE_MAX_FILES", "3"),
            ("FLOWTRACE_KEEP", "errors"),
            ("FLOWTRACE_CONTROL", "control.toml"),
            ("FLOWTRACE_MAX_BYTES", "200M"),
            ("FLOWTRACE_THIN", "100/10"),
            ("FLOWTRACE_COMPRESS", "lz4"),
        ]);
        assert_eq!(complaints, [""; 0]);
        assert!(config.filter.allows("a", "f") && !config.filter.allows("b", "f"));
        assert_eq!(config.output, Output::File("/tmp/t-{pid}".into()));
        assert_eq!((config.max_value_bytes, config.buffer_bytes), (0, 4096));
        assert_eq!((config.max_file_bytes, config.max_files), (1_000_000, 3));
        assert_eq!(config.max_bytes, 200 << 20);
        assert_eq!(config.thin, Some(Thin { hot_after: 100, kept: 10 }));
        assert!(config.redact.is_secret("iban") && config.redact.is_secret("taxNumber"));
        assert!(!config.redact.is_secret("session"));
        assert!((config.sample - 0.25).abs() < f64::EPSILON);
        assert_eq!((config.on_full, config.compress), (OnFull::Drop, Compression::Lz4));
        assert_eq!(config.control, Some("control.toml".into()));
        assert!(config.keep.errors && !config.keep.is_all());
    }

    #[test]
    fn a_bad_value_is_told_once_and_the_default_stands() {
        let (config, complaints) = read(&[
            ("FLOWTRACE", "maybe"),
            ("FLOWTRACE_MAX_VALUE_BYTES", "1k"),
            ("FLOWTRACE_REDACT", "iban,-"),
            ("FLOWTRACE_SAMPLE", "NaN"),
            ("FLOWTRACE_ON_FULL", "wait"),
            ("FLOWTRACE_BUFFER_BYTES", "0"),
            ("FLOWTRACE_MAX_FILES", "-1"),
            ("FLOWTRACE_MAX_BYTES", "20000000000G"),
            ("FLOWTRACE_THIN", "10"),
            ("FLOWTRACE_COMPRESS", "gzip"),
        ]);
        assert_eq!(
            complaints,
            [
                "FLOWTRACE: `maybe` is none of `on`, `off`, `module::path=on|off`; the default stands",
                "FLOWTRACE_MAX_VALUE_BYTES: `1k` is not a number of bytes; the default stands",
                "FLOWTRACE_REDACT: `-` names nothing; write `-name` to show what is called `name`; the default stands",
                "FLOWTRACE_SAMPLE: `NaN` is not a number from 0 to 1; the default stands",
                "FLOWTRACE_ON_FULL: `wait` is neither `block` nor `drop`; the default stands",
                "FLOWTRACE_BUFFER_BYTES: `0` bytes buffer nothing; the default stands",
                "FLOWTRACE_MAX_FILES: `-1` is not a number of files; the default stands",
                "FLOWTRACE_MAX_BYTES: `20000000000G` is not a number of bytes, as `5000000`, `500K`, `200M` or `1G`; the default stands",
                "FLOWTRACE_THIN: `10` is neither `off` nor like `100/10`: calls until a function is hot, and calls kept below each caller; the default stands",
                "FLOWTRACE_COMPRESS: `gzip` is none of `none`, `lz4`, `zstd`; the default stands",
            ]
        );
        assert_eq!(config.filter, Filter::default());
        assert_eq!(config.max_value_bytes, 1024);
    }

    #[test]
    fn a_number_of_bytes_may_have_a_unit() {
        for (text, bytes) in
            [("0", 0), ("1500", 1500), (" 3K ", 3 << 10), ("200M", 200 << 20), ("1G", 1 << 30)]
        {
            assert_eq!(size(text), Ok(bytes));
        }
        for text in ["", "K", "1KK", "1T", "-1", "1.5M", "1 M"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
