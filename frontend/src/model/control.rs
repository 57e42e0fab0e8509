//! What can be changed of a run while it is under load, and what the reader typed makes of it.

use heapgym_shared::{
    Rejection,
    adjust::Adjustment,
    field::{Number, Reader},
    load::{self, Schedule},
    protocol::RunId,
    spec::{InstanceLimits, RunSpec},
};
use serde_json::{Value, json};

use super::{quantity, run::Run};

/// The control of a run under load.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// The run.
    pub run: RunId,
    /// The rate of an open profile or the concurrency of a closed one, as far as the instance allows it.
    pub field: Number,
    /// What the specification says, as a text; empty where the profile begins with nothing.
    pub specified: String,
}

/// The control of a run; none before its warm-up and after its load.
pub fn control(run: &Run, limits: &InstanceLimits) -> Option<Control> {
    let spec = run.spec.as_deref().filter(|_| run.is_under_load())?;
    let (field, value) = match spec.load.profile.concurrency() {
        Some(concurrency) => {
            (load::CONCURRENCY.capped(f64::from(limits.concurrency)), f64::from(concurrency))
        }
        None => (load::RATE.capped(limits.rate), first_rate(spec)),
    };
    let specified = if value < field.min { String::new() } else { quantity::write(field.unit, value) };
    Some(Control { run: run.id.clone(), field, specified })
}

impl Control {
    /// Whether a refusal is of a change that was asked for here.
    pub fn is_of_change(refusal: &Rejection) -> bool {
        refusal.field.split('.').next() == Some("change")
    }

    /// Reads what was typed as a change.
    ///
    /// # Errors
    /// When it is no number or out of range. What this instance allows less, the server refuses.
    pub fn read(&self, text: &str) -> Result<Adjustment, Rejection> {
        let name = self.field.name;
        let number = quantity::parse(self.field.unit, text);
        let value = number.map_or_else(|| Value::from(text.trim()), Value::from);
        Adjustment::parse(Reader::new("change", &json!({"kind": format!("set_{name}"), name: value}))?)
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
            (control.field.name, control.field.max, control.specified)
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
        assert_eq!(rate.read(" 1,250.5/s"), Ok(Adjustment::SetRate { rate: 1_250.5 }));
        assert_eq!(concurrency.read("9"), Ok(Adjustment::SetConcurrency { concurrency: 9 }));
        for (control, text, field) in [
            (&rate, "", "change.rate"),
            (&rate, "fast", "change.rate"),
            (&rate, "0", "change.rate"),
            (&concurrency, "1.5", "change.concurrency"),
            (&concurrency, "0", "change.concurrency"),
        ] {
            let refusal = control.read(text).unwrap_err();
            assert_eq!(refusal.field, field, "{text}");
            assert!(Control::is_of_change(&refusal));
        }
        assert!(!Control::is_of_change(&Rejection::new("load.profile.rate", "is 0/s", "more")));
    }
}
