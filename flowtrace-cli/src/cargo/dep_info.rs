//! The file by which the compiler tells cargo what a crate was made of: it names the user's sources, not their copies.
use std::fs;
use std::io;
use std::path::Path;

use super::plan::VARIABLE;

/// Names the originals in place of the copies, and the plan that the crate was built by.
pub(super) fn correct(path: &Path, copied: &Path, original: &str, plan: &str) -> io::Result<()> {
    let text = fs::read_to_string(path)?;
    let copied = escaped(&format!("{}/", copied.display()));
    let mut text = text.replace(&copied, &escaped(original));
    text.extend(["\n# env-dep:", VARIABLE, "=", &plan.replace('\\', "\\\\"), "\n"]);
    fs::write(path, text)
}

/// As a makefile has it.
fn escaped(path: &str) -> String {
    path.replace(' ', "\\ ")
}
