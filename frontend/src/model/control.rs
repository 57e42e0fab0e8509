//! What can be changed of a run while it is under load, and what the reader typed makes of it.

use heapgym_shared::{
    Rejection,
    adjust::{Adjustment, IDLE, SOFT_LIMIT_BYTES},
    field::{Number, Reader},
    load::{self, Schedule},
    pool::PoolKind,
    protocol::RunId,
    quantity,
    spec::{InstanceLimits, RunSpec},
};
use serde_json::{Value, json};

use super::run::Run;

/// The control of a run under load.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// The run.
    pub run: RunId,
    /// The rate of an open profile or the concurrency of a closed one.
    pub load: Setting,
    /// What can be set of its target: the soft limit, and the pools where it has any.
    pub target: Vec<Setting>,
}

/// Something that can be set to a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// What the ids of its elements begin with.
    pub id: &'static str,
    /// The change's kind on the wire.
    kind: &'static str,
    /// Its range, as far as the instance and the run allow it.
    pub field: Number,
    /// What the specification says, as a text; empty where it says nothing, or the profile begins with nothing.
    pub specified: String,
}

/// The control of a run; `None` before its warm-up and after its load.
pub fn control(run: &Run, limits: &InstanceLimits) -> Option<Control> {
    let spec = run.spec.as_deref().filter(|_| run.is_under_load())?;
    let (kind, field, value) = match spec.load.profile.concurrency() {
        Some(concurrency) => {
            let field = load::CONCURRENCY.capped(f64::from(limits.concurrency));
            ("set_concurrency", field, Some(f64::from(concurrency)))
        }
        None => ("set_rate", load::RATE.capped(limits.rate), Some(first_rate(spec))),
    };
    let load = Setting::new("set-load", kind, field, value);
    let below_hard = SOFT_LIMIT_BYTES.capped(spec.limits.memory_bytes as f64);
    let soft = spec.limits.soft_memory_bytes.map(|bytes| bytes as f64);
    let mut target = vec![Setting::new("set-soft-limit", "set_soft_limit", below_hard, soft)];
    if spec.pool.is_some_and(|pool| pool.kind != PoolKind::None) {
        target.push(Setting::new("set-pool", "set_pool_limit", IDLE, None));
    }
    Some(Control { run: run.id.clone(), load, target })
}

impl Control {
    /// Whether a refusal is of a change that was asked for here.
    pub fn is_of_change(refusal: &Rejection) -> bool {
        refusal.field.split('.').next() == Some("change")
    }
}

impl Setting {
    fn new(id: &'static str, kind: &'static str, field: Number, value: Option<f64>) -> Self {
        let value = value.filter(|value| *value >= field.min);
        let specified = value.map_or_else(String::new, |value| quantity::write(field.unit, value));
        Self { id, kind, field, specified }
    }

    /// Whether a refusal is of what was set here; what names no setting is of the load.
    pub fn is_refused_by(&self, refusal: &Rejection) -> bool {
        let of = |name: &str| refusal.field == format!("change.{name}");
        Control::is_of_change(refusal)
            && match self.id {
                "set-load" => !of(SOFT_LIMIT_BYTES.name) && !of(IDLE.name),
                _ => of(self.field.name),
            }
    }

    /// Reads what was typed as a change. Nothing lifts a soft limit.
    ///
    /// # Errors
    /// When it is no number or out of range. What this instance allows less, the server refuses.
    pub fn read(&self, text: &str) -> Result<Adjustment, Rejection> {
        let name = self.field.name;
        let value = match (quantity::parse(self.field.unit, text), text.trim()) {
            (Ok(number), _) => Value::from(number),
            (Err(_), "") => Value::Null,
            (Err(_), text) => Value::from(text),
        };
        Adjustment::parse(Reader::new("change", &json!({"kind": self.kind, name: value}))?)
    }
}

/// Requests per second at the beginning of an open profile, to a thousandth.
fn first_rate(spec: &RunSpec) -> f64 {
    let rate = Schedule::of(&spec.load, spec.seed).map_or(0.0, |schedule| schedule.rate_at(0));
    (rate * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use heapgym_shared::{protocol::RunState, sample::Phase};

    use super::*;
    use crate::model::run::tests::run;

    /// The control of a run in a phase.
    fn of(profile: Value, phase: Phase) -> Option<Control> {
        let limits = InstanceLimits { rate: 500.0, concurrency: 50, ..Default::default() };
        let spec = json!({
            "workload": {"kind": "products"}, "variant": "naive", "load": {"profile": profile},
        });
        let mut run = run();
        run.spec = Some(Box::new(RunSpec::parse(&spec, &limits).unwrap()));
        run.state = Some(RunState::Running { phase });
        control(&run, &limits)
    }

    fn closed() -> Value {
        json!({"kind": "constant_concurrency", "concurrency": 7, "duration_ms": 10_000})
    }

    #[test]
    fn it_is_there_under_load_alone() {
        let there = Phase::ALL.map(|phase| of(closed(), phase).is_some());
        assert_eq!(there, [false, true, true, false, false]);
    }

    #[test]
    fn it_begins_with_what_the_specification_says() {
        let begin = |profile| {
            let control = of(profile, Phase::Load).unwrap();
            (control.load.field.name, control.load.field.max, control.load.specified)
        };
        assert_eq!(begin(closed()), ("concurrency", 50.0, "7".to_owned()));
        let minutely = json!({"kind": "constant_arrival_rate", "rate": 100, "time_unit_ms": 60_000});
        assert_eq!(begin(minutely), ("rate", 500.0, "1.667".to_owned()));
        let spike = json!({"kind": "spike", "base_rate": 20, "peak_rate": 200});
        assert_eq!(begin(spike), ("rate", 500.0, "20".to_owned()));
        assert_eq!(begin(json!({"kind": "pause"})), ("rate", 500.0, String::new()));
    }

    #[test]
    fn what_is_typed_becomes_a_change_or_a_refusal() {
        let open = json!({"kind": "constant_arrival_rate", "rate": 20});
        let (rate, concurrency) = (of(open, Phase::Load).unwrap(), of(closed(), Phase::Load).unwrap());
        assert_eq!(rate.load.read(" 1,250.5/s"), Ok(Adjustment::SetRate { rate: 1_250.5 }));
        assert_eq!(concurrency.load.read("9"), Ok(Adjustment::SetConcurrency { concurrency: 9 }));
        for (control, text, field) in [
            (&rate, "", "change.rate"),
            (&rate, "fast", "change.rate"),
            (&rate, "0", "change.rate"),
            (&concurrency, "1.5", "change.concurrency"),
            (&concurrency, "0", "change.concurrency"),
        ] {
            let refusal = control.load.read(text).unwrap_err();
            assert_eq!(refusal.field, field, "{text}");
            assert!(control.load.is_refused_by(&refusal) && !control.target[0].is_refused_by(&refusal));
        }
        assert!(!Control::is_of_change(&Rejection::new("load.profile.rate", "is 0/s", "more")));
    }

    #[test]
    fn a_soft_limit_is_set_and_lifted() {
        let control = of(closed(), Phase::Load).unwrap();
        let [soft] = &control.target[..] else { panic!("naive has no pool: {control:?}") };
        assert_eq!(soft.read("64 MiB"), Ok(Adjustment::SetSoftLimit { bytes: Some(64 << 20) }));
        assert_eq!(soft.read(" "), Ok(Adjustment::SetSoftLimit { bytes: None }));
        for text in ["1 KiB", "much"] {
            let refusal = soft.read(text).unwrap_err();
            assert!(soft.is_refused_by(&refusal) && !control.load.is_refused_by(&refusal), "{refusal}");
        }
    }

    #[test]
    fn pools_are_limited_where_there_are_any() {
        let mut run = run();
        let spec =
            json!({"workload": {"kind": "products"}, "variant": "pooled", "load": {"profile": closed()}});
        run.spec = Some(Box::new(RunSpec::parse(&spec, &InstanceLimits::default()).unwrap()));
        run.state = Some(RunState::Running { phase: Phase::Load });
        let control = control(&run, &InstanceLimits::default()).unwrap();
        let [_, pool] = &control.target[..] else { panic!("{control:?}") };
        assert_eq!(pool.read("0"), Ok(Adjustment::SetPoolLimit { idle: 0 }));
        assert_eq!(pool.read("").unwrap_err().field, "change.idle");
    }
}
