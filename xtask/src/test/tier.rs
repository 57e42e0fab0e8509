//! The tiers of the tests; `.config/nextest.toml` says which tests each has.

use crate::{
    needs::{self, Need},
    say,
};

/// Tests that run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    /// What every change must pass.
    Gate,
    /// Unit tests alone.
    Unit,
    /// What must pass before an issue is resolved.
    Slow,
}

impl Tier {
    /// The profile of nextest, which names the folder of the JUnit file as well.
    pub(super) fn profile(self) -> &'static str {
        match self {
            Self::Gate => "default",
            Self::Unit => "unit",
            Self::Slow => "slow",
        }
    }

    /// What cargo builds for it.
    pub(super) fn targets(self) -> &'static [&'static str] {
        match self {
            Self::Gate | Self::Slow => &["--release", "--workspace"],
            Self::Unit => &["--release", "--workspace", "--lib", "--bins"],
        }
    }

    /// The programs that some of its tests need.
    pub(super) fn needs(self) -> &'static [Need] {
        match self {
            Self::Gate | Self::Slow => &needs::TEST,
            Self::Unit => &[],
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Gate => "running the tests",
            Self::Unit => "running the unit tests",
            Self::Slow => "running the slow tests",
        }
    }

    /// Says where the times of the tests are.
    pub(super) fn report(self) {
        say::remark(&format!("times of the tests: target/nextest/{}/junit.xml", self.profile()));
    }
}
