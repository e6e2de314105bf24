//! Which functions are traced: `FLOWTRACE=off`, `on`, `demo_service::cache=off,demo_service=on`.

/// A list of verdicts; the longest path that leads to a function decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    default: bool,
    /// A path of modules, perhaps down to the function, and its verdict; the longest first.
    rules: Vec<(String, bool)>,
}

impl Default for Filter {
    fn default() -> Self {
        Self { default: true, rules: Vec::new() }
    }
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// A sentence that quotes the part which is neither `on`, `off` nor `path=on|off`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (path, word) =
                part.split_once('=').map_or(("", part), |(path, word)| (path.trim(), word.trim()));
            let verdict = match word {
                "on" => true,
                "off" => false,
                _ => return Err(format!("`{part}` is none of `on`, `off`, `module::path=on|off`")),
            };
            if part.contains('=') {
                if path.is_empty() || path.contains(char::is_whitespace) {
                    return Err(format!("`{part}` names no module before its `=`"));
                }
                filter.rules.retain(|(known, _)| known != path);
                filter.rules.push((path.to_owned(), verdict));
            } else {
                filter.default = verdict;
            }
        }
        filter.rules.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        Ok(filter)
    }

    /// Whether `function` of `module` is traced.
    pub(crate) fn allows(&self, module: &str, function: &str) -> bool {
        let decides = |path: &str| match module.strip_prefix(path) {
            Some(rest) => rest.is_empty() || rest.starts_with("::"),
            None => path.strip_prefix(module).and_then(|rest| rest.strip_prefix("::")) == Some(function),
        };
        self.rules.iter().find(|(path, _)| decides(path)).map_or(self.default, |(_, verdict)| *verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;

    fn allows(filter: &str, module: &str, function: &str) -> bool {
        Filter::parse(filter).unwrap().allows(module, function)
    }

    #[test]
    fn everything_is_on_unless_told_otherwise() {
        assert!(allows("", "a::b", "f"));
        assert!(!allows("off", "a::b", "f"));
    }

    #[test]
    fn the_longest_path_wins_in_whatever_order() {
        for filter in ["demo::cache=off,demo=on,off", "off, demo=on ,demo::cache=off"] {
            assert!(allows(filter, "demo", "main"));
            assert!(allows(filter, "demo::db", "get"));
            assert!(!allows(filter, "demo::cache", "get"));
            assert!(!allows(filter, "other", "get"));
        }
        assert!(allows("demo::cache=off,demo::cache::get=on", "demo::cache", "get"));
    }

    #[test]
    fn a_path_ends_at_a_segment() {
        assert!(allows("demo::cach=off", "demo::cache", "get"));
        assert!(allows("demo::cache::ge=off", "demo::cache", "get"));
        assert!(!allows("demo::cache::get=off", "demo::cache", "get"));
    }

    #[test]
    fn what_cannot_be_read_is_quoted() {
        assert!(Filter::parse("demo=maybe").unwrap_err().contains("`demo=maybe`"));
        assert!(Filter::parse("demo").unwrap_err().contains("`demo`"));
        assert!(Filter::parse("=on").unwrap_err().contains("`=on`"));
    }
}
