//! Which fields the form has: where each stands in the specification, and what it accepts.

use heapgym_shared::{
    field::{Choice, Number, Parameter},
    load,
    spec::{self, InstanceLimits},
    workload::WorkloadInfo,
};

/// A field of the form.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its id on the page.
    pub id: String,
    /// Its path in the specification, as a rejection names it.
    pub path: String,
    /// Title, range and help.
    pub input: Parameter,
    /// Whether it is always in sight.
    pub place: Place,
}

/// Where a field is on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Always in sight.
    Front,
    /// Under "more settings".
    Fold,
}

/// Short enough that a newcomer sees a result soon.
const DURATION_MS: Number = load::DURATION_MS.with_default(Some(10_000.0));
const CONCURRENCY: Number = load::CONCURRENCY.with_default(Some(100.0));
const RATE: Number = load::RATE.with_default(Some(100.0));

const ON_SATURATION: Choice = Choice {
    name: "on_saturation",
    title: "When saturated",
    options: load::ON_SATURATION,
    help: "What happens to a request whose instant has come while the most are in flight: queue starts it late, and \
           its response time includes the wait; drop leaves it out and counts it; abort ends the run.",
};

/// The fields for this workload and kind of load, in the order of the page.
pub fn fields(workload: &WorkloadInfo, load_kind: &str, max: &InstanceLimits) -> Vec<Field> {
    let most = f64::from(max.concurrency);
    let open = load_kind == "constant_arrival_rate";
    let amount = if open { RATE.capped(max.rate) } else { CONCURRENCY.capped(most) };
    let memory = spec::MEMORY_BYTES.capped(max.memory_bytes as f64);
    let mut fields = vec![
        front("load.profile", amount),
        front("load.profile", DURATION_MS.capped(max.duration_ms as f64)),
        front("limits", memory),
    ];
    fields.extend(workload.parameters.iter().map(|parameter| folded("workload", *parameter)));
    if open {
        fields.push(folded("load", Parameter::Number(load::MAX_IN_FLIGHT.capped(most))));
        fields.push(folded("load", Parameter::Choice(ON_SATURATION)));
    }
    fields.push(folded("load", Parameter::Number(load::TIMEOUT_MS)));
    fields.push(folded("allocator", Parameter::Number(spec::DECAY_MS)));
    let plain = [
        ("phases", spec::WARMUP_MS),
        ("phases", spec::RECOVERY_MS),
        ("", spec::SAMPLE_INTERVAL_MS),
        ("", spec::SEED),
    ];
    fields.extend(plain.map(|(section, number)| folded(section, Parameter::Number(number))));
    fields
}

fn front(section: &str, number: Number) -> Field {
    field(section, Parameter::Number(number), Place::Front)
}

fn folded(section: &str, input: Parameter) -> Field {
    field(section, input, Place::Fold)
}

fn field(section: &str, input: Parameter, place: Place) -> Field {
    let (name, title) = match &input {
        Parameter::Number(number) => (number.name, number.title),
        Parameter::Choice(choice) => (choice.name, choice.title),
    };
    let path = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
    Field { id: title.to_lowercase().replace(' ', "-"), path, input, place }
}
