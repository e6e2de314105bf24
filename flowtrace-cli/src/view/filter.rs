//! Which calls a tree shows.
use crate::args::Filters;
use crate::read::{Outcome, Path, Text};

/// What a call is held against. A call is shown when it, or a call above it, is of the function and module asked for,
/// and itself is slow enough and failed, where that is asked for.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    trace: Option<String>,
    function: Option<String>,
    module: Option<String>,
    slower: Option<u64>,
    errors: bool,
}

impl Filter {
    pub(crate) fn new(filters: &Filters) -> Self {
        Self {
            trace: filters.trace.as_ref().map(|id| id.to_ascii_lowercase()),
            function: filters.function.clone(),
            module: filters.module.clone(),
            slower: filters.slower,
            errors: filters.errors,
        }
    }

    /// Whether a call of this trace is asked for.
    pub(crate) fn takes(&self, trace: Option<Text<'_>>) -> bool {
        let begins = |id: &String| trace.is_some_and(|trace| trace.raw().starts_with(id.as_bytes()));
        self.trace.as_ref().is_none_or(begins)
    }

    /// Whether calls of this function are asked for by name.
    pub(crate) fn names(&self, path: &Path<'_>) -> bool {
        let module = path.module.decoded();
        let in_module = |asked: &String| {
            module.strip_prefix(asked.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        let is_function = |asked: &String| {
            let function = path.function.decoded();
            let free = format!("{module}::{function}");
            ends_with(&free, asked) || ends_with(&crate::text::path(path), asked)
        };
        self.module.as_ref().is_none_or(in_module) && self.function.as_ref().is_none_or(is_function)
    }

    /// Whether a call that came to this is one of those asked for. An open call has come to nothing yet: it may
    /// be slow, and has not failed.
    pub(crate) fn judges(&self, end: Option<(u64, Outcome)>) -> bool {
        match end {
            Some((duration, outcome)) => {
                self.slower.is_none_or(|least| duration >= least) && (!self.errors || outcome.failed())
            }
            None => !self.errors,
        }
    }

    /// Whether a call can only be judged by its end.
    pub(crate) fn waits_for_ends(&self) -> bool {
        self.slower.is_some() || self.errors
    }
}

/// Whether `path` ends with `asked`, name by name.
fn ends_with(path: &str, asked: &str) -> bool {
    path.strip_suffix(asked).is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_end_by_whole_names() {
        assert!(ends_with("shop::sql::Store::select", "Store::select"));
        assert!(ends_with("shop::select", "shop::select"));
        assert!(!ends_with("shop::preselect", "select"));
        assert!(!ends_with("select", "shop::select"));
    }
}
