//! Whether missing programs are installed: by the user's choice, and by where the command runs.

use std::{
    env,
    io::{IsTerminal, stderr, stdin},
};

use super::apt::{self, Apt};

/// What the user's flags say about missing programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// No flag: root and CI install, another user is asked.
    Default,
    /// `--install`.
    Install,
    /// `--skip-missing`.
    Skip,
}

/// Where the command runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    /// The environment names a CI service.
    pub ci: bool,
    pub root: bool,
    /// A person can read a question and answer it.
    pub terminal: bool,
}

impl Circumstances {
    pub(crate) fn now() -> Self {
        Self {
            ci: is_ci(env::var("CI").ok().as_deref()),
            root: apt::is_root(),
            terminal: stdin().is_terminal() && stderr().is_terminal(),
        }
    }
}

/// CI services set `CI=true` or `CI=1`.
fn is_ci(variable: Option<&str>) -> bool {
    variable.is_some_and(|value| !["", "0", "false"].contains(&value))
}

/// What is done about missing programs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Install(Apt),
    /// The tests that need them are skipped.
    Skip,
    /// The command stops, and says what is missing.
    Refuse,
}

/// `ask` asks the user, and is called at most once.
pub(crate) fn decide(
    choice: Choice,
    place: &Circumstances,
    apt: Option<&Apt>,
    ask: impl FnOnce(&Apt) -> bool,
) -> Decision {
    match (choice, apt) {
        (Choice::Skip, _) => {
            if place.ci {
                Decision::Refuse
            } else {
                Decision::Skip
            }
        }
        (_, None) => Decision::Refuse,
        (Choice::Install, Some(apt)) => Decision::Install(*apt),
        (Choice::Default, Some(apt)) if place.root || place.ci => Decision::Install(*apt),
        (Choice::Default, Some(apt)) if place.terminal => {
            if ask(apt) {
                Decision::Install(*apt)
            } else {
                Decision::Skip
            }
        }
        (Choice::Default, Some(_)) => Decision::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: Circumstances = Circumstances { ci: false, root: false, terminal: false };
    const TERMINAL: Circumstances = Circumstances { terminal: true, ..NOWHERE };
    const ROOT: Circumstances = Circumstances { root: true, ..TERMINAL };
    const CI: Circumstances = Circumstances { ci: true, ..NOWHERE };

    fn unasked(choice: Choice, place: &Circumstances, apt: Option<Apt>) -> Decision {
        decide(choice, place, apt.as_ref(), |_| panic!("nobody may be asked"))
    }

    #[test]
    fn root_ci_and_a_flag_install_without_a_question() {
        for (choice, place) in [
            (Choice::Default, ROOT),
            (Choice::Default, CI),
            (Choice::Install, NOWHERE),
            (Choice::Install, TERMINAL),
        ] {
            assert_eq!(unasked(choice, &place, Some(Apt::Sudo)), Decision::Install(Apt::Sudo), "{place:?}");
        }
    }

    #[test]
    fn another_user_on_a_terminal_is_asked_and_may_decline() {
        let answer = |yes| decide(Choice::Default, &TERMINAL, Some(&Apt::Sudo), |_| yes);
        assert_eq!(answer(true), Decision::Install(Apt::Sudo));
        assert_eq!(answer(false), Decision::Skip);
    }

    #[test]
    fn nothing_is_installed_where_nobody_can_be_asked() {
        assert_eq!(unasked(Choice::Default, &NOWHERE, Some(Apt::Sudo)), Decision::Refuse);
        for place in [NOWHERE, TERMINAL, ROOT, CI] {
            assert_eq!(unasked(Choice::Default, &place, None), Decision::Refuse, "{place:?}");
            assert_eq!(unasked(Choice::Install, &place, None), Decision::Refuse, "{place:?}");
        }
    }

    #[test]
    fn tests_are_skipped_by_a_flag_but_never_in_ci() {
        assert_eq!(unasked(Choice::Skip, &ROOT, Some(Apt::AsRoot)), Decision::Skip);
        assert_eq!(unasked(Choice::Skip, &NOWHERE, None), Decision::Skip);
        assert_eq!(unasked(Choice::Skip, &CI, Some(Apt::AsRoot)), Decision::Refuse);
    }

    #[test]
    fn ci_is_recognised_by_its_variable() {
        for (value, expected) in [
            (None, false),
            (Some(""), false),
            (Some("false"), false),
            (Some("true"), true),
            (Some("1"), true),
        ] {
            assert_eq!(is_ci(value), expected, "{value:?}");
        }
    }
}
