//! Runs other programs: found on PATH, never asking a question, failing in one sentence.

use std::{
    env,
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

/// The folder that holds the workspace's Cargo.toml.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// A command that runs in the workspace's root.
pub(crate) fn command<S: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = S>,
) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// Runs to the end; what the program prints goes to the terminal, and it finds no input to wait for.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let shown = shown(&command);
    let status =
        command.stdin(Stdio::null()).status().with_context(|| format!("`{shown}` could not be started"))?;
    ensure!(status.success(), "`{shown}` ended with {status}");
    Ok(())
}

/// What the program prints, when it succeeds; its complaints are not shown.
pub(crate) fn output(mut command: Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Is there a program of this name on PATH?
pub(crate) fn on_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let words: Vec<_> =
        [command.get_program()].into_iter().chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_its_status() {
        let failed = run(command("sh", ["-c", "exit 3"])).unwrap_err();
        assert_eq!(format!("{failed:#}"), "`sh -c exit 3` ended with exit status: 3");
    }

    #[test]
    fn output_is_only_taken_from_a_success() {
        assert_eq!(output(command("sh", ["-c", "echo yes"])).as_deref(), Some("yes"));
        assert_eq!(output(command("sh", ["-c", "echo yes; exit 1"])), None);
        assert_eq!(output(command("no-such-program", ["--version"])), None);
    }

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("Cargo.lock").is_file());
    }
}
