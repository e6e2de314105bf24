//! A page that was saved as one file and is opened from the disk.
use crate::browser::browser;
use crate::site::{Site, call};
use crate::views;

#[test]
fn a_saved_page_shows_the_tour_without_a_server() {
    let Some(mut browser) = browser() else { return };
    let site = Site::tour();
    let page = site.saved();
    for look in views::ALL {
        browser.open(&page);
        look(&mut browser);
        browser.is_content();
    }
}

#[test]
fn what_a_trace_holds_stays_text() {
    let Some(mut browser) = browser() else { return };
    let hostile = "</script><img src=x onerror=\"window.hurt=1\"><!--";
    let args = serde_json::json!({ hostile: hostile }).to_string();
    let result = serde_json::json!({ "Err": hostile }).to_string();
    let end = format!(r#""result":{},"outcome":"error""#, serde_json::to_string(&result).unwrap());
    let [enter, exit] = call(1, None, "<b>get</b>", (0, 10), &args, &end);
    let site = Site::of(&format!("{enter}\n{exit}\n"));
    browser.open(&site.saved());
    browser.click(".entry");
    browser.wait_for("[aria-label=Result]", hostile);
    browser.wait_for("#details h2", "<b>get</b>");
    for view in ["timeline", "requests", "tree", "flame", "functions", "compare&a=0&b=0", "value&v=1"] {
        browser.go(&format!("view={view}&call=0"));
    }
    assert_eq!(
        browser
            .run("window.hurt === undefined && document.images.length === 0 && !document.querySelector('b')"),
        true
    );
    browser.is_content();
}
