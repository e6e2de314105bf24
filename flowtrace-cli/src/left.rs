//! The list of what processes that died have left.
use std::io::{self, Write};
use std::time::SystemTime;

use flowtrace_runtime::LeftBehind;

/// Writes a line for each process, and how to go on.
pub(crate) fn list(left: &[LeftBehind], now: SystemTime, out: &mut impl Write) -> io::Result<()> {
    if left.is_empty() {
        return writeln!(out, "nothing was left");
    }
    for LeftBehind { output, process, started, lines, lost, .. } in left {
        let ago = now.duration_since(*started).unwrap_or_default().as_secs();
        let output = output.display();
        writeln!(out, "{output}: {lines} lines of process {process}, begun {} ago, {lost} lost", age(ago))?;
    }
    writeln!(out, "add them with `flowtrace recover FILE` or `flowtrace recover --all`")
}

/// Seconds, in the largest unit of which there are two at least.
fn age(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_a_unit_that_fits() {
        assert_eq!([0, 119, 120, 7200, 172_800].map(age), ["0 s", "119 s", "2 min", "2 h", "2 days"]);
    }
}
