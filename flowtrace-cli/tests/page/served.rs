//! A page that `flowtrace open` serves.
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;

use crate::browser::browser;
use crate::site::{Site, call};
use crate::views;

#[test]
fn a_served_page_shows_the_tour() {
    let Some(mut browser) = browser() else { return };
    let site = Site::tour();
    let served = site.served();
    for look in views::ALL {
        browser.open(&served.url);
        look(&mut browser);
        browser.is_content();
    }
}

#[test]
fn a_trace_that_grows_is_followed() {
    let Some(mut browser) = browser() else { return };
    let lines = |from: u64, to: u64| {
        (from..to).fold(String::new(), |mut lines, id| {
            let [enter, exit] = call(id, None, "sell", (id * 100, id * 100 + 50), "{}", r#""result":"null""#);
            writeln!(lines, "{enter}\n{exit}").unwrap();
            lines
        })
    };
    let site = Site::of(&lines(1, 4));
    let served = site.served();
    browser.open(&served.url);
    browser.go("view=requests");
    browser.wait("document.querySelectorAll('tr[data-call]').length === 3");
    let mut trace = File::options().append(true).open(site.trace()).unwrap();
    trace.write_all(lines(4, 9).as_bytes()).unwrap();
    browser.wait("document.querySelectorAll('tr[data-call]').length === 8");
    browser.wait_for("#live", "8");
    browser.click("#live button");
    trace.write_all(lines(9, 10).as_bytes()).unwrap();
    browser.wait_for("#live", "9");
    assert_eq!(browser.run("document.querySelectorAll('tr[data-call]').length"), 8);
    browser.is_content();
}
