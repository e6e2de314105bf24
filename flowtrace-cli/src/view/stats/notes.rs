//! What is said below the table.
use super::table::Row;
use crate::text;

/// So wide is a line at most, unless one path is wider.
const WIDTH: usize = 80;

/// The notes on all `rows`, where tracing a call takes `cost` nanoseconds.
pub(super) fn of(rows: &[Row], cost: Option<u64>) -> Vec<String> {
    let mut notes = Vec::new();
    left_out(rows, &mut notes);
    if let Some(cost) = cost {
        tracing(rows, cost, &mut notes);
    }
    notes
}

fn sum(rows: &[Row], of: impl Fn(&Row) -> u64) -> u64 {
    rows.iter().fold(0, |sum, row| sum.saturating_add(of(row)))
}

/// Calls that have no lines.
fn left_out(rows: &[Row], notes: &mut Vec<String>) {
    let (left_out, calls) = (sum(rows, |row| row.left_out), sum(rows, |row| row.calls));
    if left_out == 0 {
        return;
    }
    notes.push(String::new());
    notes.push(format!("{left_out} of {calls} calls were left out of the trace, with all they called."));
    notes.push("They count in calls, errors, total, mean and max, and all their time in self;".to_owned());
    notes.push("p50, p90 and p99 are of the calls that were written.".to_owned());
}

/// What tracing took, and of which functions it is hardly worth that.
fn tracing(rows: &[Row], cost: u64, notes: &mut Vec<String>) {
    let (tracing, own) = (sum(rows, |row| row.tracing.unwrap_or(0)), sum(rows, |row| row.own));
    let percent = match u128::from(tracing) * 100 / u128::from(own.max(1)) {
        0 => "less than 1 %".to_owned(),
        percent => format!("about {} %", percent.min(100)),
    };
    let each = text::duration(cost);
    notes.push(String::new());
    notes.push(format!("Tracing took {percent} of the time in self, about {each} a call."));
    // a hundredth of all time went into tracing calls of which most are hardly longer than that themselves
    let is_short = |row: &Row| row.median().is_some_and(|nanos| nanos / 2 <= cost);
    let dear = |row: &&Row| row.tracing.is_some_and(|nanos| nanos > own / 100) && is_short(row);
    let mut dear: Vec<&Row> = rows.iter().filter(dear).filter(|row| row.switch.is_some()).collect();
    dear.sort_by(|a, b| b.tracing.cmp(&a.tracing).then_with(|| a.switch.cmp(&b.switch)));
    let mut switches: Vec<&str> = Vec::new();
    let mut taken = "  FLOWTRACE=".len();
    for path in dear.iter().filter_map(|row| row.switch.as_deref()) {
        let more = path.len() + "=off,".len();
        // methods of several types may have one path
        if !switches.contains(&path) && (switches.is_empty() || taken + more <= WIDTH) {
            switches.push(path);
            taken += more;
        }
    }
    if !switches.is_empty() {
        notes.push("Worth turning off, since these calls hardly take longer themselves:".to_owned());
        notes.push(format!("  FLOWTRACE={}=off", switches.join("=off,")));
    }
}
