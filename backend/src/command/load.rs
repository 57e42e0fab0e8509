//! Flags that describe how requests arrive, turned into a load as a specification holds it.

use std::time::Duration;

use heapgym_shared::{
    Rejection,
    load::{DURATION_MS, PROFILES, ProfileInfo},
    tree::put_given,
};
use serde_json::{Map, Value, json};

use super::quantity;

mod profile;

/// How requests arrive where nothing is said of it.
fn default_profile() -> Map<String, Value> {
    Map::from_iter([
        ("kind".to_owned(), json!("constant_concurrency")),
        ("concurrency".to_owned(), json!(100)),
    ])
}

/// How requests arrive, and within which bounds.
#[derive(Debug, Default, PartialEq, clap::Args)]
pub(super) struct LoadArgs {
    /// Requests per second, whether or not the target keeps up.
    #[arg(long, conflicts_with_all = ["concurrency", "profile"], allow_negative_numbers = true,
        value_parser = quantity::rate)]
    rate: Option<f64>,
    /// Connections that each send the next request as soon as the last one is answered [default: 100].
    #[arg(long, conflicts_with = "profile", allow_negative_numbers = true, value_parser = quantity::number)]
    concurrency: Option<f64>,
    /// Any other load profile: a kind and its fields, such as 'sine mean=100 amplitude=50'; --help lists all kinds.
    ///
    /// Rates are per second, what is in brackets may be left out:
    ///
    ///   constant_arrival_rate  rate [duration] [time_unit]
    ///   ramping_arrival_rate   stages [start_rate] [time_unit]
    ///   constant_concurrency   concurrency [duration]
    ///   ramping_concurrency    stages [start_concurrency]
    ///   fixed_iterations       iterations concurrency [max_duration]
    ///   step                   start_from increment [levels] [level_duration]
    ///   spike                  base_rate peak_rate [at] [hold] [duration]
    ///   sine                   mean amplitude [period] [duration]
    ///   burst                  burst_rate [burst_delay] [duration]
    ///   pause                  [duration]
    ///
    /// Stages are targets, each with the time that the way there takes; 0s is a jump. Examples:
    ///
    ///   --profile 'spike base_rate=50 peak_rate=500 at=5s hold=2s'
    ///   --profile 'ramping_arrival_rate stages=100:10s,0:0s,500:20s'
    #[arg(long, value_name = "KIND FIELD=VALUE...", verbatim_doc_comment)]
    profile: Option<String>,
    /// What a rate counts per, such as 1s or 1m [default: 1s].
    #[arg(long, value_parser = quantity::duration)]
    time_unit: Option<Duration>,
    /// How requests of a rate are spaced: uniform, or poisson as independent users come [default: uniform].
    #[arg(long)]
    arrivals: Option<String>,
    /// How long the load phase lasts, where the profile does not say so itself [default: 20s].
    #[arg(long, value_parser = quantity::duration)]
    duration: Option<Duration>,
    /// A request without a full reply after this long has failed [default: 10s].
    #[arg(long, value_parser = quantity::duration)]
    timeout: Option<Duration>,
    /// Connections that a rate may open [default: 1000].
    #[arg(long, allow_negative_numbers = true, value_parser = quantity::number)]
    max_in_flight: Option<f64>,
    /// What to do with a request of a rate that cannot start: queue, drop or abort [default: queue].
    #[arg(long)]
    on_saturation: Option<String>,
}

impl LoadArgs {
    /// The load as a specification holds it, not yet judged.
    ///
    /// # Errors
    /// A profile that cannot be read, or a flag that would do nothing for it.
    pub(super) fn to_value(&self) -> Result<Value, Rejection> {
        let mut load = Map::new();
        self.write_over(&mut load)?;
        Ok(Value::Object(load))
    }

    /// Puts what was given over what a load says, which is not yet judged; what neither says is a default.
    ///
    /// Another kind of profile inherits nothing of the one before but how long it lasts.
    ///
    /// # Errors
    /// A profile that cannot be read, or a flag that would do nothing for it.
    pub(super) fn write_over(&self, load: &mut Map<String, Value>) -> Result<(), Rejection> {
        let said = match load.remove("profile") {
            Some(Value::Object(profile)) => profile,
            _ => default_profile(),
        };
        let mut profile = self.profile()?.unwrap_or_default();
        let kind =
            profile.get("kind").or(said.get("kind")).and_then(Value::as_str).unwrap_or_default().to_owned();
        let same = said.get("kind").is_some_and(|said| *said == kind);
        // An unknown kind is refused by its name, when the specification is judged.
        let info = PROFILES.iter().find(|info| info.id == kind);
        if let Some(info) = info {
            self.refuse_what_only_open_profiles_have(info)?;
            put(&mut profile, info, "time_unit", self.time_unit)?;
            put(&mut profile, info, "duration", self.duration)?;
        }
        for (name, value) in said {
            let lasts = name == DURATION_MS.name && info.is_some_and(|info| has(info, &name));
            if same || lasts {
                profile.entry(name).or_insert(value);
            }
        }
        if !same {
            load.retain(|setting, _| {
                !["arrivals", "max_in_flight", "on_saturation"].contains(&setting.as_str())
            });
        }
        load.insert("profile".to_owned(), Value::Object(profile));
        let given = [
            ("arrivals", self.arrivals.as_ref().map(|word| json!(word))),
            ("max_in_flight", self.max_in_flight.map(|count| json!(count))),
            ("on_saturation", self.on_saturation.as_ref().map(|word| json!(word))),
            ("timeout_ms", self.timeout.map(|timeout| json!(milliseconds(timeout)))),
        ];
        put_given(load, given);
        Ok(())
    }

    /// The profile that was given, as far as it was; `None` where it was not.
    fn profile(&self) -> Result<Option<Map<String, Value>>, Rejection> {
        let (kind, field, amount) = match (&self.profile, self.rate, self.concurrency) {
            (Some(text), _, _) => return profile::parse(text).map(Some),
            (None, Some(rate), _) => ("constant_arrival_rate", "rate", rate),
            (None, None, Some(concurrency)) => ("constant_concurrency", "concurrency", concurrency),
            (None, None, None) => return Ok(None),
        };
        Ok(Some(Map::from_iter([("kind".to_owned(), json!(kind)), (field.to_owned(), json!(amount))])))
    }

    fn refuse_what_only_open_profiles_have(&self, info: &ProfileInfo) -> Result<(), Rejection> {
        let given = [
            ("arrivals", self.arrivals.is_some()),
            ("max_in_flight", self.max_in_flight.is_some()),
            ("on_saturation", self.on_saturation.is_some()),
        ];
        match given.iter().find(|(_, given)| *given && !info.open) {
            None => Ok(()),
            Some((flag, _)) => {
                let reason = format!("does nothing for {}, whose requests wait for replies", info.id);
                Err(Rejection::new(*flag, reason, "only with a rate, as of --rate"))
            }
        }
    }
}

fn has(info: &ProfileInfo, field: &str) -> bool {
    info.fields.iter().any(|known| known.name() == field)
}

/// Puts the duration of a flag into the profile's own field, if it has one.
fn put(
    profile: &mut Map<String, Value>,
    info: &ProfileInfo,
    flag: &str,
    duration: Option<Duration>,
) -> Result<(), Rejection> {
    let Some(duration) = duration else { return Ok(()) };
    let field = format!("{flag}_ms");
    if !has(info, &field) {
        let has = match (flag, info.id) {
            ("duration", "step") => "levels and level_duration in --profile",
            ("duration", "fixed_iterations") => "max_duration in --profile",
            ("duration", _) => "the durations of the stages in --profile",
            _ => "only with constant_arrival_rate or ramping_arrival_rate",
        };
        return Err(Rejection::new(flag, format!("does nothing for {}", info.id), has));
    }
    if profile.insert(field, json!(milliseconds(duration))).is_some() {
        let reason = "is given twice, as a flag and in --profile";
        return Err(Rejection::new(flag, reason, "one of the two"));
    }
    Ok(())
}

/// A duration as a specification holds it.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
