//! Programs from the system's packages: found, installed where that is allowed, or asked for in one sentence.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{
    shell::{command, on_path, output, run},
    steps::Step,
};

/// A program that cargo cannot bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    name: &'static str,
    /// Any one of these on PATH will do.
    programs: &'static [&'static str],
    /// Debian's name for the package.
    package: &'static str,
}

/// What jemalloc is built with.
pub(crate) const BUILD: [Need; 2] = [
    Need { name: "a C compiler", programs: &["cc", "gcc", "clang"], package: "gcc" },
    Need { name: "make", programs: &["make", "gmake"], package: "make" },
];

/// What the tests drive: a real browser, and another load generator to compare with.
pub(crate) const TEST: [Need; 3] =
    [CHROMIUM, Need { name: "chromedriver", programs: &["chromedriver"], package: "chromium-driver" }, WRK];

/// What charts are drawn in to be measured.
pub(crate) const BROWSER: [Need; 1] = [CHROMIUM];

const CHROMIUM: Need = Need {
    name: "Chromium",
    programs: &["chromium", "chromium-browser", "google-chrome"],
    package: "chromium",
};

/// The load generator that the target is tried with, and heapgym's own is compared with.
pub(crate) const WRK: Need = Need { name: "wrk", programs: &["wrk"], package: "wrk" };

/// Fails with the cure unless all of `needs` are there.
pub(crate) fn require(needs: &[Need]) -> Result<()> {
    let missing = missing(needs, on_path);
    ensure!(missing.is_empty(), cure(&missing));
    Ok(())
}

/// The step that installs what is missing, if anything is; fails with the cure where it may not install.
pub(crate) fn install(needs: &[Need]) -> Result<Option<Step>> {
    let missing = missing(needs, on_path);
    if missing.is_empty() {
        return Ok(None);
    }
    let user = output(command("id", ["-u"]));
    let sudo = || output(command("sudo", ["-n", "true"])).is_some();
    let Some(installer) = Installer::pick(on_path("apt-get"), user.as_deref(), sudo) else {
        bail!(cure(&missing))
    };
    let packages: Vec<_> = missing.iter().map(|need| need.package).collect();
    Ok(Some(Step::new(format!("installing {}", packages.join(", ")), move || {
        run(installer.apt_get(&["update"])).with_context(|| cure(&missing))?;
        let install = [&["install", "--yes", "--no-install-recommends"], packages.as_slice()].concat();
        run(installer.apt_get(&install)).with_context(|| cure(&missing))?;
        require(&missing)
    })))
}

/// Who runs apt-get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Installer {
    Root,
    Sudo,
}

impl Installer {
    /// The installer that asks nobody: `user` is the numeric id, `sudo` tells if it works without a password.
    fn pick(apt_get: bool, user: Option<&str>, sudo: impl FnOnce() -> bool) -> Option<Self> {
        match user {
            _ if !apt_get => None,
            Some("0") => Some(Self::Root),
            _ => sudo().then_some(Self::Sudo),
        }
    }

    fn apt_get(self, args: &[&str]) -> Command {
        let prefix: &[&str] = match self {
            Self::Root => &[],
            Self::Sudo => &["sudo", "-n"],
        };
        // Sudo does not pass the environment on, `env` does; a fresh machine may be updating itself.
        let apt_get = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"];
        let words = [prefix, &apt_get, args].concat();
        command(words[0], &words[1..])
    }
}

/// The needs that `found` does not find.
fn missing(needs: &[Need], found: impl Fn(&str) -> bool) -> Vec<Need> {
    needs.iter().filter(|need| !need.programs.iter().any(|program| found(program))).copied().collect()
}

/// What to do about missing programs, in one sentence.
fn cure(missing: &[Need]) -> String {
    let names: Vec<_> = missing.iter().map(|need| need.name).collect();
    let packages: Vec<_> = missing.iter().map(|need| need.package).collect();
    format!(
        "not found on PATH: {}; install, for example `apt install {}`",
        names.join(", "),
        packages.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_program_of_a_need_satisfies_it() {
        assert_eq!(missing(&BUILD, |program| program == "clang"), [BUILD[1]]);
        assert_eq!(missing(&TEST, |program| ["google-chrome", "chromedriver", "wrk"].contains(&program)), []);
    }

    #[test]
    fn the_cure_names_what_is_missing_and_its_packages() {
        assert_eq!(
            cure(&BUILD),
            "not found on PATH: a C compiler, make; install, for example `apt install gcc make`"
        );
        assert_eq!(
            cure(&TEST[..1]),
            "not found on PATH: Chromium; install, for example `apt install chromium`"
        );
    }

    #[test]
    fn packages_are_installed_only_without_asking() {
        let (allowed, refused) = (|| true, || false);
        assert_eq!(Installer::pick(true, Some("0"), refused), Some(Installer::Root));
        assert_eq!(Installer::pick(true, Some("1000"), allowed), Some(Installer::Sudo));
        assert_eq!(Installer::pick(true, Some("1000"), refused), None);
        assert_eq!(Installer::pick(false, Some("0"), allowed), None);
    }

    #[test]
    fn the_environment_is_set_behind_sudo() {
        let words = |installer: Installer| {
            let command = installer.apt_get(&["update"]);
            [command.get_program()]
                .into_iter()
                .chain(command.get_args())
                .map(|word| word.to_os_string())
                .collect::<Vec<_>>()
        };
        let root = words(Installer::Root);
        assert_eq!(root[..3], ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        assert_eq!(root.last().unwrap(), "update");
        assert_eq!(words(Installer::Sudo), [["sudo".into(), "-n".into()].to_vec(), root].concat());
    }
}
