//! A run's heap profile as a picture: a flame graph that says of what it is.

use heapgym_shared::{
    RunSpec,
    chart::{Theme, time_label},
    profile::{FlameOptions, SampleType, flame::names, flame_svg},
};

use super::Taken;

/// How it is looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look<'a> {
    /// What is counted.
    pub sample_type: SampleType,
    /// Only threads of this name.
    pub thread: Option<&'a str>,
    /// The colours.
    pub theme: Theme,
}

/// The picture of a profile of a run, or of the difference between it and one of the same or of another run.
pub fn svg((spec, taken): (&RunSpec, &Taken), base: Option<(&RunSpec, &Taken)>, look: Look<'_>) -> String {
    let name = |spec: &RunSpec, taken: &Taken| (spec.variant.clone(), time_label(taken.taken.elapsed_ns));
    let [shown, other] = names(name(spec, taken), base.map(|(spec, taken)| name(spec, taken)));
    let cause = &taken.taken.cause;
    let options = FlameOptions {
        sample_type: look.sample_type,
        thread: look.thread.map(str::to_owned),
        theme: look.theme,
        title: format!("{}, {shown}, {cause}", spec.workload.info().id),
        variant: spec.variant.clone(),
        base: other,
        ..Default::default()
    };
    let base = base.map(|(_, taken)| taken.profile.to_profile(None));
    flame_svg(&taken.profile.to_profile(None), base.as_ref(), &options)
}
