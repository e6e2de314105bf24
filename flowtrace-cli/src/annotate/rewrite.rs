//! A source text is rewritten: each function gets the attribute, and the rest stays as it is.
use super::edit::{self, Edit};
use super::{carry, find, includes};

/// What is changed in a text, and how.
pub(crate) struct Rules<'a> {
    /// How the text names the runtime: `::flowtrace_runtime` is the crate whatever names surround it, from edition 2018
    /// on. In edition 2015 a path with `::` in front begins at the crate's own root, and so it is `flowtrace_runtime`,
    /// which finds what `--extern` names in every edition. Neither needs an `extern crate`, nor `std`.
    pub(crate) runtime: &'a str,
    /// The attribute's options with their parentheses, such as `(skip_all)`; or nothing.
    pub(crate) options: &'a str,
    /// Give the attribute a line of its own. Without it no line moves.
    pub(crate) own_line: bool,
    /// Carry the parent along where a function's text says for certain that an argument runs in another thread or task.
    pub(crate) carry: bool,
    /// Take test functions and `#[cfg(test)]` items as well.
    pub(crate) tests: bool,
    /// Why a function is left alone that could be traced; `None` takes it.
    pub(crate) leave: &'a dyn Fn(&Function) -> Option<&'static str>,
    /// What is read in place of a file that the source names by a literal path; `None` keeps the path.
    pub(crate) file: &'a dyn Fn(&Include) -> Option<String>,
}

/// All functions but tests, by the path that holds from edition 2018 on, each on its own line; files where they are.
impl Default for Rules<'_> {
    fn default() -> Self {
        Self {
            runtime: "::flowtrace_runtime",
            options: "",
            own_line: false,
            carry: false,
            tests: false,
            leave: &|_| None,
            file: &|_| None,
        }
    }
}

/// A function and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Function {
    /// The modules of this file around it, `outer::inner`; nothing at the file's own level.
    pub(crate) module: String,
    /// Its name, with the type or trait that it is a part of: `Cache::get`.
    pub(crate) name: String,
    /// The line on which its attribute stands or would stand, below its other attributes.
    pub(crate) line: usize,
    /// Its last line.
    pub(crate) last_line: usize,
}

/// A function without attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) function: Function,
    pub(crate) why: &'static str,
}

impl Left {
    /// Why tests have no attribute.
    pub(crate) const TEST: &'static str = "a test";
}

/// A file that the source names by a literal path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Include {
    /// As it stands in the source.
    pub(crate) path: String,
    pub(crate) by: NamedBy,
}

/// What names a file, and so where its path begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NamedBy {
    /// `include!`, `include_str!` or `include_bytes!`: the path begins at the folder of the source file.
    Macro,
    /// `#[path]` on a module, with the names of the inline modules around it. Without any, the path begins at the folder
    /// of the source file; else at what would be the folder of the innermost of them.
    Attribute(Vec<String>),
}

/// A text with the attribute.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Rewritten {
    pub(crate) text: String,
    pub(crate) annotated: Vec<Function>,
    pub(crate) left: Vec<Left>,
    /// How many arguments carry the parent along.
    pub(crate) carried: usize,
    /// `#[cfg(test)]` modules that lie in files of their own, which are not taken either.
    pub(crate) test_modules: Vec<String>,
}

/// Rewrites `source`.
///
/// # Errors
///
/// `source` is not Rust.
pub(crate) fn rewrite(source: &str, rules: &Rules) -> syn::Result<Rewritten> {
    let skipped = preamble(source);
    let file: syn::File = syn::parse_str(&source[skipped..])?;
    let found = find::functions(&file, rules);
    let mut edits = includes::edits(&file, rules);
    let mut arguments = if rules.carry { carry::arguments(&file) } else { Vec::new() };
    // what spans are looked up in grows with each file
    drop(file);
    proc_macro2::extra::invalidate_current_thread_spans();

    arguments.retain(|argument| argument.carried.is_none() && !found.is_left(argument.place.start));
    for argument in &arguments {
        let carry = format!("{}::{}(", rules.runtime, argument.form.function());
        edits.push(Edit::insert(argument.place.start, carry));
        edits.push(Edit::insert(argument.place.end, ")".to_owned()));
    }
    for edit in &mut edits {
        edit.range = edit.range.start + skipped..edit.range.end + skipped;
    }
    let attribute = format!("#[{}::trace{}]", rules.runtime, rules.options);
    edits.extend(
        found.places.iter().map(|at| edit::attribute(source, at + skipped, &attribute, rules.own_line)),
    );
    Ok(Rewritten {
        text: edit::apply(source, edits),
        annotated: found.annotated,
        left: found.left,
        carried: arguments.len(),
        test_modules: found.test_modules,
    })
}

/// How many bytes stand before the Rust of a file: a byte order mark, and the line of a script but for its end, so that
/// lines are counted as they are.
pub(super) fn preamble(source: &str) -> usize {
    let mark = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let text = &source[mark..];
    let is_script = text.starts_with("#!") && !text[2..].trim_start().starts_with('[');
    let script = if is_script { text.find('\n').unwrap_or(text.len()) } else { 0 };
    mark + script
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotate::remove::{Restored, restore};

    /// The text with the attribute, after making sure that all ways back and forth hold.
    fn annotated(source: &str, own_line: bool) -> String {
        let rules = Rules { runtime: "ft", own_line, ..Rules::default() };
        let Rewritten { text, annotated, .. } = rewrite(source, &rules).unwrap();
        assert_eq!(rewrite(&text, &rules).unwrap().annotated, [], "again: {text}");
        let restored = Restored { text: source.to_owned(), attributes: annotated.len(), carried: 0 };
        assert_eq!(restore(&text, "ft").unwrap(), restored);
        if !own_line {
            assert_eq!(text.lines().count(), source.lines().count());
            for function in annotated {
                let line = text.lines().nth(function.line - 1).unwrap();
                assert!(line.contains("#[ft::trace]"), "{function:?}: {line}");
            }
        }
        text
    }

    #[test]
    fn the_attribute_stands_below_the_others_at_the_same_indent() {
        let source =
            "/// Says.\n#[inline]\npub fn a() {}\nimpl X {\n\t  /* c */ fn b() {}\n\tasync fn c() {}\n}\n";
        assert_eq!(
            annotated(source, true),
            "/// Says.\n#[inline]\n#[ft::trace]\npub fn a() {}\nimpl X {\n\t  /* c */ #[ft::trace] fn b() {}\n\t\
             #[ft::trace]\n\tasync fn c() {}\n}\n"
        );
        assert_eq!(
            annotated(source, false),
            "/// Says.\n#[inline]\n#[ft::trace] pub fn a() {}\nimpl X {\n\t  /* c */ #[ft::trace] fn b() {}\n\t\
             #[ft::trace] async fn c() {}\n}\n"
        );
    }

    #[test]
    fn lines_that_end_otherwise_marks_and_other_letters_change_nothing() {
        for source in [
            "\u{feff}fn a() {}\r\n// größe 大\r\n    fn b() { fn c() {} }\r\n",
            "#!/usr/bin/env run\n\nfn a() {}",
            "#![allow(unused)]\nfn a() {}",
            "// größe\nimpl G { fn größe(&self) -> &str { \"大\" } }\n",
            "fn a() {} fn b() {}\n",
            "pub(crate) unsafe fn a() {}\nimpl A for B {\n    default fn b() {}\n}\n",
            "#[a] // why\n#[b]\n\n\nfn c() { #![allow(unused)] }\n",
        ] {
            for own_line in [true, false] {
                let text = annotated(source, own_line);
                assert_eq!(text.matches("#[ft::trace]").count(), source.matches("fn ").count(), "{text}");
            }
        }
    }

    #[test]
    fn a_function_is_known_by_its_modules_its_type_and_its_lines() {
        let source = "mod a {\n mod b {\n  impl<T> c::D<T> {\n   /// Says.\n   #[e] pub\n   fn f() {\n    fn g() {}\n   }\n  }\n }\n}\n";
        let function = |name: &str, line, last_line| Function {
            module: "a::b".to_owned(),
            name: name.to_owned(),
            line,
            last_line,
        };
        let (outer, inner) = (function("D::f", 5, 8), function("g", 7, 7));
        assert_eq!(rewrite(source, &Rules::default()).unwrap().annotated, [outer.clone(), inner.clone()]);
        let leave = |function: &Function| (function.line == 5).then_some("not wanted");
        let rewritten = rewrite(source, &Rules { leave: &leave, ..Rules::default() }).unwrap();
        assert_eq!(rewritten.annotated, [inner]);
        assert_eq!(rewritten.left, [Left { function: outer, why: "not wanted" }]);
    }

    #[test]
    fn tests_are_taken_where_they_are_wanted() {
        let source = "#[test]\nfn a() {}\n#[cfg(test)]\nmod b { fn c() {} }\n";
        let left = |tests| {
            let left = rewrite(source, &Rules { tests, ..Rules::default() }).unwrap().left;
            left.into_iter().map(|left| (left.function.line, left.why)).collect::<Vec<_>>()
        };
        assert_eq!(left(false), [(2, Left::TEST), (4, Left::TEST)]);
        assert_eq!(left(true), []);
    }

    #[test]
    fn files_that_are_named_by_literals_are_read_from_elsewhere() {
        let source = r##"
#![doc = include_str!("../a.md")]
#![cfg_attr(docs, doc = include_str!("b.md"))]
const C: &[u8] = std::include_bytes!(r#"../c"#, );
include!(concat!(env!("OUT_DIR"), "/d.rs"));
macro_rules! e { () => { include!("../e.rs") } }
const F: &str = other!("../f", path = "../f");
#[path = "../g.rs"] mod g;
mod h { #[cfg_attr(unix, path = "../h.rs")] mod i; #[path = "j"] mod j { } }
const K: &str = include_str!("/k");
"##;
        let file = |include: &Include| {
            let of = match &include.by {
                NamedBy::Macro => String::new(),
                NamedBy::Attribute(modules) => format!("[{}]", modules.join("/")),
            };
            include.path.strip_prefix("../").map(|path| format!("/{of}\"{path}"))
        };
        let text = rewrite(source, &Rules { file: &file, ..Rules::default() }).unwrap().text;
        let changed = source
            .replace("\"../a.md\"", r#""/\"a.md""#)
            .replace("r#\"../c\"#", r#""/\"c""#)
            .replace("\"../e.rs\"", r#""/\"e.rs""#)
            .replace("\"../g.rs\"", r#""/[]\"g.rs""#)
            .replace("\"../h.rs\"", r#""/[h]\"h.rs""#);
        assert_eq!(text, changed);
    }
}
