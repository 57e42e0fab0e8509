//! Parts of the Rust toolchain, added with rustup when they are missing.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::{
    shell::{command, on_path, output, run},
    steps::Step,
};

/// What the page is compiled for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// A part that a toolchain may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The standard library for the browser.
    WasmTarget,
    /// A component whose cargo subcommand has this name: "fmt" or "clippy".
    Subcommand(&'static str),
}

impl Part {
    /// The step that adds the part, or `None` when it is there.
    pub(crate) fn step(self) -> Result<Option<Step>> {
        if self.is_present() {
            return Ok(None);
        }
        ensure!(on_path("rustup"), self.cure(Rustup::Missing));
        Ok(Some(Step::new(format!("adding Rust's {}", self.name()), move || {
            let mut rustup = command("rustup", self.rustup());
            // Its reason is for a person: a backtrace would bury it.
            rustup.env("RUST_BACKTRACE", "0");
            run(rustup).with_context(|| self.cure(Rustup::Refused))
        })))
    }

    fn is_present(self) -> bool {
        match self {
            // Asks the compiler, not rustup: a distribution may package the target.
            Self::WasmTarget => output(command("rustc", ["--print", "target-libdir", "--target", WASM]))
                .is_some_and(|folder| Path::new(&folder).is_dir()),
            Self::Subcommand(name) => output(command("cargo", [name, "--version"])).is_some(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::WasmTarget => WASM,
            Self::Subcommand("fmt") => "rustfmt",
            Self::Subcommand(name) => name,
        }
    }

    fn rustup(self) -> [&'static str; 3] {
        let kind = match self {
            Self::WasmTarget => "target",
            Self::Subcommand(_) => "component",
        };
        [kind, "add", self.name()]
    }

    fn cure(self, rustup: Rustup) -> String {
        let (name, command) = (self.name(), self.rustup().join(" "));
        match rustup {
            Rustup::Missing => {
                format!("{name} is missing: install rustup, or add it with what installed Rust")
            }
            Rustup::Refused => format!("rustup said why above: try again once `rustup {command}` works"),
        }
    }
}

/// What keeps a part from being added.
enum Rustup {
    Missing,
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_added_by_its_own_command() {
        assert_eq!(Part::WasmTarget.rustup(), ["target", "add", "wasm32-unknown-unknown"]);
        assert_eq!(Part::Subcommand("clippy").rustup(), ["component", "add", "clippy"]);
        assert_eq!(
            Part::Subcommand("fmt").cure(Rustup::Missing),
            "rustfmt is missing: install rustup, or add it with what installed Rust"
        );
        assert_eq!(
            Part::WasmTarget.cure(Rustup::Refused),
            "rustup said why above: try again once `rustup target add wasm32-unknown-unknown` works"
        );
    }

    #[test]
    fn presence_is_asked_of_the_toolchain() {
        assert!(!Part::Subcommand("no-such-subcommand").is_present());
    }
}
