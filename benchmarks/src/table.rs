//! Prints tables and aims.

use crate::rounds::Spread;

/// A row's name and its cells.
pub type Row = (String, Vec<String>);

pub fn print(title: &str, columns: &[&str], rows: &[Row]) {
    let name = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns.len())
        .map(|i| rows.iter().map(|(_, cells)| cells[i].chars().count()).chain([columns[i].len()]).max())
        .map(|width| width.unwrap_or_default() + 2)
        .collect();
    let line = |first: &str, cells: &mut dyn Iterator<Item = &str>| {
        print!("{first:<name$}");
        for (cell, width) in cells.zip(&widths) {
            print!("{cell:>width$}");
        }
        println!();
    };
    println!("\n{title}");
    line("", &mut columns.iter().copied());
    for (first, cells) in rows {
        line(first, &mut cells.iter().map(String::as_str));
    }
}

/// With as many digits as mean something.
pub fn number(value: f64) -> String {
    let decimals = match value.abs() {
        size if size < 10.0 => 2,
        size if size < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

/// The median, and in brackets the least and the most.
pub fn range([least, median, most]: Spread) -> String {
    format!("{} ({}–{})", number(median), number(least), number(most))
}

/// One part of what is wanted, and what was found.
pub struct Aim {
    pub wanted: String,
    pub found: String,
    pub met: bool,
}

pub fn print_aims(aims: Vec<Aim>) {
    let rows: Vec<Row> = aims
        .into_iter()
        .map(|aim| (aim.wanted, vec![aim.found, if aim.met { "met" } else { "MISSED" }.to_owned()]))
        .collect();
    if !rows.is_empty() {
        print("aims", &["found", ""], &rows);
    }
}
