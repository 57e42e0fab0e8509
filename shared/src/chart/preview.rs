//! What a load is going to ask for, drawn before the run with the pen of its charts.

use super::{Chart, Columns, DrawCells, DrawError, Kind, Series, Trace, ValueScale, View, draw_columns};
use crate::{
    load::{Concurrency, LoadProfile, Schedule},
    spec::RunSpec,
    unit::Unit,
};

/// Points of a curve, beside those where it turns: as many as a preview has columns of pixels.
const POINTS: u64 = 480;

const NS_PER_MS: u64 = 1_000_000;

/// The rate of an open profile.
static RATE: Chart = chart("Requests offered", Unit::PerSecond, &[OFFERED]);
/// Requests that an open profile sends at the same instant.
static GROUPS: Chart = chart("Requests at the same instant", Unit::Count, &[OFFERED]);
/// The connections of a closed profile.
static CONNECTIONS: Chart = chart("Requests in flight", Unit::Count, &[IN_FLIGHT]);

const OFFERED: Series = Series { metric: "offered", label: "offered" };
const IN_FLIGHT: Series = Series { metric: "in_flight", label: "in flight" };

const fn chart(title: &'static str, unit: Unit, series: &'static [Series]) -> Chart {
    Chart { id: "preview", title, unit, kind: Kind::Lines, folded: false, series, help: "" }
}

/// The curve of a load phase, from its first instant to its last.
#[derive(Debug, Clone)]
pub struct Preview {
    chart: &'static Chart,
    variant: String,
    columns: Columns,
    end_ns: u64,
}

impl Preview {
    /// The curve of a run's load.
    pub fn of(spec: &RunSpec) -> Self {
        let profile = &spec.load.profile;
        let end_ns = profile.duration_ms() * NS_PER_MS;
        let (chart, points) = match (profile, Concurrency::of(profile), Schedule::of(&spec.load, spec.seed)) {
            (LoadProfile::Burst { burst_rate, burst_delay_ms, .. }, ..) => {
                (&GROUPS, groups(*burst_rate, burst_delay_ms * NS_PER_MS, end_ns))
            }
            (_, Some(concurrency), _) => {
                (&CONNECTIONS, curve(profile, end_ns, |instant| concurrency.at(instant).into()))
            }
            (_, None, Some(schedule)) => (&RATE, curve(profile, end_ns, |instant| schedule.rate_at(instant))),
            // There is no profile that is neither open nor closed.
            (_, None, None) => (&RATE, Vec::new()),
        };
        let mut columns = Columns::new(chart, ValueScale::Linear);
        points.into_iter().for_each(|(instant, value)| columns.push(instant, &[value]));
        Self { chart, variant: spec.variant.clone(), columns, end_ns }
    }

    /// What its values are.
    pub fn title(&self) -> &'static str {
        self.chart.title
    }

    /// Draws it.
    ///
    /// # Errors
    /// When the backend cannot draw.
    pub fn draw<DB: DrawCells>(&self, view: &View, backend: DB) -> Result<(), DrawError> {
        let trace = Trace { variant: &self.variant, samples: &[], size_classes: &[] };
        let view = View { span_ns: Some(self.end_ns), ..*view };
        draw_columns(self.chart, &[trace], std::slice::from_ref(&self.columns), &view, backend)
    }
}

/// Values at even distances, and on both sides of each turn, where a profile may jump.
fn curve(profile: &LoadProfile, end_ns: u64, value: impl Fn(u64) -> f64) -> Vec<(u64, f64)> {
    let turns = profile.turns_ms().into_iter().map(|turn_ms| turn_ms.saturating_mul(NS_PER_MS));
    let even = (0..POINTS).map(|point| (u128::from(end_ns) * u128::from(point) / u128::from(POINTS)) as u64);
    let mut instants: Vec<u64> = turns.flat_map(|turn| [turn.saturating_sub(1), turn]).chain(even).collect();
    instants.push(end_ns.saturating_sub(1));
    instants.retain(|instant| *instant < end_ns);
    instants.sort_unstable();
    instants.dedup();
    instants.into_iter().map(|instant| (instant, value(instant))).collect()
}

/// A spike for each group; where there are more than fit on a screen, the level that they make together.
fn groups(size: u32, delay_ns: u64, end_ns: u64) -> Vec<(u64, f64)> {
    let (delay_ns, size) = (delay_ns.max(1), f64::from(size));
    if end_ns / delay_ns > POINTS {
        return vec![(0, size), (end_ns, size)];
    }
    let spikes = (0..end_ns.div_ceil(delay_ns)).flat_map(|group| {
        let at = group * delay_ns;
        [(at, 0.0), (at, size), (at, 0.0)]
    });
    spikes.chain([(end_ns, 0.0)]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        chart::commands::{Commands, Recorder},
        load::PROFILES,
        spec::InstanceLimits,
    };

    fn preview(profile: Value) -> Preview {
        let spec = json!({"workload": {"kind": "logs"}, "variant": "naive", "load": {"profile": profile}});
        Preview::of(&RunSpec::parse(&spec, &InstanceLimits::default()).unwrap())
    }

    /// The greatest value, and where it is first reached, in milliseconds.
    fn peak(preview: &Preview) -> (f64, u64) {
        let values = &preview.columns.column(0).values;
        let peak = values.iter().copied().fold(0.0, f64::max);
        let first = values.iter().position(|value| *value == peak).unwrap();
        (peak, preview.columns.times()[first] / NS_PER_MS)
    }

    #[test]
    fn a_jump_stands_where_it_is() {
        let spike = preview(json!({
            "kind": "spike", "base_rate": 10, "peak_rate": 500, "at_ms": 1_234, "hold_ms": 100, "duration_ms": 60_000,
        }));
        assert_eq!((peak(&spike), spike.title()), ((500.0, 1_234), "Requests offered"));
    }

    #[test]
    fn closed_profiles_show_their_connections() {
        let ramp = preview(
            json!({"kind": "ramping_concurrency", "start_concurrency": 1, "stages": "50 for 4s, 5 for 1s"}),
        );
        assert_eq!((peak(&ramp).0, ramp.title()), (50.0, "Requests in flight"));
    }

    #[test]
    fn groups_are_spikes_as_long_as_they_can_be_told_apart() {
        let burst = |delay_ms: u64| {
            preview(
                json!({"kind": "burst", "burst_rate": 40, "burst_delay_ms": delay_ms, "duration_ms": 10_000}),
            )
        };
        let values = |preview: &Preview| preview.columns.column(0).values.clone();
        assert_eq!(values(&burst(5_000)), [0.0, 40.0, 0.0, 0.0, 40.0, 0.0, 0.0]);
        assert_eq!(values(&burst(10)), [40.0, 40.0]);
    }

    #[test]
    fn every_profile_draws_a_line() {
        for info in PROFILES {
            let mut profile = json!({"kind": info.id});
            for field in info.fields {
                match field {
                    crate::load::ProfileField::Number(number) => {
                        profile[number.name] = number.default.unwrap_or(number.min.max(10.0)).into();
                    }
                    crate::load::ProfileField::Stages(stages) => profile[stages.name] = stages.example.into(),
                }
            }
            let mut commands = Commands::default();
            let view = View { width: 320, height: 80, ..View::default() };
            let size = (view.width * view.scale, view.height * view.scale);
            preview(profile).draw(&view, Recorder::new(&mut commands, size)).unwrap();
            assert!(commands.words().lines().count() > 2, "{}: {}", info.id, commands.words());
        }
    }
}
