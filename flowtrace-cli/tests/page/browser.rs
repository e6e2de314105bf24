//! A browser that tests drive: Chromium, by its `DevTools` protocol over two pipes.
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long something on a page may take, in milliseconds. It is long, for machines that do much else.
const PATIENCE: u32 = 60_000;

/// A browser with one tab.
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Option<String>,
    last: u64,
    /// What the page complained of.
    trouble: Vec<String>,
    _profile: TempDir,
}

/// The browser that all tests share, one after the other; `None` where there is none.
pub(crate) fn browser() -> Option<MutexGuard<'static, Browser>> {
    static BROWSER: OnceLock<Option<Mutex<Browser>>> = OnceLock::new();
    let browser = BROWSER.get_or_init(|| Browser::start().map(Mutex::new)).as_ref();
    if browser.is_none() {
        eprintln!("chromium is not installed: the tests of the page are left out");
    }
    browser.map(|browser| browser.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Browser {
    fn start() -> Option<Self> {
        let name = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
            Command::new(name).arg("--version").output().is_ok_and(|ran| ran.status.success())
        })?;
        let profile = tempfile::tempdir().unwrap();
        // it takes questions on descriptor 3 and answers on 4
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, name])
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take().unwrap();
        let from = BufReader::new(child.stdout.take().unwrap());
        let (session, trouble) = (None, Vec::new());
        let mut browser = Self { child, to, from, session, last: 0, trouble, _profile: profile };
        let target = browser.ask("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.ask("Target.attachToTarget", attach);
        browser.session = Some(session["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            browser.ask(domain, json!({}));
        }
        browser.resize(1280, 800);
        Some(browser)
    }

    /// Opens a page and waits until it is ready.
    pub(crate) fn open(&mut self, url: &str) {
        self.ask("Page.navigate", json!({ "url": "about:blank" }));
        self.trouble.clear();
        self.ask("Page.navigate", json!({ "url": url }));
        self.wait("document.documentElement.dataset.ready === 'true'");
    }

    /// Goes to another state of the page, as who follows a link to it.
    pub(crate) fn go(&mut self, hash: &str) {
        self.run(&format!("location.hash = {hash:?}"));
        self.wait("!document.querySelector('#main[aria-busy]')");
    }

    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", size);
    }

    pub(crate) fn theme(&mut self, theme: &str) {
        // without a screen there is no pointer either, unless that is said
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }, { "name": "hover", "value": "hover" }]);
        self.ask("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// The value of an expression of JavaScript.
    pub(crate) fn run(&mut self, script: &str) -> Value {
        let question = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let answer = self.ask("Runtime.evaluate", question);
        assert!(answer.get("exceptionDetails").is_none(), "{script}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(crate) fn wait(&mut self, condition: &str) {
        let came = self.run(&format!(
            "new Promise((done) => {{
                const end = performance.now() + {PATIENCE};
                (function look() {{
                    let is = false;
                    try {{ is = {condition}; }} catch {{}}
                    if (is || performance.now() > end) done(Boolean(is));
                    else setTimeout(look, 10);
                }})();
            }})"
        ));
        assert_eq!(came, true, "{condition} never came: {}", self.page());
    }

    /// Waits until the first element of a selector has a text in it.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, selector: &str, text: &str) {
        self.wait(&format!("document.querySelector({selector:?}).innerText.includes({text:?})"));
    }

    /// Clicks in the middle of the first element of a selector.
    #[track_caller]
    pub(crate) fn click(&mut self, selector: &str) {
        self.wait(&format!("document.querySelector({selector:?}) !== null"));
        let place = self.run(&format!(
            "(() => {{
                const element = document.querySelector({selector:?});
                element.scrollIntoView({{ block: 'center', behavior: 'instant' }});
                const {{ x, y, width, height }} = element.getBoundingClientRect();
                return [x + width / 2, y + height / 2];
            }})()"
        ));
        self.click_at(place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
    }

    /// Clicks the element of a selector that has this text.
    #[track_caller]
    pub(crate) fn click_text(&mut self, selector: &str, text: &str) {
        let find = format!(
            "[...document.querySelectorAll({selector:?})].find((each) => each.innerText.includes({text:?}))"
        );
        self.wait(&format!("{find} !== undefined"));
        self.run(&format!(
            "document.querySelectorAll('[data-aim]').forEach((each) => each.removeAttribute('data-aim')); {find}.setAttribute('data-aim', '')"
        ));
        self.click("[data-aim]");
    }

    pub(crate) fn click_at(&mut self, x: f64, y: f64) {
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let (button, clicks) = if kind == "mouseMoved" { ("none", 0) } else { ("left", 1) };
            let event = json!({ "type": kind, "x": x, "y": y, "button": button, "clickCount": clicks });
            self.ask("Input.dispatchMouseEvent", event);
        }
    }

    /// Turns the wheel; below 0 is away from oneself.
    pub(crate) fn wheel(&mut self, x: f64, y: f64, by: f64) {
        let event = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by });
        self.ask("Input.dispatchMouseEvent", event);
    }

    /// Presses a key: a letter, or a name such as `Enter`.
    pub(crate) fn key(&mut self, key: &str) {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            "ArrowDown" => (40, ""),
            "ArrowLeft" => (37, ""),
            letter => (0, letter),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event = json!({ "type": kind, "key": key, "text": text, "windowsVirtualKeyCode": code });
            self.ask("Input.dispatchKeyEvent", event);
        }
    }

    /// Types into what has the focus.
    pub(crate) fn type_in(&mut self, text: &str) {
        self.ask("Input.insertText", json!({ "text": text }));
    }

    /// Writes a picture of the page.
    pub(crate) fn picture(&mut self, path: &Path) {
        // two frames, so that what was asked for is painted
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
        let picture = self.ask("Page.captureScreenshot", json!({ "format": "png" }));
        std::fs::write(path, base64(picture["data"].as_str().unwrap())).unwrap();
    }

    /// Fails if the page complained of anything since it was opened.
    #[track_caller]
    pub(crate) fn is_content(&mut self) {
        self.run("0");
        assert!(self.trouble.is_empty(), "{:#?}", self.trouble);
    }

    fn page(&mut self) -> String {
        let page = self.run("location.href + '\\n' + document.body.innerText");
        format!("{}\n{:#?}", page.as_str().unwrap_or_default(), self.trouble)
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method });
        message["params"] = parameters;
        if let Some(session) = &self.session {
            message["sessionId"] = session.clone().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("the browser runs");
        loop {
            let mut answer = Vec::new();
            self.from.read_until(0, &mut answer).unwrap();
            assert_eq!(answer.pop(), Some(0), "the browser ended");
            let mut answer: Value = serde_json::from_slice(&answer).unwrap();
            if answer["id"] == self.last {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].take();
            }
            let event = answer["method"].as_str().unwrap_or_default();
            // a filter with a mistake in it is refused, which the browser tells as well
            let entry = &answer["params"]["entry"];
            let is_told = entry["level"] == "error" && entry["source"] != "network";
            if event == "Runtime.exceptionThrown" || is_told || answer["params"]["type"] == "error" {
                self.trouble.push(answer["params"].to_string());
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The bytes of a text in base 64.
fn base64(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut held) = (Vec::with_capacity(text.len() / 4 * 3), 0_u32, 0);
    for letter in text.bytes() {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).expect("a byte"));
        }
    }
    bytes
}
