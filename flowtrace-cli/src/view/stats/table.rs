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
}

/// The sums of a group.
#[derive(Debug)]
pub(super) struct Row {
    name: String,
    calls: u64,
    failed: u64,
    cancelled: u64,
    open: u64,
    total: u64,
    own: u64,
    mean: u64,
    quantiles: [u64; 3],
    max: u64,
}

impl Group {
    pub(super) fn row(&self, name: &str) -> Row {
        Row {
            name: name.to_owned(),
            calls: self.calls,
            failed: self.failed,
            cancelled: self.cancelled,
            open: self.open,
            total: self.total,
            own: self.own,
            mean: self.total.checked_div(self.calls).unwrap_or_default(),
            quantiles: [0.5, 0.9, 0.99]
                .map(|quantile| self.durations.value_at_quantile(quantile).min(self.max)),
            max: self.max,
        }
    }
}

impl Table {
    pub(super) fn new(rows: Vec<Row>) -> Self {
        Self { rows }
    }

    /// Puts the largest by `column` first; equal ones by name.
    pub(crate) fn sort(&mut self, column: Sort) {
        let key = |row: &Row| match column {
            Sort::Calls => row.calls,
            Sort::Errors => row.failed,
            Sort::Total => row.total,
            Sort::Own => row.own,
            Sort::Mean => row.mean,
            Sort::P50 => row.quantiles[0],
            Sort::P90 => row.quantiles[1],
            Sort::P99 => row.quantiles[2],
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
            let [p50, p90, p99] = row.quantiles;
            // in this order, which a map of JSON values would not keep
            let name = serde_json::Value::from(&*row.name);
            write!(out, "{{\"{}\":{name},\"calls\":{},\"errors\":{}", heading(by), row.calls, row.failed)?;
            write!(out, ",\"cancelled\":{},\"open\":{}", row.cancelled, row.open)?;
            write!(
                out,
                ",\"totalNanos\":{},\"selfNanos\":{},\"meanNanos\":{}",
                row.total, row.own, row.mean
            )?;
            writeln!(
                out,
                ",\"p50Nanos\":{p50},\"p90Nanos\":{p90},\"p99Nanos\":{p99},\"maxNanos\":{}}}",
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
        columns.push(Column::time("total", |row| row.total));
        columns.push(Column::time("self", |row| row.own));
        columns.push(Column::time("mean", |row| row.mean));
        columns.push(Column::time("p50", |row| row.quantiles[0]));
        columns.push(Column::time("p90", |row| row.quantiles[1]));
        columns.push(Column::time("p99", |row| row.quantiles[2]));
        columns.push(Column::time("max", |row| row.max));
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

    /// A call that is open has taken no time that is known.
    fn time(heading: &'static str, of: fn(&Row) -> u64) -> Self {
        let cell = move |row: &Row| if row.calls == 0 { "-".to_owned() } else { text::duration(of(row)) };
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
