//! A short-lived process that gives a dump its names, so that the process it is of does not hold what that takes.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, ensure};
use heapgym_shared::profile::SampleType;
use tokio::io::AsyncReadExt;

use super::{
    Dump,
    dump::MOST_BYTES,
    pprof::{self, Options},
    symbolize::symbolize,
};
use crate::child::program::Program;

/// The hidden subcommand that reads a dump on stdin and writes a profile with names on stdout.
pub const SYMBOLIZE_CHILD: &str = "symbolize-child";

/// How it is to be written.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What a reader shows first.
    #[arg(long, value_parser = |id: &str| SampleType::find(id).ok_or("is no sample type"))]
    default: SampleType,
    /// A dump to subtract.
    #[arg(long)]
    since: Option<PathBuf>,
    /// How long was counted.
    #[arg(long, default_value_t = 0)]
    duration_ms: u64,
}

/// The body of the hidden subcommand [`SYMBOLIZE_CHILD`].
///
/// # Errors
/// When stdin holds no dump, or stdout is closed.
pub fn run_child(args: &Args) -> anyhow::Result<()> {
    let mut dump = read(io::stdin().lock())?;
    if let Some(path) = &args.since {
        dump = dump.since(&open(path)?);
    }
    let duration = Duration::from_millis(args.duration_ms);
    let options = Options { duration, ..Options::whole(args.default) };
    Ok(io::stdout().lock().write_all(&pprof::encode(&symbolize(dump), &options)?)?)
}

/// Reads the dump in a file.
///
/// # Errors
/// When there is none.
pub fn open(path: &Path) -> anyhow::Result<Dump> {
    read(File::open(path).context("the dump cannot be opened")?)
}

fn read(file: impl Read) -> anyhow::Result<Dump> {
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).context("the dump cannot be read")?;
    ensure!(bytes.len() as u64 <= MOST_BYTES, "the dump has more than {} MiB", MOST_BYTES >> 20);
    // A file's path may be no UTF-8; then its names are not found, and all others are.
    Dump::parse(&String::from_utf8_lossy(&bytes)).context("what was dumped is no heap profile")
}

/// Gives the dump in `file` names in a process of its own, and gives what that wrote.
///
/// # Errors
/// When the process does not start, or fails; its last words say why.
pub async fn symbolized(
    file: File,
    default: SampleType,
    since: Option<(&Path, Duration)>,
) -> anyhow::Result<Vec<u8>> {
    let mut command = tokio::process::Command::from(Program::this()?.command()?);
    command.args([SYMBOLIZE_CHILD, "--default", default.id()]);
    if let Some((path, duration)) = since {
        command.arg("--since").arg(path).args(["--duration-ms", &duration.as_millis().to_string()]);
    }
    let child = command.stdin(file).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn();
    let mut child = child.context("no process was started to name its functions")?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (mut profile, mut words) = (Vec::new(), String::new());
    let read_all = async {
        if let Some(mut stdout) = stdout {
            stdout.read_to_end(&mut profile).await?;
        }
        if let Some(stderr) = stderr {
            stderr.take(4096).read_to_string(&mut words).await?;
        }
        child.wait().await
    };
    let status = read_all.await?;
    ensure!(status.success(), "the process that names its functions failed: {}", words.trim());
    Ok(profile)
}
