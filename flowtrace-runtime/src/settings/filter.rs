//! Which functions are traced: `FLOWTRACE=off`, `on`, `demo_service::cache=off,demo_service=on`.

/// A list of verdicts; the longest path that leads to a function decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    default: bool,
    /// A path of modules, perhaps down to the function, and its verdict; the longest first.
    rules: Vec<(String, bool)>,
    /// Somebody wrote it who may not know the code.
    is_from_outside: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Self { default: true, rules: Vec::new(), is_from_outside: false }
    }
}

impl Filter {
    /// Lets nothing through.
    pub(crate) fn off() -> Self {
        Self { default: false, ..Self::default() }
    }

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
        let decides = self.rules.iter().find(|(path, _)| leads_to(path, module, function));
        decides.map_or(self.default, |(_, verdict)| *verdict)
    }

    /// The same filter, given in a variable or a file: what of it matches nothing is worth telling.
    pub(crate) fn given_from_outside(mut self) -> Self {
        self.is_from_outside = true;
        self
    }

    /// Its directives whose paths lead to none of these functions and their modules, as text; none of a filter that the
    /// program's own code has set.
    pub(crate) fn unmatched(&self, functions: &[(&str, &str)]) -> Vec<String> {
        let matches =
            |path: &str| functions.iter().any(|(module, function)| leads_to(path, module, function));
        let rules = self.rules.iter().filter(|(path, _)| self.is_from_outside && !matches(path));
        rules.map(|(path, on)| format!("`{path}={}`", if *on { "on" } else { "off" })).collect()
    }
}

/// Whether `path` is that of the function, or of a module around it.
fn leads_to(path: &str, module: &str, function: &str) -> bool {
    match module.strip_prefix(path) {
        Some(rest) => rest.is_empty() || rest.starts_with("::"),
        None => path.strip_prefix(module).and_then(|rest| rest.strip_prefix("::")) == Some(function),
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
    fn directives_that_lead_nowhere_are_told_if_they_come_from_outside() {
        let filter = Filter::parse("off,a::b=on,a::c=on,a::b::f=off,a::b::g=off").unwrap();
        let functions = [("a::b", "f"), ("a::cc", "f")];
        assert_eq!(filter.unmatched(&functions), [""; 0]);
        assert_eq!(filter.given_from_outside().unmatched(&functions), ["`a::b::g=off`", "`a::c=on`"]);
        assert_eq!(Filter::parse("off").unwrap().given_from_outside().unmatched(&[]), [""; 0]);
    }

    #[test]
    fn what_cannot_be_read_is_quoted() {
        assert!(Filter::parse("demo=maybe").unwrap_err().contains("`demo=maybe`"));
        assert!(Filter::parse("demo").unwrap_err().contains("`demo`"));
        assert!(Filter::parse("=on").unwrap_err().contains("`=on`"));
    }
}
