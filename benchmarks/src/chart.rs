//! A bar chart as SVG.
use std::fmt::Write as _;

use crate::rounds::Spread;
use crate::table::number;

/// One bar: as long as the median, with a line from the least to the most.
pub struct Bar<'a> {
    pub name: &'a str,
    pub spread: Spread,
    pub bytes: f64,
}

const WIDTH: f64 = 860.0;
const LEFT: f64 = 170.0;
/// Where the longest line ends.
const RIGHT: f64 = 610.0;
const ROW: usize = 30;
const TOP: usize = 62;

/// Draws `bars` below the title; `machine` stands beneath.
pub fn draw(bars: &[Bar<'_>], machine: &str) -> String {
    let most = bars.iter().map(|bar| bar.spread[2]).fold(1.0, f64::max);
    let x = |nanos: f64| LEFT + nanos / most * (RIGHT - LEFT);
    let height = TOP + bars.len() * ROW + 34;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"16\">CPU time of a traced call, until it is in a file: nanoseconds (bytes)</text>\n\
         <text x=\"16\" y=\"46\" fill=\"#555\">get(id, key) in a row on one thread, CPU time of all threads; bar: median, line: least to most</text>\n"
    );
    for (i, bar) in bars.iter().enumerate() {
        let (y, [least, median, most]) = (TOP + i * ROW, bar.spread);
        let (middle, name) = (y + 11, bar.name);
        let colour = if i < 4 { "#2b6cb0" } else { "#a0aec0" };
        let (width, low, high) = (x(median) - LEFT, x(least), x(most));
        let said = format!(
            "{} to {}, median {} ns ({} B)",
            number(least),
            number(most),
            number(median),
            number(bar.bytes)
        );
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>\
             <rect x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"22\" fill=\"{colour}\"/>\
             <path d=\"M{low:.1} {middle}H{high:.1}\" stroke=\"#1a202c\" stroke-width=\"2\"/>\
             <text x=\"{:.1}\" y=\"{}\">{said}</text>",
            LEFT - 8.0,
            y + 16,
            high + 8.0,
            y + 16,
        );
    }
    let _ = writeln!(svg, "<text x=\"16\" y=\"{}\" fill=\"#555\">{machine}</text>\n</svg>", height - 12);
    svg
}
