//! How a run ended and what it left behind, in words.

use heapgym_shared::{Outcome, Report, sample::SizeClass, threshold::ThresholdResult, unit::Unit};

use super::run::Run;

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// How the run is written.
    pub variant: String,
    /// The outcome's id.
    pub outcome: &'static str,
    /// The outcome in a sentence.
    pub sentence: String,
    /// What became of its thresholds.
    pub thresholds: Vec<ThresholdResult>,
    /// What was held when it was over; the figures of the whole run are on the tiles.
    pub after: String,
    /// What lived in each of the allocator's size classes after the last reply, as [`SIZE_CLASS_COLUMNS`] say.
    pub size_classes: Vec<[String; 5]>,
}

/// What is told of each size class.
pub const SIZE_CLASS_COLUMNS: [&str; 5] = ["Size", "Live", "Live bytes", "Held", "Full"];

/// How a run ended; `None` while it goes on.
pub fn ending(run: &Run) -> Option<Ending> {
    let outcome = run.outcome()?;
    Some(Ending {
        variant: run.variant().to_owned(),
        outcome: outcome.id(),
        sentence: match outcome {
            Outcome::Stopped { threshold: None } if run.samples().is_empty() => {
                "Stopped before it began.".to_owned()
            }
            outcome => run.report.as_deref().map_or_else(|| outcome.sentence(), Report::headline),
        } + &run.not_kept.as_deref().map(not_kept).unwrap_or_default(),
        thresholds: run.report.as_deref().map(|report| report.thresholds.clone()).unwrap_or_default(),
        after: format!("{}{}", why_out_of_memory(run), run.report.as_deref().map(after).unwrap_or_default()),
        size_classes: run.report.iter().flat_map(|report| report.size_classes.iter().map(row)).collect(),
    })
}

/// What was asked of a run at once when its memory ended, as far as its last samples tell.
fn why_out_of_memory(run: &Run) -> String {
    let Some(Outcome::OutOfMemory { .. }) = run.outcome() else { return String::new() };
    let samples = run.samples().iter().rev();
    // The last moment at which the target still answered.
    let last = samples
        .filter(|sample| sample.target.is_some())
        .find_map(|sample| Some((sample.phase, sample.load.as_ref()?)));
    let (Some((phase, load)), Some(spec)) = (last, &run.spec) else { return String::new() };
    let each = spec.workload.footprint(&spec.variant).in_flight_bytes as f64;
    format!(
        "At the end, in the phase {}, {} requests were in flight, and each may hold {}. ",
        phase.id(),
        Unit::Count.format(load.in_flight as f64),
        Unit::Bytes.format(each)
    )
}

fn not_kept(reason: &str) -> String {
    format!(
        " Not kept: {reason}. The server has the run in memory and tries again. Export it, or delete runs to make room."
    )
}

fn row(class: &SizeClass) -> [String; 5] {
    let bytes = |value: u64| Unit::Bytes.format(value as f64);
    [
        bytes(class.size_bytes),
        Unit::Count.format(class.live as f64),
        bytes(class.live * class.size_bytes),
        bytes(class.held_bytes()),
        Unit::Percent.format((100.0 * class.utilisation()).round()),
    ]
}

fn after(report: &Report) -> String {
    let Some(held) = report.memory.held_after_recovery_bytes else {
        return "It did not get to the recovery, so what it holds on to is not known.".to_owned();
    };
    let held = Unit::Bytes.format(held as f64);
    let kept = report.held_sentence();
    let kept = kept.map(|sentence| format!(" {sentence}")).unwrap_or_default();
    format!("{} Live memory at the end, above the baseline: {held}.{kept}", report.leak_sentence())
}

#[cfg(test)]
pub(crate) mod tests {
    use heapgym_shared::{
        pool::PoolReading,
        protocol::RunState,
        report::{
            Environment, GeneratorSummary, Latency, Leak, LoadSummary, MemoryParts, MemorySummary,
            PoolSummary, Reason, SamplerSummary, TaskSummary, Verdict,
        },
        sample::Phase,
    };

    use super::*;
    use crate::model::run::tests::{run, sample, spec};

    /// The report of a run that completed and did nothing.
    pub(crate) fn report() -> Report {
        *with_leak((Verdict::None, Reason::GivenBack), None)
    }

    fn with_leak(
        (verdict, reason): (Verdict, Reason),
        held_after_recovery_bytes: Option<i64>,
    ) -> Box<Report> {
        Box::new(Report {
            schema: 1,
            spec: *spec("naive"),
            environment: Environment::default(),
            outcome: Outcome::Completed,
            load: LoadSummary::default(),
            response_time_ns: Latency::default(),
            service_time_ns: Latency::default(),
            failure_reasons: Vec::new(),
            lateness_ns: Latency::default(),
            generator: GeneratorSummary::default(),
            memory: MemorySummary { held_after_recovery_bytes, ..Default::default() },
            per_request: None,
            tasks: TaskSummary::default(),
            pool: None,
            soft_limit: None,
            leak: Leak {
                verdict,
                reason,
                slope_bytes_per_request: 1024.0,
                interval: [1000.0, 1048.0],
                growth_bytes: 4e6,
            },
            size_classes: Vec::new(),
            sampler: SamplerSummary::default(),
            samples: 0,
            thresholds: Vec::new(),
            profiles: Vec::new(),
            profile_failures: Vec::new(),
        })
    }

    #[track_caller]
    fn says(report: Box<Report>, expect: &str) {
        let mut run = run();
        assert_eq!(ending(&run), None);
        run.state = Some(RunState::Finished { outcome: Outcome::Completed });
        run.report = Some(report);
        assert_eq!(ending(&run).unwrap().after, expect);
    }

    #[test]
    fn a_size_class_tells_how_full_its_pages_are() {
        let class = SizeClass { size_bytes: 64, live: 1_200, room: 1_600 };
        assert_eq!(row(&class), ["64 B", "1,200", "75 KiB", "100 KiB", "75 %"]);
    }

    #[test]
    fn a_run_that_was_stopped_while_it_waited_never_began() {
        let mut run = run();
        run.state = Some(RunState::Finished { outcome: Outcome::STOPPED });
        assert_eq!(ending(&run).unwrap().sentence, "Stopped before it began.");
        run.take(0, vec![sample(0, Phase::Load)]);
        assert_eq!(ending(&run).unwrap().sentence, Outcome::STOPPED.sentence());
    }

    #[test]
    fn a_run_that_is_not_stored_says_why() {
        let mut run = run();
        run.state = Some(RunState::Finished { outcome: Outcome::Completed });
        run.not_kept = Some("the disk is full".to_owned());
        let sentence = ending(&run).unwrap().sentence;
        assert!(sentence.starts_with("Completed: all phases ran to their end. Not kept: the disk is full."));
    }

    #[test]
    fn what_is_left_is_said_with_its_sign() {
        says(
            with_leak((Verdict::None, Reason::GivenBack), Some(-2048)),
            "No leak: live memory grew by 1 KiB a request (95 % between 0.98 KiB and 1.02 KiB) under load, and was freed, \
             or back in a pool, when the load was over. Live memory at the end, above the baseline: -2 KiB.",
        );
        says(
            with_leak((Verdict::Leaking, Reason::Kept), Some(3 << 20)),
            "It leaks: live memory grew by 1 KiB a request (95 % between 0.98 KiB and 1.02 KiB) to the end of the load, and \
             was still held after the recovery. Live memory at the end, above the baseline: 3 MiB.",
        );
        says(
            with_leak((Verdict::Inconclusive, Reason::NoRecovery), None),
            "It did not get to the recovery, so what it holds on to is not known.",
        );
    }

    #[test]
    fn too_few_samples_say_how_long_the_load_has_to_last() {
        let mut report = with_leak((Verdict::Inconclusive, Reason::TooFewSamples), Some(0));
        let before = "Cannot tell whether it leaks: the run ended before its load phase. ";
        assert!(after(&report).starts_with(before), "{}", after(&report));
        report.load.duration_ns = 1_000_000_000;
        let short = "Cannot tell whether it leaks: that takes 20 samples of the load phase, which lasted 1 s. Run the \
                     load for at least 2 s. ";
        assert!(after(&report).starts_with(short), "{}", after(&report));
        report.load.duration_ns = 9_000_000_000; // long enough, but samples are missing
        assert!(after(&report).contains("Run the load longer, or sample more often."), "{}", after(&report));
    }

    #[test]
    fn buffers_that_wait_in_pools_are_told_from_what_is_in_use() {
        let mut report = with_leak((Verdict::None, Reason::GivenBack), Some(60 << 20));
        report.memory.after_recovery = Some(MemoryParts { live_bytes: 64 << 20, ..Default::default() });
        let last = PoolReading { retained_bytes: 50 << 20, ..Default::default() };
        report.pool = Some(PoolSummary { retained_peak_bytes: 90 << 20, last });
        let said = after(&report);
        assert!(said.contains("above the baseline: 60 MiB. Of what is live, 50 MiB are buffers"), "{said}");
        report.pool = Some(PoolSummary::default());
        assert!(after(&report).ends_with("above the baseline: 60 MiB."), "{}", after(&report));
    }
}
