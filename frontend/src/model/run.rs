//! One run as this page has seen it: samples in order, none twice, in bounded memory.

use heapgym_shared::{
    Outcome, Report, RunSpec, Sample,
    adjust::{Adjustment, EventKind},
    chart::Trace,
    load::LoadProfile,
    protocol::{RunId, RunState},
    report::size_classes,
    sample::Phase,
};
use serde_json::Value;

/// Most samples kept of one run. Beyond it neighbours are merged, so that the whole run stays in sight.
pub const MAX_SAMPLES: usize = 8192; // 13 minutes at 10 Hz, about 5 MB with their distributions

/// One run as this page has seen it.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// Its specification; `None` until the server has told.
    pub spec: Option<Box<RunSpec>>,
    /// The same as the server wrote it, which the form can be filled with.
    pub written: Option<Value>,
    /// Where it is; `None` until the server has told, of a run that has ended all that there is.
    pub state: Option<RunState>,
    /// When its clock began, in milliseconds since 1970; `None` before.
    pub began_at_ms: Option<u64>,
    /// Its summary; `None` before its end, and for a run that never started.
    pub report: Option<Box<Report>>,
    /// Why the server has not stored its end, such as `the disk is full`; `None` when it has.
    pub not_kept: Option<String>,
    /// Samples that were not sent to this page one by one.
    pub left_out: u64,
    /// The name of the file that it was opened from; `None` for a run of the server.
    pub file: Option<String>,
    /// How many follow it, as the server told last; 0 before.
    pub viewers: u32,
    samples: Vec<Sample>,
    /// The sequence number to come: whatever is below it is here already.
    next_seq: u64,
}

impl Run {
    /// A run of which nothing is known yet but where it is, at most.
    pub fn new(id: RunId, state: Option<RunState>) -> Self {
        Self {
            id,
            spec: None,
            written: None,
            state,
            began_at_ms: None,
            report: None,
            not_kept: None,
            left_out: 0,
            file: None,
            viewers: 0,
            samples: Vec::new(),
            next_seq: 0,
        }
    }

    /// Whether the server has it, and with it its pictures and exports.
    pub fn is_on_server(&self) -> bool {
        self.file.is_none()
    }

    /// Its samples, in their order.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Whether it came by a link and the server has told nothing of it yet.
    pub fn is_untold(&self) -> bool {
        self.state.is_none() && self.spec.is_none()
    }

    /// Workload and variant, such as `logs naive`.
    pub fn title(&self) -> String {
        let title = |spec: &RunSpec| format!("{} {}", spec.workload.info().id, spec.variant);
        self.spec.as_deref().map_or_else(|| "Run".to_owned(), title)
    }

    /// How it is written; empty until the server has told.
    pub fn variant(&self) -> &str {
        self.spec.as_ref().map_or("", |spec| &spec.variant)
    }

    /// Its samples as the lines of a chart.
    pub fn trace(&self) -> Trace<'_> {
        let size_classes = size_classes(self.report.as_deref());
        Trace { variant: self.variant(), samples: &self.samples, size_classes }
    }

    /// How it ended; `None` while it goes on.
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.state {
            Some(RunState::Finished { outcome }) => Some(outcome),
            Some(RunState::Queued { .. } | RunState::Starting | RunState::Running { .. }) | None => None,
        }
    }

    /// Whether requests are offered to it now, so that their rate or number can be changed.
    pub fn is_under_load(&self) -> bool {
        matches!(self.state, Some(RunState::Running { phase: Phase::Warmup | Phase::Load }))
    }

    /// Whether its load was paused and not resumed, as far as its samples tell.
    pub fn is_paused(&self) -> bool {
        let events = self.samples.iter().rev().flat_map(|sample| sample.events.iter().rev());
        let paused = |what: &EventKind| match what {
            EventKind::Adjusted { change: Adjustment::Pause, .. } => Some(true),
            EventKind::Adjusted { change: Adjustment::Resume, .. } => Some(false),
            _ => None,
        };
        events.map(|event| &event.what).find_map(paused).unwrap_or(false)
    }

    /// Whether allocations are counted by stack now, as far as its samples tell; `None` where they never were.
    pub fn profiling(&self) -> Option<bool> {
        let events = self.samples.iter().rev().flat_map(|sample| sample.events.iter().rev());
        let counts = |what: &EventKind| match what {
            EventKind::ProfileStarted => Some(true),
            EventKind::ProfileStopped => Some(false),
            _ => None,
        };
        events.map(|event| &event.what).find_map(counts)
    }

    /// The last sequence number that needs not be sent again.
    pub fn after_seq(&self) -> Option<u64> {
        self.next_seq.checked_sub(1)
    }

    /// Takes in consecutive samples. What is here already is passed over, so that a batch may come twice.
    pub fn take(&mut self, first_seq: u64, batch: Vec<Sample>) {
        let known = usize::try_from(self.next_seq.saturating_sub(first_seq)).unwrap_or(usize::MAX);
        if batch.len() <= known {
            return;
        }
        self.left_out += first_seq.saturating_sub(self.next_seq);
        self.next_seq = first_seq + batch.len() as u64;
        self.samples.extend(batch.into_iter().skip(known));
        while self.samples.len() > MAX_SAMPLES {
            self.samples = self.samples.chunks(2).filter_map(Sample::merge).collect();
        }
    }

    /// Counts samples that will not come one by one.
    pub fn skip(&mut self, from: u64, to: u64) {
        self.left_out += (to + 1).saturating_sub(from.max(self.next_seq));
        self.next_seq = self.next_seq.max(to + 1);
    }

    /// Monotonic time of its last sample, in nanoseconds; 0 before the first.
    pub fn elapsed_ns(&self) -> u64 {
        self.samples.last().map_or(0, |sample| sample.elapsed_ns)
    }

    /// How long it is going to take as far as one can tell: the plan while it goes on, then what it took. One that
    /// takes longer is older than this; charts then move on by whole steps, and not with each sample.
    pub fn span_ns(&self) -> u64 {
        match (&self.spec, self.outcome()) {
            // The drain mostly ends at once, and fixed iterations long before they must: their upper bounds would
            // leave the right of every chart empty.
            (Some(spec), None) => {
                let at_most_ms = match spec.load.profile {
                    LoadProfile::FixedIterations { max_duration_ms, .. } => max_duration_ms,
                    _ => 0,
                };
                let planned_ms = spec.planned_ms() - spec.phases.graceful_stop_ms - at_most_ms;
                (planned_ms * 1_000_000).max(1)
            }
            _ => self.elapsed_ns(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use heapgym_shared::{
        adjust::RunEvent,
        sample::{AllocatorReading, LatencyWindow, LoadReading, Phase, TargetReading},
        spec::InstanceLimits,
    };
    use serde_json::json;

    use super::*;

    /// Sample `seq` of a run at 10 Hz that completes 100 requests a second.
    pub(crate) fn sample(seq: u64, phase: Phase) -> Sample {
        let response_time =
            LatencyWindow { count: 10, p50_ns: 1_000_000, p99_ns: 9_000_000, ..Default::default() };
        let elapsed_ns = seq * 100_000_000;
        let load = LoadReading {
            elapsed_ns,
            offered: seq * 20,
            completed: seq * 10,
            in_flight: 7,
            response_time,
            ..Default::default()
        };
        let target = TargetReading {
            elapsed_ns,
            allocator: Some(AllocatorReading { allocated_bytes: (seq + 1) << 20, ..Default::default() }),
            requests: seq * 10,
            minor_faults: seq * 40,
            ..Default::default()
        };
        Sample { seq, elapsed_ns, phase, target: Some(target), load: Some(load), events: Vec::new() }
    }

    pub(crate) fn batch(seqs: std::ops::Range<u64>) -> Vec<Sample> {
        seqs.map(|seq| sample(seq, Phase::Load)).collect()
    }

    pub(crate) fn spec(variant: &str) -> Box<RunSpec> {
        let value = json!({
            "workload": {"kind": "products"},
            "variant": variant,
            "load": {"profile": {"kind": "constant_concurrency", "concurrency": 10, "duration_ms": 10_000}},
        });
        Box::new(RunSpec::parse(&value, &InstanceLimits::default()).unwrap())
    }

    /// A change of the load at a tenth of a second.
    pub(crate) fn adjusted(tenth: u64, change: Adjustment) -> RunEvent {
        RunEvent { elapsed_ns: tenth * 100_000_000, what: EventKind::Adjusted { change, effect: None } }
    }

    pub(crate) fn run() -> Run {
        Run::new(RunId("a".to_owned()), None)
    }

    fn seqs(run: &Run) -> Vec<u64> {
        run.samples().iter().map(|sample| sample.seq).collect()
    }

    #[test]
    fn nothing_is_lost_or_doubled_over_a_reconnect() {
        let mut run = run();
        assert_eq!(run.after_seq(), None);
        run.take(0, batch(0..3));
        assert_eq!(run.after_seq(), Some(2));
        run.take(0, batch(0..3));
        run.take(1, batch(1..5));
        assert_eq!(seqs(&run), [0, 1, 2, 3, 4]);
        assert_eq!(run.left_out, 0);
    }

    #[test]
    fn what_was_left_out_is_counted_once() {
        let mut run = run();
        run.take(0, batch(0..2));
        run.skip(2, 4);
        run.skip(2, 4);
        run.take(5, batch(5..6));
        assert_eq!((run.left_out, run.after_seq()), (3, Some(5)));
        run.take(8, batch(8..9)); // a gap that nobody announced
        assert_eq!((run.left_out, seqs(&run)), (5, vec![0, 1, 5, 8]));
    }

    #[test]
    fn a_long_run_stays_whole_in_bounded_memory() {
        let mut run = run();
        for first in (0..20_000).step_by(50) {
            run.take(first, batch(first..first + 50));
        }
        assert!(run.samples().len() <= MAX_SAMPLES, "{}", run.samples().len());
        assert!(run.samples()[0].seq < 8, "the beginning is still there");
        assert_eq!(run.samples().last().unwrap().seq, 19_999);
        assert!(run.samples().is_sorted_by(|a, b| a.seq < b.seq));
    }

    #[test]
    fn events_survive_merging_and_are_not_doubled_by_a_replay() {
        let mut run = run();
        let mut first = batch(0..50);
        first[7].events = vec![adjusted(7, Adjustment::Pause)];
        run.take(0, first.clone());
        assert!(run.is_paused());
        run.take(0, first);
        let mut late = batch(50..20_000);
        late[2].events = vec![adjusted(52, Adjustment::SetRate { rate: 5.0 })];
        late[9].events = vec![adjusted(59, Adjustment::Resume)];
        run.take(50, late);
        assert!(run.samples().len() <= MAX_SAMPLES && !run.is_paused());
        let tenths = run
            .samples()
            .iter()
            .flat_map(|sample| &sample.events)
            .map(|event| event.elapsed_ns / 100_000_000);
        assert_eq!(tenths.collect::<Vec<_>>(), [7, 52, 59]);
    }

    #[test]
    fn counting_by_stack_is_on_from_its_beginning_to_its_end() {
        let mut run = run();
        let mut told = |seq: u64, what: EventKind| {
            let mut samples = batch(seq..seq + 1);
            samples[0].events = vec![RunEvent { elapsed_ns: seq, what }];
            run.take(seq, samples);
            run.profiling()
        };
        assert_eq!(told(0, EventKind::StopAsked), None);
        assert_eq!(told(1, EventKind::ProfileStarted), Some(true));
        assert_eq!(told(2, EventKind::ProfileTaken { cause: "asked for".to_owned() }), Some(true));
        assert_eq!(told(3, EventKind::ProfileStopped), Some(false));
    }

    #[test]
    fn the_span_is_the_plan_until_the_end() {
        let mut run = run();
        run.spec = Some(spec("naive"));
        assert_eq!(run.span_ns(), 14_000_000_000, "baseline 1 s, warm-up 1 s, load 10 s, recovery 2 s");
        run.take(0, batch(0..151));
        assert_eq!(run.span_ns(), 14_000_000_000, "it takes longer than planned: charts move on by steps");
        run.state = Some(RunState::Finished { outcome: Outcome::Completed });
        assert_eq!(run.span_ns(), 15_000_000_000);
    }
}
