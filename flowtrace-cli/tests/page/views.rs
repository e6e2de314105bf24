//! What holds for a page however it has its trace: each test is run on a saved page and on a served one.
use crate::browser::Browser;

pub(crate) fn a_newcomer_finds_the_failed_purchase(browser: &mut Browser) {
    browser.wait_for("#main h1", "5 calls failed");
    browser.click_text(".entry", "Insufficient stock");
    browser.wait_for("#details h2", "Handlers::purchase_product");
    browser.wait_for("[aria-label=Outcome]", "returned an error");
    browser.wait_for("[aria-label=Outcome]", "Insufficient stock");
    browser.wait_for("[aria-label=Arguments]", "quantity: 1000");
    browser.wait_for("[aria-label=Result]", "available: 48");
    browser.wait_for("[aria-label=Source]", "handlers.rs:61");
    browser.wait_for("[aria-label=Source] .here", "handlers, line 61");
    browser.wait_for("[aria-label='Called by']", "tour::send");
    browser.wait_for("[aria-label=Callees]", "ProductService::purchase_product");
    browser.wait_for("[aria-label=Ids]", "df9de29fd79c3def8554366f0cc1dc99");
    // the URL has it all, so that another page shows the same
    let url = browser.run("location.href");
    browser.open(url.as_str().unwrap());
    browser.wait_for("#details h2", "Handlers::purchase_product");
}

pub(crate) fn the_timeline_zooms_and_selects(browser: &mut Browser) {
    browser.go("view=timeline");
    browser.wait("Number(document.querySelector('.pane canvas').dataset.bars) > 20");
    let is_painted = "(() => {
        const canvas = document.querySelector('.pane canvas');
        const { data } = canvas.getContext('2d').getImageData(200, 30, 600, 150);
        return new Set(new Uint32Array(data.buffer)).size > 8;
    })()";
    browser.wait(is_painted);
    browser.wheel(700.0, 250.0, -400.0);
    browser.wait("/zoom=/.test(location.hash)");
    let zoom = browser.run("new URLSearchParams(location.hash.slice(1)).get('zoom')");
    browser.key("w");
    browser.wait(&format!("new URLSearchParams(location.hash.slice(1)).get('zoom') !== {zoom}"));
    browser.key("0");
    browser.wait("!/zoom=/.test(location.hash)");
    // the longest request reaches over this place: a click on its bar selects it
    let longest = 0.25;
    let place = browser.run(&format!(
        "(() => {{
            const {{ left, top, width }} = document.querySelector('.pane canvas').getBoundingClientRect();
            return [left + 140 + (width - 140) * {longest}, top];
        }})()"
    ));
    let (x, top) = (place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
    for row in 0..6 {
        browser.click_at(x, top + 40.0 + f64::from(row) * 18.0);
        if browser.run("/call=/.test(location.hash)") == true {
            break;
        }
    }
    browser.wait_for("#details h2", "tour::send");
    browser.wait_for("[aria-label=Arguments]", "target: \"/products\"");
}

pub(crate) fn requests_are_sorted_and_narrowed(browser: &mut Browser) {
    browser.go("view=requests");
    browser.wait("document.querySelectorAll('tr[data-call]').length === 12");
    browser.click_text("th button", "Took");
    browser.wait_for("tr[data-call]", "GET /products");
    browser.click_text("[aria-label=Endpoints] button", "/purchase");
    browser.wait("document.querySelectorAll('tr[data-call]').length === 2");
    browser.wait_for("tbody", "2 inside");
    browser.click("#chips button");
    browser.wait("document.querySelectorAll('tr[data-call]').length === 12");
    browser.click(".histogram button:not(:disabled)");
    browser.wait("document.querySelectorAll('tr[data-call]').length < 12");
    browser.wait_for("#chips", "slower>");
}

pub(crate) fn the_tree_unfolds_and_is_walked_by_keys(browser: &mut Browser) {
    browser.go("view=tree");
    browser.wait("document.querySelectorAll('[role=treeitem]').length === 84");
    browser.click("[role=treeitem][aria-expanded=true] .fold");
    browser.wait("document.querySelectorAll('[role=treeitem]').length === 82");
    browser.run("document.querySelector('[role=treeitem][tabindex=\"0\"]').focus()");
    browser.key("ArrowDown");
    browser.wait("document.activeElement.innerText.includes('/health')");
    browser.key("Enter");
    browser.wait_for("#details h2", "tour::send");
    browser.click_text(".buttons button", "Only this request");
    browser.wait("document.querySelectorAll('[role=treeitem]').length === 3");
}

pub(crate) fn a_search_finds_while_one_types_and_filters_all_views(browser: &mut Browser) {
    browser.go("view=tree");
    browser.key("/");
    browser.type_in("arg.product_id=99 &");
    browser.wait_for("#found [role=alert]", "expected");
    browser.wait_for("#found pre", "^");
    browser.run("document.querySelector('#search input').select()");
    browser.type_in("arg.product_id=99");
    browser.wait_for("#found .told", "4 calls");
    browser.key("Enter");
    browser.wait_for("#chips", "arg.product_id=99");
    browser.wait("document.querySelectorAll('[role=treeitem]').length === 6");
    browser.click("#tab-functions");
    browser.wait("document.querySelectorAll('tbody tr').length === 4");
    browser.click("#tab-flame");
    browser.wait_for(".flame", "Handlers::get_product");
    browser.click("#tab-requests");
    browser.wait("document.querySelectorAll('tr[data-call]').length === 1");
    browser.click("#tab-timeline");
    browser.wait("document.querySelector('.pane canvas').dataset.bars === '4'");
    browser.click("#chips button");
    browser.wait("Number(document.querySelector('.pane canvas').dataset.bars) > 20");
}

pub(crate) fn functions_and_flame_graph_sum_up(browser: &mut Browser) {
    browser.go("view=functions");
    browser.wait("document.querySelectorAll('tbody tr').length === 30");
    browser.click_text("th button", "Errors");
    browser.wait_for("tbody tr", "handle_request");
    browser.wait_for("tbody tr", "✗ 3");
    browser.click("#tab-flame");
    browser.click_text(".flame button", "Handlers::purchase_product");
    browser.wait_for("#main .toolbar", "Handlers::purchase_product");
    browser.click_text("button", "Time worked");
    browser.wait("/by=busy/.test(location.hash)");
    browser.wait_for(".flame", "tour::send");
}

pub(crate) fn a_value_is_followed(browser: &mut Browser) {
    browser.go("view=value");
    browser.click("#value");
    browser.type_in("product:99");
    browser.key("Enter");
    browser.wait_for("#main [role=status]", "1 call received or returned it");
    browser.wait_for("tbody", "arg.key");
    browser.click("tr[data-call]");
    browser.wait_for("#details h2", "CacheService::get");
    browser.go("view=value&v=48");
    browser.wait_for("tbody", "result.");
    let times =
        browser.run("[...document.querySelectorAll('tr[data-call]')].map((row) => Number(row.dataset.call))");
    let times: Vec<_> = times.as_array().unwrap().iter().map(|call| call.as_u64().unwrap()).collect();
    assert!(times.len() > 5 && times.is_sorted(), "{times:?}");
}

pub(crate) fn steps_lead_through_the_trace(browser: &mut Browser) {
    browser.go("view=tree");
    browser.key("e");
    browser.wait_for("#details h2", "Handlers::get_product");
    browser.wait_for("[aria-label=Arguments]", "product_id: 99");
    browser.click(".steps button[title^=Out]");
    browser.wait_for("#details h2", "exchange::handle_request");
    browser.key("u");
    browser.wait_for("#details h2", "tour::send");
    browser.key("o");
    browser.wait_for("[aria-label=Arguments]", "quantity=1000");
    browser.key("i");
    browser.wait_for("#details h2", "exchange::handle_request");
    browser.key("b");
    browser.wait_for("#details h2", "tour::send");
    browser.key("E");
    browser.wait_for("[aria-label=Arguments]", "product_id: 99");
    browser.key("Escape");
    browser.wait("document.getElementById('details').hidden");
}

pub(crate) fn two_requests_are_compared(browser: &mut Browser) {
    browser.go("view=requests");
    browser.click("tr[data-call]:nth-child(7) td:last-child button");
    browser.click("tr[data-call]:nth-child(10) td:last-child button");
    browser.wait("document.querySelectorAll('.pair').length > 11");
    browser.wait_for("#main", "Go to the first difference");
    browser.wait_for("#first-difference", "quantity=1000");
    browser.wait_for(".pair.missing", "LoggerService::info");
}

pub(crate) fn themes_and_help(browser: &mut Browser) {
    browser.theme("light");
    let ground = "getComputedStyle(document.body).backgroundColor";
    browser.wait(&format!("{ground} === 'rgb(250, 250, 248)'"));
    browser.click("#theme");
    browser.wait(&format!("{ground} === 'rgb(20, 23, 27)'"));
    browser.click("#theme");
    browser.wait(&format!("{ground} === 'rgb(250, 250, 248)'"));
    browser.key("?");
    browser.wait_for("dialog[open]", "How to read this page");
    browser.click("dialog button");
    browser.wait("!document.querySelector('dialog')");
    let nameless = browser.run(
        "[...document.querySelectorAll('button, input, select')].filter((each) => !each.innerText.trim() && !each.ariaLabel && !each.labels?.length).length",
    );
    assert_eq!(nameless, 0);
}

/// All of them.
pub(crate) const ALL: [fn(&mut Browser); 10] = [
    a_newcomer_finds_the_failed_purchase,
    the_timeline_zooms_and_selects,
    requests_are_sorted_and_narrowed,
    the_tree_unfolds_and_is_walked_by_keys,
    a_search_finds_while_one_types_and_filters_all_views,
    functions_and_flame_graph_sum_up,
    a_value_is_followed,
    steps_lead_through_the_trace,
    two_requests_are_compared,
    themes_and_help,
];
