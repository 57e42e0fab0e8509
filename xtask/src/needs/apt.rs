//! apt-get, run as root or through sudo.

use std::process::Command;

use crate::shell::{command, on_path, output};

/// How apt-get gets the rights that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Apt {
    /// The user is root.
    AsRoot,
    /// Another user, through sudo, which may ask for a password on the terminal.
    Sudo,
}

impl Apt {
    /// `None` where there is no apt-get, or no way to run it as root.
    pub(crate) fn find() -> Option<Self> {
        Self::pick(on_path("apt-get"), is_root(), on_path("sudo"))
    }

    fn pick(apt_get: bool, is_root: bool, sudo: bool) -> Option<Self> {
        match (apt_get, is_root, sudo) {
            (false, _, _) | (true, false, false) => None,
            (true, true, _) => Some(Self::AsRoot),
            (true, false, true) => Some(Self::Sudo),
        }
    }

    /// `apt-get` with these arguments.
    pub(crate) fn command(self, args: &[&str]) -> Command {
        // sudo drops the environment, so `env` sets it. A fresh machine may be updating itself: wait for its lock.
        let apt_get = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"];
        let words = [self.prefix(), &apt_get, args].concat();
        command(words[0], &words[1..])
    }

    /// The command line that a person would type to install these packages.
    pub(crate) fn shown(self, packages: &[&str]) -> String {
        let line = |args: &[&str]| [self.prefix(), &["apt-get"], args].concat().join(" ");
        format!("{} && {}", line(&["update"]), line(&install_args(packages)))
    }

    fn prefix(self) -> &'static [&'static str] {
        match self {
            Self::AsRoot => &[],
            Self::Sudo => &["sudo"],
        }
    }
}

/// The arguments of apt-get that install these packages.
pub(crate) fn install_args<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    [&["install", "--yes", "--no-install-recommends"], packages].concat()
}

/// Whether the user is root.
pub(crate) fn is_root() -> bool {
    output(command("id", ["-u"])).as_deref() == Some("0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apt_is_of_use_to_root_and_through_sudo() {
        assert_eq!(Apt::pick(true, true, false), Some(Apt::AsRoot));
        assert_eq!(Apt::pick(true, false, true), Some(Apt::Sudo));
        assert_eq!(Apt::pick(true, false, false), None);
        assert_eq!(Apt::pick(false, true, true), None);
    }

    #[test]
    fn the_environment_is_set_behind_sudo() {
        let words = |apt: Apt| {
            let command = apt.command(&["update"]);
            [command.get_program()]
                .into_iter()
                .chain(command.get_args())
                .map(|word| word.to_os_string())
                .collect::<Vec<_>>()
        };
        let root = words(Apt::AsRoot);
        assert_eq!(root[..3], ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        assert_eq!(root.last().unwrap(), "update");
        assert_eq!(words(Apt::Sudo), [["sudo".into()].to_vec(), root].concat());
    }

    #[test]
    fn the_command_can_be_typed_as_it_is_shown() {
        assert_eq!(
            Apt::Sudo.shown(&["wrk"]),
            "sudo apt-get update && sudo apt-get install --yes --no-install-recommends wrk"
        );
    }
}
