//! stdout and stderr without std's locks, which the program may hold for as long as it likes: a descriptor of our own,
//! where the system gives a second one. Elsewhere there is nothing but std's way.
use std::fs::File;
use std::io::{self, Write};
use std::sync::OnceLock;

pub(super) fn stdout(bytes: &[u8]) -> io::Result<usize> {
    static OWN: OnceLock<Option<File>> = OnceLock::new();
    write(OWN.get_or_init(|| second(&io::stdout())).as_ref(), &mut io::stdout(), bytes)
}

pub(super) fn stderr(bytes: &[u8]) -> io::Result<usize> {
    static OWN: OnceLock<Option<File>> = OnceLock::new();
    write(OWN.get_or_init(|| second(&io::stderr())).as_ref(), &mut io::stderr(), bytes)
}

fn write(own: Option<&File>, std: &mut dyn Write, bytes: &[u8]) -> io::Result<usize> {
    match own {
        Some(mut file) => file.write(bytes),
        None => std.write_all(bytes).and_then(|()| std.flush()).map(|()| bytes.len()),
    }
}

#[cfg(any(unix, target_os = "wasi"))]
fn second(stream: &impl std::os::fd::AsFd) -> Option<File> {
    stream.as_fd().try_clone_to_owned().ok().map(File::from)
}

#[cfg(windows)]
fn second(stream: &impl std::os::windows::io::AsHandle) -> Option<File> {
    stream.as_handle().try_clone_to_owned().ok().map(File::from)
}

#[cfg(not(any(unix, windows, target_os = "wasi")))]
fn second<S>(_: &S) -> Option<File> {
    None
}
