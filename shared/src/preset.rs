//! Presets: whole specifications with a name, one file each, to start from with one click or one flag.

use serde_json::Value;

mod article;
mod drip;
mod flash_sale;
mod log_storm;
mod slow_downstream;

/// A specification with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Its id in links and on the command line.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it shows, in a sentence.
    pub summary: &'static str,
    /// The specification as JSON; what it does not say is a default.
    spec: &'static str,
}

impl Preset {
    /// The specification, which [`RunSpec::parse`](crate::RunSpec::parse) reads; what is missing is a default.
    pub fn spec(&self) -> Value {
        // The text is part of the program, and a test reads each.
        serde_json::from_str(self.spec).unwrap_or_default()
    }
}

/// Every preset, the one to start with first.
pub const PRESETS: &[&Preset] =
    &[&article::PRESET, &flash_sale::PRESET, &log_storm::PRESET, &slow_downstream::PRESET, &drip::PRESET];

/// The preset with this id.
pub fn find(id: &str) -> Option<&'static Preset> {
    PRESETS.iter().copied().find(|preset| preset.id == id)
}

/// The ids of all presets.
pub fn ids() -> Vec<&'static str> {
    PRESETS.iter().map(|preset| preset.id).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{RunSpec, spec::InstanceLimits};

    #[test]
    fn each_is_a_specification_that_every_variant_of_its_workload_can_run() {
        for preset in PRESETS {
            let spec = RunSpec::parse(&preset.spec(), &InstanceLimits::default());
            let spec = spec.unwrap_or_else(|rejection| panic!("{}: {rejection}", preset.id));
            for variant in spec.workload.info().variant_ids() {
                let mut value = preset.spec();
                value["variant"] = variant.into();
                assert!(
                    RunSpec::parse(&value, &InstanceLimits::default()).is_ok(),
                    "{} {variant}",
                    preset.id
                );
            }
            assert!(preset.summary.ends_with('.'), "{}", preset.id);
        }
        assert_eq!(ids().into_iter().collect::<HashSet<_>>().len(), PRESETS.len());
        assert_eq!(find("article").map(|preset| preset.title), Some("As in the article"));
    }
}
