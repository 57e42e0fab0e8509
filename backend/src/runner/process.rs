//! One child process: orders in, frames out, its last words kept, and certain to be reaped.

use std::{
    io,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use futures_util::StreamExt;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncRead, AsyncWriteExt},
    process::{Child, ChildStdin},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::codec::{FramedRead, LinesCodec};

use super::suspend::Suspended;
use crate::child::{Command, frame::read_frame, program::Program};

/// Frames that wait for the supervisor. When they are this many, the pipe fills next, and then the
/// child drops samples and counts them.
const FRAMES_WAITING: usize = 64;

/// Longest line of a child's standard error that is read, in bytes.
const LONGEST_LINE: usize = 1000;

/// What Rust prints below the reason of a panic, or of memory that was refused.
const NO_LAST_WORDS: [&str; 2] = ["note:", "skipping backtrace"];

/// How long the last words of a child that has ended may take to arrive.
const LAST_WORDS_AFTER: Duration = Duration::from_millis(500);

/// A running child that writes frames of type `F`. Dropping it kills it.
#[derive(Debug)]
pub(super) struct ChildProcess<F> {
    /// Dropped before the process, which may be reaped then.
    suspended: Option<Suspended>,
    process: Child,
    stdin: Option<ChildStdin>,
    frames: mpsc::Receiver<F>,
    last_words: JoinHandle<Option<String>>,
}

/// How a child ended.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    /// `None` when the system did not tell.
    pub(super) status: Option<ExitStatus>,
    /// The last telling line of its standard error.
    pub(super) last_words: Option<String>,
}

impl Ended {
    /// The status as a person reads it, such as `signal: 9 (SIGKILL)`.
    pub(super) fn describe(&self) -> String {
        self.status.map_or_else(|| "unknown status".to_owned(), |status| status.to_string())
    }
}

impl<F: DeserializeOwned + Send + 'static> ChildProcess<F> {
    /// Starts `program` as a child of the given role and hands it its order.
    pub(super) async fn spawn(
        program: &Program,
        role: &'static str,
        malloc_conf: &str,
        order: &(impl Serialize + Sync),
    ) -> io::Result<Self> {
        let mut process = tokio::process::Command::from(program.command()?)
            .arg(role)
            .env("_RJEM_MALLOC_CONF", malloc_conf)
            .env("RUST_BACKTRACE", "0") // its last words should be the panic's message
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0) // Ctrl-C and Ctrl-Z are for the supervisor, which ends or suspends its children
            .kill_on_drop(true)
            .spawn()?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (process.stdin.take(), process.stdout.take(), process.stderr.take())
        else {
            return Err(io::Error::other("the child has no pipes"));
        };
        let (sender, frames) = mpsc::channel(FRAMES_WAITING);
        tokio::spawn(forward_frames(role, stdout, sender));
        let last_words = tokio::spawn(listen(role, stderr));
        let suspended = process.id().map(Suspended::with_parent);
        let mut child = Self { process, stdin: Some(stdin), frames, last_words, suspended };
        child.send(order).await;
        Ok(child)
    }

    /// Its process id; `None` once it was reaped.
    pub(super) fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// The next frame; `None` when it closed its pipe, which it does by ending. Can be cancelled.
    pub(super) async fn next(&mut self) -> Option<F> {
        self.frames.recv().await
    }

    /// Tells it something.
    pub(super) async fn tell(&mut self, command: Command) {
        self.send(&command).await;
    }

    /// A child that is gone is noticed by its closed pipe and its status, not here.
    async fn send(&mut self, line: &(impl Serialize + Sync)) {
        if let Err(error) = self.write_line(line).await {
            tracing::debug!(%error, "a child that is gone was told something");
        }
    }

    async fn write_line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        match &mut self.stdin {
            Some(stdin) => stdin.write_all(&line).await,
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Ends it: closes its stdin, which asks it to exit, waits for `grace`, then kills it. Reaps it in
    /// any case.
    pub(super) async fn end(mut self, grace: Duration) -> Ended {
        self.stdin = None;
        self.suspended = None;
        let status = match timeout(grace, self.process.wait()).await {
            Ok(status) => status.ok(),
            Err(_) => {
                // It may have ended by itself in this moment; the wait tells how.
                let _ = self.process.start_kill();
                self.process.wait().await.ok()
            }
        };
        let last_words = timeout(LAST_WORDS_AFTER, self.last_words).await.ok().and_then(Result::ok).flatten();
        Ended { status, last_words }
    }
}

async fn forward_frames<F: DeserializeOwned>(
    role: &'static str,
    mut pipe: impl AsyncRead + Unpin,
    sender: mpsc::Sender<F>,
) {
    loop {
        match read_frame(&mut pipe).await {
            Ok(Some(frame)) => {
                if sender.send(frame).await.is_err() {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(role, %error, "a child's frames ended badly");
                return;
            }
        }
    }
}

/// Passes a child's standard error on, and gives the last line that tells something.
async fn listen(role: &'static str, pipe: impl AsyncRead + Unpin) -> Option<String> {
    let mut lines = FramedRead::new(pipe, LinesCodec::new_with_max_length(LONGEST_LINE));
    let mut last_words = None;
    while let Some(line) = lines.next().await {
        // A line that is too long is skipped, not stored.
        let Ok(line) = line else { continue };
        tracing::info!(role, "{line}");
        if !line.trim().is_empty() && !NO_LAST_WORDS.iter().any(|start| line.starts_with(start)) {
            last_words = Some(line);
        }
    }
    last_words
}
