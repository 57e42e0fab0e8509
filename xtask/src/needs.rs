//! What building and testing need of the machine: which of it is missing, and whether it is installed, skipped or asked
//! for.

use anyhow::{Context, Result, bail};
use thiserror::Error;

pub(crate) use self::decision::Choice;
use self::{apt::Apt, decision::Decision};
use crate::{
    say,
    shell::{command, on_path, output, run},
    steps::Step,
};

mod apt;
mod decision;

/// Something that cargo cannot install.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    name: &'static str,
    source: Source,
    /// Tests whose path contains this module need it.
    module: &'static str,
}

/// Where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// Any one of these programs on PATH will do; Debian has one of them in this package.
    Package { programs: &'static [&'static str], package: &'static str },
    /// Only the system can give it: it is there when this line of shell succeeds.
    System(&'static str),
}

impl Need {
    const fn program(
        name: &'static str,
        programs: &'static [&'static str],
        package: &'static str,
        module: &'static str,
    ) -> Self {
        Self { name, source: Source::Package { programs, package }, module }
    }

    const fn system(name: &'static str, probe: &'static str, module: &'static str) -> Self {
        Self { name, source: Source::System(probe), module }
    }

    /// Its name, for people.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the test at this path, such as `in_browser::charts::a_test`, needs it.
    pub(crate) fn is_needed_by(&self, test: &str) -> bool {
        test.split("::").any(|module| module == self.module)
    }

    /// What `--skip` of a test run takes to leave out all tests that need it.
    pub(crate) fn skip_pattern(&self) -> String {
        format!("{}::", self.module)
    }

    fn package(&self) -> Option<&'static str> {
        match self.source {
            Source::Package { package, .. } => Some(package),
            Source::System(_) => None,
        }
    }
}

/// What jemalloc is built with: without these, nothing can be built.
pub(crate) const BUILD: [Need; 2] = [
    Need::program("a C compiler", &["cc", "gcc", "clang"], "gcc", ""),
    Need::program("make", &["make", "gmake"], "make", ""),
];

/// What some of the tests need: a browser and its driver, another load generator, another reader of heap profiles, and
/// rights that a container may not have.
pub(crate) const TEST: [Need; 7] = [
    CHROMIUM,
    Need::program("chromedriver", &["chromedriver"], "chromium-driver", IN_BROWSER),
    WRK,
    Need::program("Go", &["go"], "golang-go", "with_go"),
    Need::system("root", "test $(id -u) = 0", "as_root"),
    Need::system(
        "namespaces with mounts of their own",
        "unshare --mount --pid --fork --mount-proc mount -t tmpfs none /mnt",
        "with_namespaces",
    ),
    Need::system(
        "a memory cgroup",
        "for mount in /sys/fs/cgroup/memory /sys/fs/cgroup; do \
           cgroup=$mount/heapgym-needs-$$; mkdir $cgroup || continue; \
           for limit in max limit_in_bytes; do \
             test -e $cgroup/memory.$limit && echo 157286400 > $cgroup/memory.$limit \
               && sh -c 'echo 0 > $0/cgroup.procs' $cgroup && found=yes; \
           done; \
           rmdir $cgroup; test $found && exit; \
         done; exit 1",
        "with_cgroup",
    ),
];

/// The browser that draws the charts to be measured.
pub(crate) const BROWSER: [Need; 1] = [CHROMIUM];

const IN_BROWSER: &str = "in_browser";

const CHROMIUM: Need =
    Need::program("Chromium", &["chromium", "chromium-browser", "google-chrome"], "chromium", IN_BROWSER);

/// The load generator that heapgym's own is compared with.
pub(crate) const WRK: Need = Need::program("wrk", &["wrk"], "wrk", "with_wrk");

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
    let missing = missing(needs, is_there);
    if missing.is_empty() { Ok(()) } else { bail!(Missing(how_to_install(&missing, &Apt::find()))) }
}

/// The step that installs the missing ones of `needs`, if any. Fails with [`Missing`] where they may not be installed.
pub(crate) fn install(needs: &[Need]) -> Result<Option<Step>> {
    Ok(find(needs, &[], Choice::Default)?.step)
}

/// Decides about what is missing: programs of `required` must be installed, tests can do without what is `optional`.
/// What the system does not give is skipped everywhere, because nobody can install it.
///
/// # Errors
///
/// [`Missing`], where the user has to install them or to choose.
pub(crate) fn find(required: &[Need], optional: &[Need], choice: Choice) -> Result<Found> {
    let (required, optional) = (missing(required, is_there), missing(optional, is_there));
    let (optional, of_system): (Vec<_>, Vec<_>) =
        optional.into_iter().partition(|need| need.package().is_some());
    let all = [&required[..], &optional].concat();
    if all.is_empty() {
        return Ok(Found { step: None, skipped: of_system });
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
        Decision::Install(apt) => Ok(Found { step: Some(install_step(apt, all)), skipped: of_system }),
        Decision::Skip if required.is_empty() => {
            Ok(Found { step: None, skipped: [optional, of_system].concat() })
        }
        Decision::Skip => bail!(Missing(how_to_install(&required, &apt))),
        Decision::Refuse => bail!(Missing(how_to_install(&all, &apt) + way_out(choice, &optional))),
    }
}

/// The flags of `cargo xtask test` that help.
fn way_out(choice: Choice, optional: &[Need]) -> &'static str {
    match choice {
        _ if optional.is_empty() => "",
        Choice::Skip => " (in CI no test is skipped for a program)",
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

/// Those of `needs` that `is_there` does not find.
fn missing(needs: &[Need], is_there: impl Fn(&Source) -> bool) -> Vec<Need> {
    needs.iter().filter(|need| !is_there(&need.source)).copied().collect()
}

fn is_there(source: &Source) -> bool {
    match source {
        Source::Package { programs, .. } => programs.iter().any(|program| on_path(program)),
        Source::System(probe) => output(command("sh", ["-c", probe])).is_some(),
    }
}

fn packages(needs: &[Need]) -> Vec<&'static str> {
    needs.iter().filter_map(Need::package).collect()
}

/// Their names, for people.
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
        let with = |found: &'static [&'static str]| {
            move |source: &Source| match source {
                Source::Package { programs, .. } => programs.iter().any(|program| found.contains(program)),
                Source::System(_) => true,
            }
        };
        assert_eq!(missing(&BUILD, with(&["clang"])), [BUILD[1]]);
        assert_eq!(missing(&TEST, with(&["google-chrome", "chromedriver", "wrk", "go"])), []);
    }

    #[test]
    fn what_the_system_gives_is_tried() {
        assert!(is_there(&Source::System("test -d /")));
        assert!(!is_there(&Source::System("echo no; exit 1")));
        assert!(!is_there(&Source::System("no-such-program-at-all")));
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
