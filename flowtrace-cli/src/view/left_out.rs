//! Calls that were left out, as a row.
use super::row::{Ink, Row};
use crate::read::{LeftOut, Outcome};
use crate::text;

/// Calls of one function that were left out below one caller, added up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) count: u64,
    pub(super) total: u64,
    min: u64,
    max: u64,
    errors: u64,
}

impl Sum {
    pub(super) fn add(&mut self, more: &LeftOut<'_>) {
        self.min = if self.count == 0 { more.min } else { self.min.min(more.min) };
        self.max = self.max.max(more.max);
        self.count = self.count.saturating_add(more.count);
        self.total = self.total.saturating_add(more.total);
        self.errors = self.errors.saturating_add(more.errors);
    }

    /// Adds what was left out below another caller.
    pub(super) fn join(&mut self, other: &Self) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.count = self.count.saturating_add(other.count);
        self.total = self.total.saturating_add(other.total);
        self.errors = self.errors.saturating_add(other.errors);
    }

    /// What a filter goes by: the longest of them, and whether one failed.
    pub(super) fn worst(&self) -> (u64, Outcome) {
        (self.max, if self.errors > 0 { Outcome::Error } else { Outcome::Returned })
    }

    /// Puts them on `row`: `… 990 more calls of sql::select (thinned), 8.00 µs to 31.0 µs each`. `whose` says of them
    /// what the place of the row does not.
    pub(super) fn put(&self, row: &mut Row, path: &str, whose: &str, reason: &str) {
        let calls = if self.count == 1 { "call" } else { "calls" };
        row.put(Ink::Faint, format!("… {} more {calls} of ", text::count(self.count)));
        row.put(Ink::Name, text::short(path));
        row.put(Ink::Faint, format!("{whose} ({reason})"));
        if self.errors > 0 {
            row.put(Ink::Alarm, format!(", {} failed", self.errors));
        }
        if self.count > 1 {
            row.put(
                Ink::Faint,
                format!(", {} to {} each", text::duration(self.min), text::duration(self.max)),
            );
        }
    }
}
