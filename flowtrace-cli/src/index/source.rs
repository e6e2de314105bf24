//! Whether a line can be read again from where it lies in its file.
use std::fs::File;
use std::io::Read;

use flowtrace_runtime::compact::is_compact;

use crate::failure::{Failure, Outcome};
use crate::read::Input;

/// Whether the input is a file of lines, neither compressed nor compact, and no pipe.
pub(super) fn is_plain(input: &Input) -> Outcome<bool> {
    let Input::File(path) = input else { return Ok(false) };
    let failed = |error| Failure::at(input, error);
    let mut file = File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Ok(false);
    }
    let mut mark = Vec::new();
    file.by_ref().take(4).read_to_end(&mut mark).map_err(failed)?;
    let is_packed = mark.starts_with(&[0x1f, 0x8b]) || mark == [0x28, 0xb5, 0x2f, 0xfd] || is_compact(&mark);
    Ok(!is_packed)
}
