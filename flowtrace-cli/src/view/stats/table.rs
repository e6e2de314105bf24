//! The table on paper, and as JSON.
use std::borrow::Cow;
use std::io::{self, Write};

use super::Group;
use crate::args::Sort;
use crate::read::By;
use crate::text;
use crate::view::row::{Ink, Paper, Row as PaperRow, last, width};

/// Columns that names have, whatever other columns must go for them.
const NAME: usize = 32;

/// Rows, in an order.
pub(crate) struct Table {
    by: By,
    rows: Vec<Row>,
    /// What is said below the table, of all rows, also of those that are not shown.
    notes: Vec<String>,
}

/// The sums of a group.
#[derive(Debug)]
pub(super) struct Row {
    name: String,
    /// How a filter names it.
    pub(super) switch: Option<String>,
    pub(super) calls: u64,
    pub(super) left_out: u64,
    failed: u64,
    cancelled: u64,
    open: u64,
    total: u64,
    pub(super) own: u64,
    /// The part of `own` in which its calls held their threads.
    busy: u64,
    wait: u64,
    mean: u64,
    /// `None` without a call that has lines.
    quantiles: Option<[u64; 3]>,
    max: u64,
    /// Nanoseconds that went into tracing it, if that is known.
    pub(super) tracing: Option<u64>,
}

impl Group {
    /// The row of what is called `name`, where tracing a call takes `cost` nanoseconds.
    pub(super) fn row(&self, name: &str, switch: Option<String>, cost: Option<u64>) -> Row {
        let written = self.calls - self.left_out;
        Row {
            name: name.to_owned(),
            switch,
            tracing: cost.filter(|_| written > 0).map(|cost| cost.saturating_mul(written)),
            calls: self.calls,
            left_out: self.left_out,
            failed: self.failed,
            cancelled: self.cancelled,
            open: self.open,
            total: self.total,
            own: self.own,
            busy: self.own.saturating_sub(self.wait),
            wait: self.wait,
            mean: self.total.checked_div(self.calls).unwrap_or_default(),
            quantiles: (!self.durations.is_empty()).then(|| {
                [0.5, 0.9, 0.99].map(|quantile| self.durations.value_at_quantile(quantile).min(self.max))
            }),
            max: self.max,
        }
    }
}

impl Row {
    /// Half of the calls that have lines took no longer.
    pub(super) fn median(&self) -> Option<u64> {
        self.quantile(0)
    }

    fn quantile(&self, index: usize) -> Option<u64> {
        self.quantiles.map(|quantiles| quantiles[index])
    }
}

impl Table {
    pub(super) fn new(by: By, rows: Vec<Row>, notes: Vec<String>) -> Self {
        Self { by, rows, notes }
    }

    /// Puts the largest by `column` first; equal ones by name.
    pub(crate) fn sort(&mut self, column: Sort) {
        let key = |row: &Row| match column {
            Sort::Calls => row.calls,
            Sort::Errors => row.failed,
            Sort::Total => row.total,
            Sort::Own => row.own,
            Sort::Busy => row.busy,
            Sort::Wait => row.wait,
            Sort::Mean => row.mean,
            Sort::P50 => row.quantile(0).unwrap_or(0),
            Sort::P90 => row.quantile(1).unwrap_or(0),
            Sort::P99 => row.quantile(2).unwrap_or(0),
            Sort::Max => row.max,
            Sort::Tracing => row.tracing.unwrap_or(0),
            Sort::Name => 0,
        };
        self.rows.sort_by(|a, b| key(b).cmp(&key(a)).then_with(|| a.name.cmp(&b.name)));
    }

    /// Leaves the first rows.
    pub(crate) fn truncate(&mut self, top: Option<usize>) {
        self.rows.truncate(top.unwrap_or(usize::MAX));
    }

    /// A JSON object a row.
    pub(crate) fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        for row in &self.rows {
            let nanos =
                |nanos: Option<u64>| nanos.map_or_else(|| "null".to_owned(), |nanos| nanos.to_string());
            let quantile = |i| nanos(row.quantile(i));
            // in this order, which a map of JSON values would not keep
            let name = serde_json::Value::from(&*row.name);
            write!(
                out,
                "{{\"{}\":{name},\"calls\":{},\"errors\":{}",
                heading(self.by),
                row.calls,
                row.failed
            )?;
            write!(out, ",\"cancelled\":{},\"open\":{}", row.cancelled, row.open)?;
            write!(out, ",\"leftOut\":{}", row.left_out)?;
            write!(
                out,
                ",\"totalNanos\":{},\"selfNanos\":{},\"busyNanos\":{},\"waitNanos\":{},\"meanNanos\":{}",
                row.total, row.own, row.busy, row.wait, row.mean
            )?;
            writeln!(
                out,
                ",\"p50Nanos\":{},\"p90Nanos\":{},\"p99Nanos\":{},\"maxNanos\":{},\"tracingNanos\":{}}}",
                quantile(0),
                quantile(1),
                quantile(2),
                row.max,
                nanos(row.tracing)
            )?;
        }
        Ok(())
    }

    /// The table. What never happened has no column, and neither has what there is no room for.
    pub(crate) fn write(&self, paper: Paper, out: &mut impl Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let (columns, room) = self.columns(paper);
        let mut head = PaperRow::default();
        for column in &columns {
            head.put(Ink::Faint, format!("{:>1$}  ", column.heading, column.width));
        }
        head.put(Ink::Faint, heading(self.by));
        head.write(paper, out)?;
        for row in &self.rows {
            let mut line = PaperRow::default();
            for column in &columns {
                let alarm = column.heading == "errors" && row.failed > 0;
                let ink = if alarm { Ink::Alarm } else { Ink::Plain };
                line.put(ink, format!("{:>1$}  ", (column.cell)(row), column.width));
            }
            line.put(Ink::Name, end_of(&row.name, room));
            line.write(paper, out)?;
        }
        for note in &self.notes {
            let mut line = PaperRow::default();
            line.put(Ink::Faint, note);
            line.write(paper.uncut(), out)?;
        }
        Ok(())
    }

    /// The columns there is room for, and what is left for names.
    fn columns(&self, paper: Paper) -> (Vec<Column>, usize) {
        let known = |row: &Row| row.calls > 0;
        let any = |of: fn(&Row) -> bool| self.rows.iter().any(of);
        // what is busy and what waits add up to it
        let own_rank = if any(|row| row.wait > 0) { 8 } else { 0 };
        let mut columns = vec![
            Column::count("calls", 0, |row| row.calls),
            Column::count("errors", 0, |row| row.failed),
            Column::count("cancelled", 1, |row| row.cancelled),
            Column::count("open", 1, |row| row.open),
            Column::time("total", 0, move |row| known(row).then_some(row.total)),
            Column::time("self", own_rank, move |row| known(row).then_some(row.own)),
            Column::time("busy", 0, move |row| known(row).then_some(row.busy)),
            Column::time("wait", 1, move |row| known(row).then_some(row.wait)),
            Column::time("mean", 4, move |row| known(row).then_some(row.mean)),
            Column::time("p50", 6, |row| row.quantile(0)),
            Column::time("p90", 7, |row| row.quantile(1)),
            Column::time("p99", 3, |row| row.quantile(2)),
            Column::time("max", 5, move |row| known(row).then_some(row.max)),
            Column::time("tracing", 2, |row| row.tracing),
        ];
        columns.retain(|column| match column.heading {
            "cancelled" => any(|row| row.cancelled > 0),
            "open" => any(|row| row.open > 0),
            "busy" | "wait" => own_rank > 0,
            "tracing" => any(|row| row.tracing.is_some()),
            _ => true,
        });
        for column in &mut columns {
            column.fit(&self.rows);
        }
        let names = self.rows.iter().map(|row| width(&row.name)).max().unwrap_or_default();
        loop {
            let taken: usize = columns.iter().map(|column| column.width + 2).sum();
            let room = paper.width().unwrap_or(usize::MAX).saturating_sub(taken);
            let least = columns.iter().map(|column| column.rank).max().unwrap_or_default();
            if room >= names.min(NAME) || least == 0 {
                return (columns, room.max(1));
            }
            columns.retain(|column| column.rank < least);
        }
    }
}

/// `path`, or as many of its last names as there is room for.
fn end_of(path: &str, room: usize) -> Cow<'_, str> {
    if width(path) <= room {
        return Cow::Borrowed(path);
    }
    let mut ends = path.match_indices("::").map(|(at, _)| &path[at + 2..]);
    let fitting = ends.find(|end| width(end) < room && end.contains("::"));
    fitting.map_or_else(|| last(path, room), |end| Cow::Owned(format!("…{end}")))
}

struct Column {
    heading: &'static str,
    /// Those of the highest go first where there is no room; those of 0 stay.
    rank: u8,
    cell: Box<dyn Fn(&Row) -> String>,
    width: usize,
}

impl Column {
    fn new(heading: &'static str, rank: u8, cell: impl Fn(&Row) -> String + 'static) -> Self {
        Self { heading, rank, cell: Box::new(cell), width: heading.len() }
    }

    fn count(heading: &'static str, rank: u8, of: fn(&Row) -> u64) -> Self {
        Self::new(heading, rank, move |row| of(row).to_string())
    }

    fn time(heading: &'static str, rank: u8, of: impl Fn(&Row) -> Option<u64> + 'static) -> Self {
        Self::new(heading, rank, move |row| of(row).map_or_else(|| "-".to_owned(), text::duration))
    }

    /// Makes it as wide as its widest cell.
    fn fit(&mut self, rows: &[Row]) {
        let cells = rows.iter().map(|row| width(&(self.cell)(row)));
        self.width = cells.max().unwrap_or_default().max(self.width);
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
