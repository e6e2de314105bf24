//! What a run comes to, in one line.
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::failure::Outcome;
use crate::filter::Selection;
use crate::progress::Progress;
use crate::read::{self, Brief, By, Input};

/// Counts the calls in `files`, and tells of them; `shown` is where they are to be found.
pub(super) fn tell(files: &[PathBuf], shown: &Path) -> Outcome {
    if files.is_empty() {
        eprintln!("flowtrace: no call was traced");
        return Ok(());
    }
    let inputs: Vec<Input> = files.iter().map(|file| Input::File(file.clone())).collect();
    let (mut calls, mut left_out, mut functions) = (0, 0, HashSet::new());
    let (_, tally) = read::briefs(
        &inputs,
        By::Function,
        &mut Selection::default(),
        false,
        &Progress::new(true),
        |brief, _| match brief {
            Brief::Call(call) => {
                calls += u64::from(call.end.is_none());
                functions.insert(call.key);
            }
            Brief::LeftOut(these) => {
                left_out += these.count;
                functions.insert(these.key);
            }
        },
    )?;
    for note in tally.notes().lines() {
        eprintln!("flowtrace: {note}");
    }
    let thinned = if left_out > 0 { format!(", {} thinned out", count(left_out)) } else { String::new() };
    let processes = if files.len() > 1 { format!(" in {} processes", files.len()) } else { String::new() };
    let (calls, functions) = (plural(calls, "call"), plural(functions.len() as u64, "function"));
    eprintln!("flowtrace: {calls} of {functions}{processes}{thinned}; {}", shown.display());
    Ok(())
}

fn plural(number: u64, what: &str) -> String {
    format!("{} {what}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A number as people read it: `48,505`, or `1.38 M`.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn count(number: u64) -> String {
    match number {
        1_000_000.. => format!("{:.2} M", number as f64 / 1e6),
        1000.. => format!("{},{:03}", number / 1000, number % 1000),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn counts_are_short() {
        let counts = [7, 999, 1000, 48_505, 999_999, 1_380_000].map(count);
        assert_eq!(counts, ["7", "999", "1,000", "48,505", "999,999", "1.38 M"]);
    }
}
