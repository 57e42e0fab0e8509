//! Chromium, driven through WebDriver. Driver, browser and profile end with the test, however it ends.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    key::Key,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::needs_module;

/// Longer than anything a page is waited for.
const PATIENCE: Duration = Duration::from_secs(90);

/// How the page is looked at.
#[derive(Clone, Copy)]
pub struct Look {
    pub width: u32,
    pub dark: bool,
}

/// A wide, light window.
pub const WIDE: Look = Look { width: 1440, dark: false };

/// All of them, with their names.
pub const LOOKS: [(&str, Look); 4] = [
    ("light-wide", WIDE),
    ("dark-wide", Look { width: 1440, dark: true }),
    ("light-narrow", Look { width: 390, dark: false }),
    ("dark-narrow", Look { width: 390, dark: true }),
];

/// A browser with one window.
pub struct Browser {
    pub page: Client,
    driver: Child,
    _profile: TempDir,
}

/// A shell that starts the driver and waits for the end of its own stdin, which is the end of the test. It then kills
/// its process group: the driver, and the browser that the driver started.
const KEEPER: &str = "chromedriver --port=0 & exec >/dev/null; read -r _; kill -KILL 0";

/// The driver in a process group of its own, and the port that it listens on.
///
/// It looks for a port that is free for IPv4, takes the same for IPv6, and gives up where that is taken.
fn start_driver() -> (Child, u16) {
    const TRIES: usize = 5;
    let start = || {
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(keeper.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            line.split_once("successfully on port ")?.1.trim_end_matches('.').parse::<u16>().ok()
        });
        if port.is_none() {
            end(&mut keeper);
        }
        Some((keeper, port?))
    };
    let started = std::iter::repeat_with(start).take(TRIES).flatten().next();
    started.expect("chromedriver starts; `cargo xtask test` installs it")
}

/// Ends a keeper, and waits until it has killed its group.
fn end(keeper: &mut Child) {
    drop(keeper.stdin.take());
    keeper.wait().unwrap();
}

impl Browser {
    pub async fn open(url: &str) -> Self {
        needs_module("in_browser");
        let (driver, port) = start_driver();
        let profile = tempfile::tempdir().unwrap();
        let mut arguments = vec![format!("--user-data-dir={}", profile.path().display())];
        let fixed = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-dev-shm-usage \
                     --disable-background-networking --disable-component-update --disable-sync";
        arguments.extend(fixed.split_whitespace().map(str::to_owned));
        let options = json!({"goog:chromeOptions": {"args": arguments}});
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(options.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        let browser = Self { page, driver, _profile: profile };
        browser.look(WIDE).await;
        browser.page.goto(url).await.unwrap();
        browser
    }

    /// Ends the session. A test that fails before leaves it to `Drop`.
    pub async fn close(self) {
        self.page.clone().close().await.unwrap();
    }

    /// The process group of driver and browser.
    pub fn process_group(&self) -> i32 {
        self.driver.id() as i32
    }

    pub async fn look(&self, look: Look) {
        let metrics =
            json!({"width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": look.width < 640});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = if look.dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Waits for an element and gives its text.
    pub async fn text(&self, css: &str) -> String {
        self.element(css).await.text().await.unwrap()
    }

    pub async fn click(&self, css: &str) {
        self.element(css).await.click().await.unwrap();
    }

    /// Replaces what a text field holds, by keys, as a person does. WebDriver's own way to clear one tells the page
    /// of no input, so that it may write back what it still knows of.
    pub async fn fill(&self, css: &str, text: &str) {
        let gone = if text.is_empty() { Key::Delete.to_string() } else { text.to_owned() };
        let keys = (Key::Control + "a") + &Key::Null.to_string() + &gone;
        self.press_at(css, &keys).await;
    }

    /// Picks from a list by the value of an option.
    pub async fn select(&self, css: &str, value: &str) {
        self.element(css).await.select_by_value(value).await.unwrap();
    }

    /// Waits until an element holds these words itself.
    pub async fn wait_for_words(&self, words: &str) {
        let path = format!("//*[text()[contains(., '{words}')]]");
        self.find(Locator::XPath(&path)).await;
    }

    /// Gives the keyboard to an element, and presses keys.
    pub async fn press_at(&self, css: &str, keys: &str) {
        self.element(css).await.send_keys(keys).await.unwrap();
    }

    /// Presses keys where the keyboard is, wherever that is; Shift and Control hold for those after them.
    pub async fn press(&self, keys: &str) {
        const HELD: [char; 2] = ['\u{e008}', '\u{e009}'];
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys.chars() {
            actions = actions.then(KeyAction::Down { value: key });
            if !HELD.contains(&key) {
                actions = actions.then(KeyAction::Up { value: key });
            }
        }
        for key in keys.chars().filter(|key| HELD.contains(key)) {
            actions = actions.then(KeyAction::Up { value: key });
        }
        self.page.perform_actions(actions).await.unwrap();
    }

    /// Whether the keyboard is at such an element.
    pub async fn has_focus(&self, css: &str) -> bool {
        let script = "return document.activeElement.matches(arguments[0])";
        self.page.execute(script, vec![json!(css)]).await.unwrap() == json!(true)
    }

    /// What a field holds.
    pub async fn property(&self, css: &str, name: &str) -> String {
        self.element(css).await.prop(name).await.unwrap().unwrap_or_default()
    }

    /// Puts a text into a field in one piece, as from the clipboard.
    pub async fn paste(&self, css: &str, text: &str) {
        let script = "const field = document.querySelector(arguments[0]); field.focus(); field.select(); \
                      document.execCommand(arguments[1] ? 'insertText' : 'delete', false, arguments[1]);";
        self.element(css).await;
        self.page.execute(script, vec![json!(css), json!(text)]).await.unwrap();
    }

    /// Drops a file on the page.
    pub async fn drop_file(&self, path: &Path) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(path).unwrap();
        let script = "const data = new DataTransfer(); data.items.add(new File([arguments[1]], arguments[0])); \
                      window.dispatchEvent(new DragEvent('drop', {dataTransfer: data, cancelable: true}));";
        self.page.execute(script, vec![json!(name), json!(text)]).await.unwrap();
    }

    pub async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.element(css).await.attr(name).await.unwrap()
    }

    async fn element(&self, css: &str) -> Element {
        self.find(Locator::Css(css)).await
    }

    /// Waits until there is such an element.
    async fn find(&self, place: Locator<'_>) -> Element {
        loop {
            match self.page.wait().at_most(PATIENCE).for_element(place).await {
                Ok(element) => return element,
                // Asked just as the page went to another address, the driver looked at neither.
                Err(error) if error.to_string().contains("aborted by navigation") => {}
                Err(error) => panic!("{place:?}: {error}"),
            }
        }
    }

    /// Waits until there is such an element.
    pub async fn wait_for(&self, css: &str) {
        self.element(css).await;
    }

    /// Saves a picture of what is in sight under the test's name.
    pub async fn screenshot(&self, name: &str) {
        save(name, &self.page.screenshot().await.unwrap());
    }

    /// Saves a picture of a part of the page.
    pub async fn picture_of(&self, css: &str, name: &str) {
        save(name, &self.element(css).await.screenshot().await.unwrap());
    }

    /// Gives a command to the browser itself.
    pub async fn devtools(&self, method: &str, parameters: Value) {
        self.ask_devtools(method, parameters).await;
    }

    /// Gives a command to the browser itself, and takes its answer.
    pub async fn ask_devtools(&self, method: &str, parameters: Value) -> Value {
        let command = DevTools(json!({"cmd": method, "params": parameters}));
        self.page.issue_cmd(command).await.unwrap()
    }
}

fn save(name: &str, picture: &[u8]) {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join(format!("{name}.png")), picture).unwrap();
}

impl Drop for Browser {
    fn drop(&mut self) {
        end(&mut self.driver);
    }
}

/// A command of the DevTools protocol, through the driver's own extension.
#[derive(Debug)]
struct DevTools(Value);

impl fantoccini::wd::WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _url: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}
