//! Makes the pictures for README.md and docs; docs/pictures/make runs it.
use std::path::Path;

use crate::browser::browser;
use crate::site::Site;

#[test]
#[ignore = "writes files; docs/pictures/make runs it"]
fn pictures_for_the_docs() {
    let folder = std::env::var_os("FLOWTRACE_PICTURES").expect("docs/pictures/make sets FLOWTRACE_PICTURES");
    let folder = Path::new(&folder);
    let mut browser = browser().expect("chromium is installed");
    let site = Site::tour_in(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap());
    browser.resize(1280, 760);
    browser.theme("light");
    browser.open(&site.saved());
    browser.click_text(".entry", "Insufficient stock");
    browser.wait_for("[aria-label=Source] .here", "purchase_product");
    browser.run("document.getElementById('main').scrollTop = 0");
    browser.picture(&folder.join("start.png"));
    browser.click("#tab-requests");
    browser.wait("document.querySelectorAll('tr[data-call]').length === 12");
    browser.click("tr[data-call]:nth-child(7) td:last-child button");
    browser.click("tr[data-call]:nth-child(10) td:last-child button");
    browser.key("Escape");
    browser.wait("document.querySelectorAll('.pair').length > 11");
    browser.picture(&folder.join("compare.png"));
    browser.theme("dark");
    browser.click("#tab-timeline");
    browser.wait("Number(document.querySelector('.pane canvas').dataset.bars) > 20");
    browser.picture(&folder.join("timeline.png"));
}
