//! A headless Chromium, and what a user does in it.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    panic::{AssertUnwindSafe, resume_unwind},
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures_util::FutureExt;
use serde_json::{Value, json};
use thirtyfour::{ChromiumLikeCapabilities, error::WebDriverErrorInner, prelude::*};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::sleep,
};

use crate::server::{EMAIL, PASSWORD, Server, free_address};

/// More browsers at the same time would slow each other down: one waits about half of its time.
static TURNS: Semaphore = Semaphore::const_new(2);

/// A script that makes the edit form on the page one of an earlier version, which has shown
/// nothing.
pub(crate) const MADE_STALE: &str = "for (const name of ['version', 'shown']) \
    document.querySelector(`[name=${name}]`).value = '7'";

/// Whether pages may run their script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    On,
    Off,
}

/// Whether a page that is higher than the window has a scroll bar that takes width, as on a
/// desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ScrollBars {
    Shown,
    Hidden,
}

/// A browser and the server it visits.
pub(crate) struct Chromium {
    pub(crate) driver: WebDriver,
    pub(crate) server: Server,
    _chromedriver: Chromedriver,
    _profile: tempfile::TempDir,
    _turn: SemaphorePermit<'static>,
}

struct Chromedriver(Child);

impl Drop for Chromedriver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Chromium {
    /// Runs a test in a new browser on a new server, if Chromium is installed. The browser ends
    /// also after a panic.
    pub(crate) async fn used(script: Script, by: impl AsyncFnOnce(&Self)) {
        Self::used_at(Server::start, script, by).await;
    }

    /// Runs a test on a server with other settings.
    pub(crate) async fn used_at(
        server: impl FnOnce() -> Server,
        script: Script,
        by: impl AsyncFnOnce(&Self),
    ) {
        Self::used_as(server, script, ScrollBars::Hidden, by).await;
    }

    /// Runs a test in a browser with scroll bars.
    pub(crate) async fn used_with_scroll_bars(by: impl AsyncFnOnce(&Self)) {
        Self::used_as(Server::start, Script::On, ScrollBars::Shown, by).await;
    }

    async fn used_as(
        server: impl FnOnce() -> Server,
        script: Script,
        bars: ScrollBars,
        by: impl AsyncFnOnce(&Self),
    ) {
        let Some(page) = Self::start(server, script, bars).await else {
            return;
        };
        let used = AssertUnwindSafe(by(&page)).catch_unwind().await;
        page.driver.clone().quit().await.expect("ends");
        if let Err(panic) = used {
            resume_unwind(panic);
        }
    }

    async fn start(
        server: impl FnOnce() -> Server,
        script: Script,
        bars: ScrollBars,
    ) -> Option<Self> {
        for program in ["chromium", "chromedriver"] {
            if !is_there(program) {
                skip(program);
                return None;
            }
        }
        let turn = TURNS.acquire().await.expect("is open");
        let address = free_address();
        let port = address.rsplit(':').next().expect("has a port");
        let chromedriver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let chromedriver = Chromedriver(chromedriver.expect("starts"));
        wait_until_ready(&address);
        let profile = tempfile::tempdir().expect("makes a folder");
        let mut wanted = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=en-US",
            "--window-size=1280,900",
            &format!("--user-data-dir={}", profile.path().display()),
        ] {
            wanted.add_arg(argument).expect("is an argument");
        }
        match bars {
            ScrollBars::Hidden => wanted.add_arg("--hide-scrollbars").expect("is an argument"),
            // chromedriver hides them in a headless browser.
            ScrollBars::Shown => wanted
                .add_exclude_switch("hide-scrollbars")
                .expect("is an option"),
        }
        if script == Script::Off {
            let none = json!({ "profile.managed_default_content_settings.javascript": 2 });
            wanted
                .add_experimental_option("prefs", none)
                .expect("is an option");
        }
        let url = format!("http://{address}");
        let mut driver = WebDriver::new(&url, wanted.clone()).await;
        // chromedriver closes the connection now and then if the machine is busy while the browser
        // starts.
        for _ in 0..2 {
            let is_lost = |error: &WebDriverError| {
                matches!(error.as_inner(), WebDriverErrorInner::HttpError(_))
            };
            if driver.as_ref().is_err_and(is_lost) {
                driver = WebDriver::new(&url, wanted.clone()).await;
            }
        }
        Some(Self {
            driver: driver.expect("starts a browser"),
            server: server(),
            _chromedriver: chromedriver,
            _profile: profile,
            _turn: turn,
        })
    }

    pub(crate) async fn open(&self, path: &str) {
        let url = self.server.url(path);
        self.driver.goto(url).await.expect("opens");
    }

    /// The path and query of the current page.
    pub(crate) async fn path(&self) -> String {
        let url = self.driver.current_url().await.expect("has an address");
        let query = url.query().map(|query| format!("?{query}"));
        format!("{}{}", url.path(), query.unwrap_or_default())
    }

    /// Finds an element, and waits for it: the page may still be loading.
    pub(crate) async fn find(&self, css: &str) -> WebElement {
        self.find_by(By::Css(css)).await
    }

    async fn find_by(&self, by: By) -> WebElement {
        for _ in 0..200 {
            if let Ok(element) = self.driver.find(by.clone()).await {
                return element;
            }
            sleep(Duration::from_millis(50)).await;
        }
        let page = self.driver.source().await.expect("has a source");
        panic!("no {by} at {}: {page}", self.path().await);
    }

    pub(crate) async fn is_shown(&self, css: &str) -> bool {
        let found = self.driver.find_all(By::Css(css)).await.expect("looks");
        !found.is_empty()
    }

    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.expect("has text")
    }

    /// Waits until the element contains this text: the page may still be loading.
    pub(crate) async fn says(&self, css: &str, words: &str) {
        let mut last = String::new();
        for _ in 0..200 {
            let found = self.driver.find(By::Css(css)).await;
            if let Ok(element) = found {
                last = element.text().await.unwrap_or_default();
            }
            if last.contains(words) {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("{css} says {last:?} and not {words:?}");
    }

    /// Waits until this page is shown.
    pub(crate) async fn is_at(&self, path: &str) {
        for _ in 0..200 {
            if self.path().await == path {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("this is {} and not {path}", self.path().await);
    }

    /// Clicks an element that leads to no other page.
    pub(crate) async fn click(&self, css: &str) {
        self.find(css).await.click().await.expect("clicks");
    }

    /// Clicks an element that sends a form, and waits for the next page.
    pub(crate) async fn submit(&self, css: &str) {
        self.leave(async || self.click(css).await).await;
    }

    /// Follows the link with this text, and waits for the next page.
    pub(crate) async fn follow(&self, text: &str) {
        let link = self.find_by(By::LinkText(text)).await;
        self.leave(async || link.click().await.expect("clicks"))
            .await;
    }

    /// Presses Enter and waits for the next page.
    pub(crate) async fn enter(&self) {
        self.leave(async || self.press(Key::Enter).await).await;
    }

    /// Runs an action that leads to another page, and waits until this page is gone: the click
    /// returns earlier.
    async fn leave(&self, by: impl AsyncFnOnce()) {
        let here = self.find("html").await;
        by().await;
        for _ in 0..200 {
            if here.tag_name().await.is_err() {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("the action did not leave {}", self.path().await);
    }

    /// Replaces the text of a field.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.expect("clears");
        field.send_keys(text).await.expect("types");
    }

    /// Returns the value of a field.
    pub(crate) async fn value(&self, css: &str) -> String {
        let value = self.find(css).await.prop("value").await;
        value.expect("looks").unwrap_or_default()
    }

    /// Presses keys in the focused element.
    pub(crate) async fn press(&self, keys: impl Into<TypingData>) {
        let keys = self.driver.action_chain().send_keys(keys.into());
        keys.perform().await.expect("presses");
    }

    /// Runs a script of the test in the page, and returns its result.
    pub(crate) async fn ask(&self, script: &str) -> Value {
        let answer = self.driver.execute(script, Vec::new()).await;
        answer.expect("answers").json().clone()
    }

    /// Sends a command of the Chrome DevTools Protocol.
    pub(crate) async fn command(&self, method: &str, parameters: Value) -> Value {
        let answer = self.driver.cdp().send_raw(method, parameters).await;
        answer.expect("answers")
    }

    pub(crate) async fn sign_in(&self) {
        self.open("/sign-in").await;
        self.fill("#email", EMAIL).await;
        self.fill("#password", PASSWORD).await;
        self.submit("main button.primary").await;
        self.says("h1", "You have").await;
    }
}

/// Says that a test is skipped because something is missing, or fails in CI.
#[expect(
    clippy::print_stdout,
    reason = "the person who runs the tests reads it"
)]
pub(crate) fn skip(wanting: &str) {
    assert!(
        std::env::var_os("CI").is_none(),
        "{wanting} is not installed"
    );
    println!("skipped: {wanting} is not installed");
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Waits until chromedriver says that it is ready (W3C WebDriver, section 8.3). It accepts
/// connections before that.
fn wait_until_ready(address: &str) {
    for _ in 0..200 {
        if is_ready(address).unwrap_or(false) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no chromedriver is ready on {address}");
}

fn is_ready(address: &str) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    write!(stream, "GET /status HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    // chromedriver keeps the connection open: the answer is read until it says what it has to say.
    let mut answer = Vec::new();
    let mut part = [0; 1024];
    loop {
        let length = stream.read(&mut part)?;
        answer.extend_from_slice(&part[..length]);
        if String::from_utf8_lossy(&answer).contains("\"ready\":true") {
            return Ok(true);
        }
        if length == 0 {
            return Ok(false);
        }
    }
}
