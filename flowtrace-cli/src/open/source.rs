//! The source text that a call names.
//!
//! A trace may name any file. Only Rust files below the folders that the user gave are read, links resolved.
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A larger file is no source text.
const LARGEST: u64 = 4 << 20;

/// The folders in which source texts are looked for.
#[derive(Debug)]
pub(super) struct Sources {
    folders: Vec<PathBuf>,
}

impl Sources {
    /// Looks in `folders`, those that exist.
    pub(super) fn new(folders: &[PathBuf]) -> Self {
        Self { folders: folders.iter().filter_map(|folder| folder.canonicalize().ok()).collect() }
    }

    /// The text of `path`, which the crate `krate` has relative to its root, or why it can't be had.
    pub(super) fn text(&self, path: &str, krate: &str) -> Result<String, String> {
        let relative = Path::new(path);
        let is_plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
        if !is_plain || relative.extension().is_none_or(|extension| extension != "rs") {
            return Err(format!("`{path}` is no Rust file below a folder"));
        }
        for folder in &self.folders {
            let roots = [folder.clone()].into_iter().chain(crates(folder, krate));
            for root in roots {
                if let Some(text) = read(&root.join(relative), folder) {
                    return Ok(text);
                }
            }
        }
        Err(format!("`{path}` is not below the folders that `--source` names"))
    }
}

/// The folders of crates below `folder`, the one with the crate's name first.
fn crates(folder: &Path, krate: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.join("Cargo.toml").is_file()).collect();
    found.sort_by_key(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().replace('-', "_");
        (name != krate, path.clone())
    });
    found
}

/// The text of a file, if it lies below `folder` once links are resolved.
fn read(path: &Path, folder: &Path) -> Option<String> {
    let path = path.canonicalize().ok().filter(|path| path.starts_with(folder))?;
    let metadata = fs::metadata(&path).ok()?;
    if !metadata.is_file()
        || metadata.len() > LARGEST
        || path.extension().is_none_or(|extension| extension != "rs")
    {
        return None;
    }
    fs::read_to_string(path).ok()
}

/// A place in the source, `src/sql.rs:91`: the file and the line.
pub(super) fn split(place: &str) -> (&str, usize) {
    match place.rsplit_once(':').map(|(path, line)| (path, line.parse())) {
        Some((path, Ok(line))) => (path, line),
        _ => (place, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rust_files_below_the_folders_are_read() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("work");
        fs::create_dir_all(folder.join("my-crate/src")).unwrap();
        fs::create_dir_all(folder.join("other/src")).unwrap();
        for (path, text) in [
            ("work/my-crate/src/lib.rs", "mine"),
            ("work/other/src/lib.rs", "other"),
            ("work/my-crate/Cargo.toml", ""),
            ("work/other/Cargo.toml", ""),
            ("work/.env", "secret"),
            ("out.rs", "secret"),
        ] {
            fs::write(outer.path().join(path), text).unwrap();
        }
        std::os::unix::fs::symlink(outer.path().join("out.rs"), folder.join("link.rs")).unwrap();
        std::os::unix::fs::symlink(folder.join(".env"), folder.join("env.rs")).unwrap();
        let sources = Sources::new(std::slice::from_ref(&folder));
        assert_eq!(sources.text("src/lib.rs", "my_crate").as_deref(), Ok("mine"));
        assert_eq!(sources.text("other/src/lib.rs", "my_crate").as_deref(), Ok("other"));
        let absolute = outer.path().join("out.rs");
        for path in
            ["../out.rs", "link.rs", "env.rs", ".env", "src/../../out.rs", absolute.to_str().unwrap(), ""]
        {
            let refused = sources.text(path, "my_crate");
            assert!(refused.as_ref().is_err_and(|why| why.contains('`')), "{path}: {refused:?}");
        }
    }

    #[test]
    fn a_place_is_a_file_and_a_line() {
        assert_eq!(split("src/sql.rs:91"), ("src/sql.rs", 91));
        assert_eq!(split("src/sql.rs"), ("src/sql.rs", 0));
    }
}
