//! Programs from the system's packages: which are missing, and whether they are installed, skipped or asked for.

use anyhow::{Context, Result, bail};
use thiserror::Error;

pub(crate) use self::decision::Choice;
use self::{apt::Apt, decision::Decision};
use crate::{
    say,
    shell::{on_path, run},
    steps::Step,
};

mod apt;
mod decision;

/// A program that cargo cannot install.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    name: &'static str,
    /// Any one of these on PATH will do.
    programs: &'static [&'static str],
    /// Debian's name for the package.
    package: &'static str,
    /// Tests whose path contains this module need the program.
    module: &'static str,
}

impl Need {
    /// The program's name, for people.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the test at this path, such as `in_browser::charts::a_test`, needs the program.
    pub(crate) fn is_needed_by(&self, test: &str) -> bool {
        test.split("::").any(|module| module == self.module)
    }

    /// What `--skip` of a test run takes to leave out all tests that need the program.
    pub(crate) fn skip_pattern(&self) -> String {
        format!("{}::", self.module)
    }
}

/// What jemalloc is built with: without these, nothing can be built.
pub(crate) const BUILD: [Need; 2] = [
    Need { name: "a C compiler", programs: &["cc", "gcc", "clang"], package: "gcc", module: "" },
    Need { name: "make", programs: &["make", "gmake"], package: "make", module: "" },
];

/// What some of the tests need: a browser and its driver, another load generator, another reader of heap profiles.
pub(crate) const TEST: [Need; 4] = [
    CHROMIUM,
    Need {
        name: "chromedriver",
        programs: &["chromedriver"],
        package: "chromium-driver",
        module: IN_BROWSER,
    },
    WRK,
    Need { name: "Go", programs: &["go"], package: "golang-go", module: "with_go" },
];

/// The browser that draws the charts to be measured.
pub(crate) const BROWSER: [Need; 1] = [CHROMIUM];

const IN_BROWSER: &str = "in_browser";

const CHROMIUM: Need = Need {
    name: "Chromium",
    programs: &["chromium", "chromium-browser", "google-chrome"],
    package: "chromium",
    module: IN_BROWSER,
};

/// The load generator that heapgym's own is compared with.
pub(crate) const WRK: Need = Need { name: "wrk", programs: &["wrk"], package: "wrk", module: "with_wrk" };

/// Programs are missing, and may not be installed without being asked. The text says how to install them.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct Missing(pub String);

/// What became of missing programs.
pub(crate) struct Found {
    /// The step that installs them, if any is missing and may be installed.
    pub step: Option<Step>,
    /// Those that stay missing: tests that need them are skipped.
    pub skipped: Vec<Need>,
}

/// Fails with [`Missing`] unless all of `needs` are there.
pub(crate) fn require(needs: &[Need]) -> Result<()> {
    let missing = missing(needs, on_path);
    if missing.is_empty() { Ok(()) } else { bail!(Missing(how_to_install(&missing, &Apt::find()))) }
}

/// The step that installs the missing ones of `needs`, if any. Fails with [`Missing`] where they may not be installed.
pub(crate) fn install(needs: &[Need]) -> Result<Option<Step>> {
    Ok(find(needs, &[], Choice::Default)?.step)
}

/// Decides about missing programs: those of `required` must be installed, tests can do without those of `optional`.
///
/// # Errors
///
/// [`Missing`], where the user has to install them or to choose.
pub(crate) fn find(required: &[Need], optional: &[Need], choice: Choice) -> Result<Found> {
    let (required, optional) = (missing(required, on_path), missing(optional, on_path));
    let all = [&required[..], &optional].concat();
    if all.is_empty() {
        return Ok(Found { step: None, skipped: Vec::new() });
    }
    let apt = Apt::find();
    let ask = |apt: &Apt| {
        let declined = if required.is_empty() { "skips the tests that need them" } else { "stops here" };
        say::ask(&format!(
            "Not found: {}. Install with `{}`? [y/N] (N {declined}) ",
            names(&all),
            apt.shown(&packages(&all))
        ))
    };
    match decision::decide(choice, &decision::Circumstances::now(), apt.as_ref(), ask) {
        Decision::Install(apt) => Ok(Found { step: Some(install_step(apt, all)), skipped: Vec::new() }),
        Decision::Skip if required.is_empty() => Ok(Found { step: None, skipped: optional }),
        Decision::Skip => bail!(Missing(how_to_install(&required, &apt))),
        Decision::Refuse => bail!(Missing(how_to_install(&all, &apt) + way_out(choice, &optional))),
    }
}

/// The flags of `cargo xtask test` that help.
fn way_out(choice: Choice, optional: &[Need]) -> &'static str {
    match choice {
        _ if optional.is_empty() => "",
        Choice::Skip => " (in CI no test is skipped)",
        Choice::Install => ", or skip the tests that need them with --skip-missing",
        Choice::Default => ", or let --install do it, or skip the tests that need them with --skip-missing",
    }
}

fn install_step(apt: Apt, missing: Vec<Need>) -> Step {
    let packages = packages(&missing);
    Step::new(format!("installing {}", packages.join(", ")), move || {
        let cure = || how_to_install(&missing, &Some(apt));
        run(apt.command(&["update"])).with_context(cure)?;
        run(apt.command(&apt::install_args(&packages))).with_context(cure)?;
        require(&missing)
    })
}

/// The needs that `found` does not find.
fn missing(needs: &[Need], found: impl Fn(&str) -> bool) -> Vec<Need> {
    needs.iter().filter(|need| !need.programs.iter().any(|program| found(program))).copied().collect()
}

fn packages(needs: &[Need]) -> Vec<&'static str> {
    needs.iter().map(|need| need.package).collect()
}

/// The names of programs, for people.
pub(crate) fn names(needs: &[Need]) -> String {
    needs.iter().map(Need::name).collect::<Vec<_>>().join(", ")
}

/// The command that installs missing programs, in one sentence.
fn how_to_install(missing: &[Need], apt: &Option<Apt>) -> String {
    let (names, packages) = (names(missing), packages(missing));
    match apt {
        Some(apt) => format!("not found on PATH: {names}; install them with `{}`", apt.shown(&packages)),
        None => format!(
            "not found on PATH: {names}; install them with your package manager (on Debian: {})",
            packages.join(" ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_program_of_a_need_satisfies_it() {
        assert_eq!(missing(&BUILD, |program| program == "clang"), [BUILD[1]]);
        assert_eq!(
            missing(&TEST, |program| ["google-chrome", "chromedriver", "wrk", "go"].contains(&program)),
            []
        );
    }

    #[test]
    fn the_exact_command_is_printed() {
        assert_eq!(
            how_to_install(&TEST[1..3], &Some(Apt::AsRoot)),
            "not found on PATH: chromedriver, wrk; install them with \
             `apt-get update && apt-get install --yes --no-install-recommends chromium-driver wrk`"
        );
        assert_eq!(
            how_to_install(&BUILD[1..], &None),
            "not found on PATH: make; install them with your package manager (on Debian: make)"
        );
    }

    #[test]
    fn a_test_needs_a_program_by_a_module_of_its_path() {
        let needed = |test: &str| {
            TEST.iter().filter(|need| need.is_needed_by(test)).map(Need::name).collect::<Vec<_>>()
        };
        assert_eq!(needed("in_browser::charts::a_test"), ["Chromium", "chromedriver"]);
        assert_eq!(needed("profiles::with_go::a_test"), ["Go"]);
        assert_eq!(needed("profiles::in_browser"), ["Chromium", "chromedriver"]);
        assert_eq!(needed("target_alone::not_with_wrk::a_test"), [""; 0]);
    }
}
