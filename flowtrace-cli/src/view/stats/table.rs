//! The table on paper, and as JSON.
use std::io::{self, Write};

use super::Group;
use crate::args::Sort;
use crate::read::By;
use crate::text;
use crate::view::row::{Ink, Paper, Row as PaperRow};

/// Rows, in an order.
pub(crate) struct Table {
    rows: Vec<Row>,
    /// Of all rows, also of those that are not shown.
    calls: u64,
    left_out: u64,
}

/// The sums of a group.
#[derive(Debug)]
pub(super) struct Row {
    name: String,
    calls: u64,
    left_out: u64,
    failed: u64,
    cancelled: u64,
    open: u64,
    total: u64,
    own: u64,
    mean: u64,
    /// `None` without a call that has lines.
    quantiles: Option<[u64; 3]>,
    max: u64,
}

impl Group {
    pub(super) fn row(&self, name: &str) -> Row {
        Row {
            name: name.to_owned(),
            calls: self.calls,
            left_out: self.left_out,
            failed: self.failed,
            cancelled: self.cancelled,
            open: self.open,
            total: self.total,
            own: self.own,
            mean: self.total.checked_div(self.calls).unwrap_or_default(),
            quantiles: (!self.durations.is_empty()).then(|| {
                [0.5, 0.9, 0.99].map(|quantile| self.durations.value_at_quantile(quantile).min(self.max))
            }),
            max: self.max,
        }
    }
}

impl Row {
    fn quantile(&self, index: usize) -> Option<u64> {
        self.quantiles.map(|quantiles| quantiles[index])
    }
}

impl Table {
    pub(super) fn new(rows: Vec<Row>) -> Self {
        let sum = |of: fn(&Row) -> u64| rows.iter().fold(0, |sum: u64, row| sum.saturating_add(of(row)));
        Self { calls: sum(|row| row.calls), left_out: sum(|row| row.left_out), rows }
    }

    /// Puts the largest by `column` first; equal ones by name.
    pub(crate) fn sort(&mut self, column: Sort) {
        let key = |row: &Row| match column {
            Sort::Calls => row.calls,
            Sort::Errors => row.failed,
            Sort::Total => row.total,
            Sort::Own => row.own,
            Sort::Mean => row.mean,
            Sort::P50 => row.quantile(0).unwrap_or(0),
            Sort::P90 => row.quantile(1).unwrap_or(0),
            Sort::P99 => row.quantile(2).unwrap_or(0),
            Sort::Max => row.max,
            Sort::Name => 0,
        };
        self.rows.sort_by(|a, b| key(b).cmp(&key(a)).then_with(|| a.name.cmp(&b.name)));
    }

    /// Leaves the first rows.
    pub(crate) fn truncate(&mut self, top: Option<usize>) {
        self.rows.truncate(top.unwrap_or(usize::MAX));
    }

    /// A JSON object a row.
    pub(crate) fn write_json(&self, by: By, out: &mut impl Write) -> io::Result<()> {
        for row in &self.rows {
            let quantile = |i| row.quantile(i).map_or_else(|| "null".to_owned(), |nanos| nanos.to_string());
            // in this order, which a map of JSON values would not keep
            let name = serde_json::Value::from(&*row.name);
            write!(out, "{{\"{}\":{name},\"calls\":{},\"errors\":{}", heading(by), row.calls, row.failed)?;
            write!(out, ",\"cancelled\":{},\"open\":{}", row.cancelled, row.open)?;
            write!(out, ",\"leftOut\":{}", row.left_out)?;
            write!(
                out,
                ",\"totalNanos\":{},\"selfNanos\":{},\"meanNanos\":{}",
                row.total, row.own, row.mean
            )?;
            writeln!(
                out,
                ",\"p50Nanos\":{},\"p90Nanos\":{},\"p99Nanos\":{},\"maxNanos\":{}}}",
                quantile(0),
                quantile(1),
                quantile(2),
                row.max
            )?;
        }
        Ok(())
    }

    /// The table. What never happened has no column.
    pub(crate) fn write(&self, by: By, paper: Paper, out: &mut impl Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let some = |count: fn(&Row) -> u64| self.rows.iter().any(|row| count(row) > 0);
        let mut columns =
            vec![Column::count("calls", |row| row.calls), Column::count("errors", |row| row.failed)];
        if some(|row| row.cancelled) {
            columns.push(Column::count("cancelled", |row| row.cancelled));
        }
        if some(|row| row.open) {
            columns.push(Column::count("open", |row| row.open));
        }
        columns.push(Column::time("total", |row| (row.calls > 0).then_some(row.total)));
        columns.push(Column::time("self", |row| (row.calls > 0).then_some(row.own)));
        columns.push(Column::time("mean", |row| (row.calls > 0).then_some(row.mean)));
        columns.push(Column::time("p50", |row| row.quantile(0)));
        columns.push(Column::time("p90", |row| row.quantile(1)));
        columns.push(Column::time("p99", |row| row.quantile(2)));
        columns.push(Column::time("max", |row| (row.calls > 0).then_some(row.max)));
        let widths: Vec<usize> = columns.iter().map(|column| column.width(&self.rows)).collect();
        let mut head = PaperRow::default();
        for (column, width) in columns.iter().zip(&widths) {
            head.put(Ink::Faint, format!("{:>width$}  ", column.heading));
        }
        head.put(Ink::Faint, heading(by));
        head.write(paper, out)?;
        for row in &self.rows {
            let mut line = PaperRow::default();
            for (column, width) in columns.iter().zip(&widths) {
                let alarm = column.heading == "errors" && row.failed > 0;
                let ink = if alarm { Ink::Alarm } else { Ink::Plain };
                line.put(ink, format!("{:>width$}  ", (column.cell)(row)));
            }
            line.put(Ink::Name, &*row.name);
            line.write(paper, out)?;
        }
        self.write_left_out(paper, out)
    }

    /// Says what of the table is known of calls that have no lines.
    fn write_left_out(&self, paper: Paper, out: &mut impl Write) -> io::Result<()> {
        if self.left_out == 0 {
            return Ok(());
        }
        writeln!(out)?;
        let (left_out, calls) = (self.left_out, self.calls);
        for line in [
            &*format!("{left_out} of {calls} calls were left out of the trace, with all they called."),
            "They count in calls, errors, total, mean and max, and all their time in self;",
            "p50, p90 and p99 are of the calls that were written.",
        ] {
            let mut row = PaperRow::default();
            row.put(Ink::Faint, line);
            row.write(paper, out)?;
        }
        Ok(())
    }
}

struct Column {
    heading: &'static str,
    cell: Box<dyn Fn(&Row) -> String>,
}

impl Column {
    fn count(heading: &'static str, of: fn(&Row) -> u64) -> Self {
        Self { heading, cell: Box::new(move |row| of(row).to_string()) }
    }

    fn time(heading: &'static str, of: fn(&Row) -> Option<u64>) -> Self {
        let cell = move |row: &Row| of(row).map_or_else(|| "-".to_owned(), text::duration);
        Self { heading, cell: Box::new(cell) }
    }

    fn width(&self, rows: &[Row]) -> usize {
        let cells = rows.iter().map(|row| (self.cell)(row).chars().count());
        cells.max().unwrap_or_default().max(self.heading.len())
    }
}

fn heading(by: By) -> &'static str {
    match by {
        By::Function => "function",
        By::Module => "module",
        By::Type => "type",
        By::Thread => "thread",
    }
}
