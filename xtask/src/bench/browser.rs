//! Chromium without a window, told what to do over two pipes: its DevTools protocol, without a driver in between.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::shell::{command, on_path};

/// Any one of these will do.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Chromium takes its commands from file descriptor 3 and answers on 4: a shell puts the pipes there.
const START: &str = r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null"#;

/// A quiet browser: no GPU, and no word to anybody.
const FLAGS: &str = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-dev-shm-usage \
                     --disable-background-networking --disable-component-update --disable-sync \
                     --remote-debugging-pipe --hide-scrollbars --window-size=1440,1600";

/// Longer than anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page. It ends with this value.
pub(super) struct Browser {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// How many commands there were.
    sent: u64,
    /// The session of the page.
    session: String,
    _profile: tempfile::TempDir,
}

/// What the main thread did since the page began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work {
    /// In seconds.
    pub(super) at: f64,
    /// Time spent on tasks of any kind, in seconds.
    pub(super) busy: f64,
}

impl Browser {
    /// Starts a browser that shows the page at this address.
    pub(super) fn open(url: &str) -> Result<Self> {
        let program = PROGRAMS.into_iter().find(|program| on_path(program));
        let program = program.context("no Chromium on PATH")?;
        let profile = tempfile::tempdir()?;
        let mut start = command("sh", ["-c", START, program]);
        start.args(FLAGS.split_whitespace());
        start.arg(format!("--user-data-dir={}", profile.path().display()));
        let mut process = start.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (commands, answers) = pipes.context("no pipes to Chromium")?;
        let answers = BufReader::new(answers);
        let mut browser =
            Self { process, commands, answers, sent: 0, session: String::new(), _profile: profile };
        let target = browser.call("Target.createTarget", json!({"url": url}))?;
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", target)?;
        browser.session = attached["sessionId"].as_str().context("no session")?.to_owned();
        browser.call("Performance.enable", json!({}))?;
        Ok(browser)
    }

    /// Starts a browser that shows the page at this address, and runs a script before the page's own.
    pub(super) fn open_with(url: &str, script: &str) -> Result<Self> {
        let mut browser = Self::open("about:blank")?;
        browser.call("Page.enable", json!({}))?;
        browser.call("Page.addScriptToEvaluateOnNewDocument", json!({"source": script}))?;
        browser.call("Page.navigate", json!({"url": url}))?;
        Ok(browser)
    }

    /// Runs a command and waits for its answer.
    pub(super) fn call(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.sent += 1;
        let mut message = json!({"id": self.sent, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.commands.write_all(format!("{message}\0").as_bytes())?;
        loop {
            let mut answer = Vec::new();
            self.answers.read_until(0, &mut answer)?;
            if answer.pop().is_none() {
                bail!("Chromium has gone at `{method}`");
            }
            let mut answer: Value = serde_json::from_slice(&answer)?;
            // The others are events.
            if answer["id"] == self.sent {
                if let Some(error) = answer.get("error") {
                    bail!("`{method}`: {error}");
                }
                return Ok(answer["result"].take());
            }
        }
    }

    /// Evaluates an expression on the page and waits for its value.
    pub(super) fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let parameters = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.call("Runtime.evaluate", parameters)?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            bail!("`{expression}`: {thrown}");
        }
        Ok(answer["result"]["value"].take())
    }

    /// Evaluates an expression that is a number.
    pub(super) fn number(&mut self, expression: &str) -> Result<f64> {
        self.evaluate(expression)?.as_f64().with_context(|| format!("`{expression}` is no number"))
    }

    /// Waits until an expression is true; a page that is still loading has none.
    pub(super) fn wait_for(&mut self, expression: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.evaluate(&format!("Boolean({expression})")) {
                Ok(Value::Bool(true)) => return Ok(()),
                Ok(_) | Err(_) if Instant::now() < end => thread::sleep(Duration::from_millis(20)),
                Ok(_) => bail!("`{expression}` did not come true"),
                Err(error) => return Err(error),
            }
        }
    }

    /// Fills a field of the page's form, or picks from one of its lists.
    pub(super) fn fill(&mut self, css: &str, text: &str) -> Result<()> {
        self.wait_for(&format!("document.querySelector('{css}')"))?;
        self.evaluate(&format!(
            "(field => {{ field.value = '{text}'; \
             for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {{ bubbles: true }})); \
             }})(document.querySelector('{css}'))"
        ))
        .map(|_| ())
    }

    /// What the main thread did so far.
    pub(super) fn work(&mut self) -> Result<Work> {
        let answer = self.call("Performance.getMetrics", json!({}))?;
        let metrics = answer["metrics"].as_array().context("no metrics")?;
        let metric = |name: &str| {
            let metric = metrics.iter().find(|metric| metric["name"] == name);
            metric.and_then(|metric| metric["value"].as_f64()).with_context(|| format!("no {name}"))
        };
        Ok(Work { at: metric("Timestamp")?, busy: metric("TaskDuration")? })
    }

    /// Moves the mouse.
    pub(super) fn hover(&mut self, x: f64, y: f64) -> Result<()> {
        let moved = json!({"type": "mouseMoved", "x": x, "y": y});
        self.call("Input.dispatchMouseEvent", moved).map(|_| ())
    }

    /// Its name and version.
    pub(super) fn version(&mut self) -> Result<String> {
        let agent = self.evaluate("navigator.userAgent")?;
        let words = agent.as_str().unwrap_or_default().split(' ');
        Ok(words.into_iter().find(|word| word.contains("Chrome")).unwrap_or("unknown").replace('/', " "))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // One that has gone already is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
