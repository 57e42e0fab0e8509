//! The shipped program as a server with a page, for as long as a benchmark needs it.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use anyhow::{Context, Result};

use crate::shell::command;

/// A server of a benchmark's own, with a port and a folder of its own. It ends with this value.
pub(super) struct Server {
    process: Child,
    /// Where its page is.
    pub(super) url: String,
    _data: tempfile::TempDir,
}

impl Server {
    /// Starts it, and waits until it listens.
    pub(super) fn start(heapgym: &Path) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let mut serve = command(heapgym, ["serve", "--listen", "127.0.0.1:0", "--data"]);
        let mut process = serve.arg(data.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let output = process.stdout.take().context("no output of the server")?;
        let line = BufReader::new(output).lines().next().context("the server said nothing")??;
        let address = line.trim().rsplit("http://").next().unwrap_or_default().to_owned();
        Ok(Self { process, url: format!("http://{address}/"), _data: data })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has gone already is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
