//! A real browser: Chromium without a display, told what to do by its DevTools protocol.
//!
//! The protocol goes through a pair of pipes (JSON documents, each with a zero byte behind it), so there
//! is no port to be taken by somebody else, and the browser ends when this process does.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::scratch::Folder;

/// How long the browser may take for one thing.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page.
pub struct Browser {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    /// Events that nobody has asked for yet.
    events: VecDeque<Value>,
    session: String,
    number: u64,
    // Removed after the browser.
    _folder: Folder,
}

impl Browser {
    /// Starts Chromium with an empty page of that size.
    #[track_caller]
    pub fn start(width: u32, height: u32) -> Browser {
        let folder = Folder::new("browser");
        let mut child = Command::new("sh")
            .args([
                "-c",
                "exec chromium \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1",
                "sh",
                "--headless",
                // The tests may run as root, where there is no sandbox.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--no-first-run",
                "--hide-scrollbars",
                "--force-device-scale-factor=1",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", folder.path().display()))
            .arg(format!("--window-size={width},{height}"))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh runs");
        let input = child.stdin.take().expect("a pipe");
        let output = child.stdout.take().expect("a pipe");
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0) {
                let Ok(message) = message else { break };
                let message = serde_json::from_slice(&message).expect("DevTools speaks JSON");
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut browser = Browser {
            child,
            input,
            messages,
            events: VecDeque::new(),
            session: String::new(),
            number: 0,
            _folder: folder,
        };
        browser.session = browser.new_page();
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        browser.call("Emulation.setDeviceMetricsOverride", size);
        for domain in ["Page", "Runtime", "Network", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    #[track_caller]
    fn new_page(&mut self) -> String {
        let page = self.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let session = self.call("Target.attachToTarget", attach);
        session["sessionId"].as_str().expect("a session").to_owned()
    }

    /// Calls a method of the protocol and returns its result.
    #[track_caller]
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.as_str().into();
        }
        // If it is gone, the answer says so.
        let _ = self.input.write_all(format!("{message}\0").as_bytes());
        loop {
            let answer = self.next();
            if answer["id"] == self.number {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
            if answer["method"].is_string() {
                self.events.push_back(answer);
            }
        }
    }

    #[track_caller]
    fn next(&mut self) -> Value {
        match self.messages.recv_timeout(PATIENCE) {
            Ok(message) => message,
            Err(error) => panic!(
                "Chromium does not answer ({error}, {:?}); scripts/test installs it where it is missing",
                self.child.try_wait()
            ),
        }
    }

    /// Opens a file and waits until it is loaded.
    #[track_caller]
    pub fn open(&mut self, file: &Path) {
        let answer = self.call(
            "Page.navigate",
            json!({ "url": format!("file://{}", file.display()) }),
        );
        assert!(answer["errorText"].is_null(), "{answer}");
        self.until("document.readyState === 'complete' && location.protocol === 'file:'");
    }

    /// What the system says it prefers: `light` or `dark`. Nothing moves, so that nothing is half-way.
    #[track_caller]
    pub fn prefers(&mut self, scheme: &str) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        );
    }

    /// The value of an expression in the page; promises are waited for.
    #[track_caller]
    pub fn eval(&mut self, expression: &str) -> Value {
        let params =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", params);
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {:#}",
            answer["exceptionDetails"]
        );
        answer["result"]["value"].clone()
    }

    /// The value of an expression that is text.
    #[track_caller]
    pub fn text(&mut self, expression: &str) -> String {
        let value = self.eval(expression);
        let text = value.as_str().map(str::to_owned);
        text.unwrap_or_else(|| panic!("{expression}: {value}"))
    }

    /// Goes on as soon as an expression is true.
    #[track_caller]
    pub fn until(&mut self, expression: &str) {
        let start = Instant::now();
        while self.eval(expression) != Value::Bool(true) {
            assert!(start.elapsed() < PATIENCE, "never true: {expression}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Types text where the focus is.
    #[track_caller]
    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.key(&c.to_string(), Some(c));
        }
    }

    /// Presses and releases a key: `Enter`, `Escape`, `a`.
    #[track_caller]
    pub fn press(&mut self, key: &str) {
        let text = (key == "Enter").then_some('\r');
        self.key(key, text);
    }

    #[track_caller]
    fn key(&mut self, key: &str, text: Option<char>) {
        let mut down = json!({ "type": "keyDown", "key": key });
        if let Some(text) = text {
            down["text"] = text.to_string().into();
        }
        self.call("Input.dispatchKeyEvent", down);
        self.call(
            "Input.dispatchKeyEvent",
            json!({ "type": "keyUp", "key": key }),
        );
    }

    /// Moves the mouse to the middle of an element.
    #[track_caller]
    pub fn hover(&mut self, selector: &str) -> (f64, f64) {
        let selector = json!(selector);
        let place = self.eval(&format!(
            "(() => {{ const e = document.querySelector({selector}); \
             e.scrollIntoView({{ block: 'center', inline: 'center', behavior: 'instant' }}); \
             const r = e.getBoundingClientRect(); \
             return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        let at = |i: usize| place[i].as_f64().expect("a place");
        let (x, y) = (at(0), at(1));
        self.call(
            "Input.dispatchMouseEvent",
            json!({ "type": "mouseMoved", "x": x, "y": y }),
        );
        (x, y)
    }

    /// Clicks on the middle of an element, whatever is there.
    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        let (x, y) = self.hover(selector);
        for kind in ["mousePressed", "mouseReleased"] {
            let button = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", button);
        }
    }

    /// A picture of what can be seen now, as PNG in base64.
    #[track_caller]
    pub fn screenshot(&mut self) -> String {
        let picture = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        picture["data"].as_str().expect("a picture").to_owned()
    }

    /// How many colours a picture has, and how light it is on the whole (0 to 255). The browser reads it, in
    /// a page of its own.
    #[track_caller]
    pub fn look_at(&mut self, picture: &str) -> (u64, f64) {
        let page = std::mem::take(&mut self.session);
        self.session = self.new_page();
        let seen = self.eval(&format!(
            "(async () => {{ \
               const image = await createImageBitmap(await (await fetch('data:image/png;base64,{picture}')).blob()); \
               const canvas = new OffscreenCanvas(image.width, image.height); \
               const pen = canvas.getContext('2d'); \
               pen.drawImage(image, 0, 0); \
               const data = new Uint32Array(pen.getImageData(0, 0, image.width, image.height).data.buffer); \
               let light = 0; \
               for (const p of data) light += ((p & 255) + (p >> 8 & 255) + (p >> 16 & 255)) / 3; \
               return [new Set(data).size, light / data.length]; \
             }})()"
        ));
        // A page behind another one draws nothing and hears of no change.
        self.call("Page.close", json!({}));
        self.session = page;
        self.call("Page.bringToFront", json!({}));
        (
            seen[0].as_u64().expect("a number"),
            seen[1].as_f64().expect("a number"),
        )
    }

    /// Everything that went wrong in the page or that it fetched, but for files on the disk.
    #[track_caller]
    pub fn complaints(&mut self) -> Vec<String> {
        // What came before this answer has been read by then.
        self.eval("0");
        let mut out = Vec::new();
        for event in &self.events {
            let params = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Network.requestWillBeSent" => {
                    let url = params["request"]["url"].as_str().unwrap_or_default();
                    if !url.starts_with("file:") && !url.starts_with("data:") {
                        out.push(format!("fetched {url}"));
                    }
                }
                "Runtime.exceptionThrown" => out.push(params["exceptionDetails"].to_string()),
                "Log.entryAdded" => out.push(params["entry"]["text"].to_string()),
                "Page.javascriptDialogOpening" => out.push(format!("a dialog: {params}")),
                _ => {}
            }
        }
        out
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
