//! What is told of a run: what was left alone as it is met, the sums at the end.
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::rewrite::{Left, Rewritten};
use crate::args::Annotate;

/// What came of a run.
#[derive(Default)]
pub(super) struct Report {
    pub(super) functions: usize,
    pub(super) files: usize,
    pub(super) carried: usize,
    pub(super) tests: usize,
    /// A file could not be parsed.
    pub(super) is_broken: bool,
    /// Manifests that have the dependency now, or no longer have it.
    pub(super) manifests: Vec<PathBuf>,
    /// Manifests that should have it and do not.
    pub(super) closed_manifests: Vec<PathBuf>,
    /// Manifests that keep it, since the crate names it elsewhere.
    pub(super) used_manifests: Vec<PathBuf>,
    /// All manifests that were looked at, by their whole paths.
    pub(super) packages: Vec<PathBuf>,
    left: usize,
    test_paths: Vec<PathBuf>,
}

impl Report {
    /// Everything at `path` is left alone.
    pub(super) fn path(&mut self, path: PathBuf, why: &str, notes: &mut impl Write) -> io::Result<()> {
        if why == Left::TEST {
            self.test_paths.push(path);
            return Ok(());
        }
        writeln!(notes, "{}: left alone: {why}", path.display())
    }

    /// `path` is not Rust.
    pub(super) fn broken(
        &mut self,
        path: &Path,
        error: &syn::Error,
        notes: &mut impl Write,
    ) -> io::Result<()> {
        self.is_broken = true;
        let line = error.span().start().line;
        writeln!(notes, "{}:{line}: left alone: the file can't be parsed: {error}", path.display())
    }

    pub(super) fn rewritten(
        &mut self,
        path: &Path,
        rewritten: &Rewritten,
        notes: &mut impl Write,
    ) -> io::Result<()> {
        self.functions += rewritten.annotated.len();
        self.files += usize::from(!rewritten.annotated.is_empty());
        self.carried += rewritten.carried;
        for Left { function, why } in &rewritten.left {
            if *why == Left::TEST {
                self.tests += 1;
                continue;
            }
            self.left += 1;
            writeln!(notes, "{}:{}: left alone: {}: {why}", path.display(), function.line, function.name)?;
        }
        Ok(())
    }

    /// The sums.
    pub(super) fn tell(&self, args: &Annotate, notes: &mut impl Write) -> io::Result<()> {
        let Self { functions, files, carried, left, tests, .. } = self;
        let would = if args.dry_run { "would be " } else { "" };
        if !args.remove && (*tests > 0 || !self.test_paths.is_empty()) {
            write!(notes, "{tests} tests left alone")?;
            for (at, path) in self.test_paths.iter().take(3).enumerate() {
                let before = if at == 0 { ", with all in " } else { ", " };
                write!(notes, "{before}{}", path.display())?;
            }
            let more = self.test_paths.len().saturating_sub(3);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            writeln!(notes, "{more}")?;
        }
        if args.remove {
            writeln!(notes, "the attribute {would}taken off {functions} functions in {files} files")?;
        } else {
            writeln!(notes, "{functions} functions in {files} files {would}annotated, {left} left alone")?;
        }
        if *carried > 0 {
            let no_longer = if args.remove { "no longer " } else { "" };
            writeln!(
                notes,
                "{carried} closures and futures for other threads and tasks {no_longer}carry their parent"
            )?;
        }
        for path in &self.manifests {
            let what = if args.remove { "taken out" } else { "added" };
            writeln!(notes, "{}: the dependency `flowtrace-runtime` {would}{what}", path.display())?;
        }
        for path in &self.used_manifests {
            let path = path.display();
            writeln!(notes, "{path}: keeps the dependency `flowtrace-runtime`, which the crate still uses")?;
        }
        for path in &self.closed_manifests {
            writeln!(notes, "{}: add the dependency `flowtrace-runtime` to it", path.display())?;
        }
        if args.remove || *functions == 0 {
            return Ok(());
        }
        match &self.packages[..] {
            [] => writeln!(notes, "the crate needs to depend on `flowtrace-runtime`"),
            packages => {
                let is_program = |package: &PathBuf| {
                    let beside = |path| package.with_file_name(path).exists();
                    beside("src/main.rs") || beside("src/bin")
                };
                let command = if packages.iter().any(is_program) { "run" } else { "test" };
                writeln!(notes, "next: FLOWTRACE_OUTPUT=trace.ft cargo {command}; flowtrace tree trace.ft")
            }
        }
    }
}
