//! Which fields the form has: where each stands in the specification, and what it accepts.

use heapgym_shared::{
    field::{Choice, Number, Parameter},
    load::{self, Caps, LoadProfile, ProfileField, Stages},
    pool,
    soft_limit::SOFT_MEMORY_BYTES,
    spec::{self, InstanceLimits, allocator},
    workload::WorkloadInfo,
};

use super::profile;

/// A field of the form.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its id on the page.
    pub id: String,
    /// Its path in the specification, as a rejection names it.
    pub path: String,
    /// Title, range and help.
    pub input: Input,
    /// Whether it is always in sight.
    pub place: Place,
}

/// What is put into a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Input {
    /// A number with its unit.
    Number(Number),
    /// One of a few words.
    Choice(Choice),
    /// The stages of a ramp, in one line.
    Stages(Stages),
    /// Thresholds, one a line.
    Thresholds,
}

/// Where a field is on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Always in sight.
    Front,
    /// Under "more settings".
    Fold,
}

/// Path of the thresholds.
pub const THRESHOLDS: &str = "thresholds";

const ON_SATURATION: Choice = Choice {
    name: "on_saturation",
    title: "When saturated",
    options: load::ON_SATURATION,
    help: "What happens to a request whose instant has come while the most are in flight: queue starts it late, and \
           its response time includes the wait; drop leaves it out and counts it; abort ends the run.",
};

const ARRIVALS: Choice = Choice {
    name: "arrivals",
    title: "Arrivals",
    options: load::ARRIVALS,
    help: "How requests are spaced: uniform is evenly, as the rate says; poisson is as independent users come, with \
           gaps drawn by the seed.",
};

/// The allocator's options that are numbers.
const ALLOCATOR_NUMBERS: [Number; 6] = [
    allocator::DIRTY_DECAY_MS,
    allocator::MUZZY_DECAY_MS,
    allocator::NARENAS,
    allocator::TCACHE_MAX,
    allocator::OVERSIZE_THRESHOLD,
    allocator::MAX_BACKGROUND_THREADS,
];

/// Those that are words.
const ALLOCATOR_WORDS: [Choice; 6] = [
    allocator::BACKGROUND_THREAD,
    allocator::TCACHE,
    allocator::PERCPU_ARENA,
    allocator::RETAIN,
    allocator::THP,
    allocator::METADATA_THP,
];

/// The fields for this workload, variant and kind of load, in the order of the page.
pub fn fields(workload: &WorkloadInfo, variant: &str, load_kind: &str, max: &InstanceLimits) -> Vec<Field> {
    let most = f64::from(max.concurrency);
    let caps = Caps { duration_ms: max.duration_ms as f64, rate: max.rate, concurrency: most };
    let of_profile = LoadProfile::fields(load_kind).iter().map(|setting| {
        let place = if setting.name() == load::TIME_UNIT_MS.name { Place::Fold } else { Place::Front };
        let input = match *setting {
            ProfileField::Number(number) => Input::Number(profile::suggested(caps.lower(number))),
            ProfileField::Stages(stages) => Input::Stages(stages),
        };
        field("load.profile", input, place)
    });
    // What a profile has under "more settings" stands there before all else.
    let (mut fields, folded_first): (Vec<_>, Vec<_>) =
        of_profile.partition(|field| field.place == Place::Front);
    fields.extend(folded_first);
    let memory = spec::MEMORY_BYTES.capped(max.memory_bytes as f64);
    fields.push(field("limits", Input::Number(memory), Place::Front));
    fields.push(field("", Input::Thresholds, Place::Front));
    fields.extend(workload.parameters.iter().map(|parameter| folded("workload", (*parameter).into())));
    if workload.has_pool(variant) {
        fields.push(folded("pool", Input::Choice(pool::KIND)));
        let numbers = [pool::CAPACITY, pool::MAX_BUFFER_BYTES, pool::ROTATE_MS];
        fields.extend(numbers.map(|number| folded("pool", Input::Number(number))));
    }
    if profile::is_open(load_kind) {
        fields.push(folded("load", Input::Choice(ARRIVALS)));
        fields.push(folded("load", Input::Number(load::MAX_IN_FLIGHT.capped(most))));
        fields.push(folded("load", Input::Choice(ON_SATURATION)));
    }
    fields.push(folded("load", Input::Number(load::TIMEOUT_MS)));
    fields.push(folded("allocator", Input::Choice(allocator::PRESET)));
    fields.extend(ALLOCATOR_NUMBERS.map(|number| folded("allocator", Input::Number(number))));
    fields.extend(ALLOCATOR_WORDS.map(|choice| folded("allocator", Input::Choice(choice))));
    fields.push(folded("", Input::Choice(spec::HEAP_PROFILE)));
    fields.push(folded("limits", Input::Number(SOFT_MEMORY_BYTES.capped(max.memory_bytes as f64))));
    let plain = [
        ("phases", spec::WARMUP_MS),
        ("phases", spec::RECOVERY_MS),
        ("", spec::SAMPLE_INTERVAL_MS),
        ("", spec::SEED),
    ];
    fields.extend(plain.map(|(section, number)| folded(section, Input::Number(number))));
    fields
}

impl From<Parameter> for Input {
    fn from(parameter: Parameter) -> Self {
        match parameter {
            Parameter::Number(number) => Self::Number(number),
            Parameter::Choice(choice) => Self::Choice(choice),
        }
    }
}

impl Input {
    /// Its key in JSON.
    fn name(&self) -> &'static str {
        match self {
            Self::Number(number) => number.name,
            Self::Choice(choice) => choice.name,
            Self::Stages(stages) => stages.name,
            Self::Thresholds => THRESHOLDS,
        }
    }

    /// Its label.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Number(number) => number.title,
            Self::Choice(choice) => choice.title,
            Self::Stages(stages) => stages.title,
            Self::Thresholds => "Thresholds",
        }
    }

    /// What it does and accepts.
    pub fn help(&self) -> String {
        match self {
            Self::Number(number) => format!("{} {}.", number.help, number.allowed()),
            Self::Choice(choice) => choice.help.to_owned(),
            Self::Stages(stages) => format!("{} For example: {}.", stages.help, stages.example),
            Self::Thresholds => "What must hold of the run, one a line: a metric, what is taken of it, and a bound. \
                                 With `over 5s` it must hold in every window, with `[recovery]` in another phase than \
                                 the load, and with `abort_on_fail` the run stops when it fails."
                .to_owned(),
        }
    }
}

fn folded(section: &str, input: Input) -> Field {
    field(section, input, Place::Fold)
}

fn field(section: &str, input: Input, place: Place) -> Field {
    let name = input.name();
    let path = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
    Field { id: input.title().to_ascii_lowercase().replace(' ', "-"), path, input, place }
}
