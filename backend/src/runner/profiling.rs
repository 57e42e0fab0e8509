//! The heap profiles of one run: when they are taken, and what became of each.

use std::{path::Path, sync::Arc, time::Duration};

use super::timeline::Timeline;
use crate::{
    child::{ProfileStep, profile_file},
    profile::{Profiles, Taken, child::open, symbolize::symbolize},
    scratch::Scratch,
};
use heapgym_shared::{
    adjust::EventKind,
    report::ProfileTaken,
    spec::{HeapProfiling, RunSpec},
};

/// Most profiles of one run: each takes up to a few megabytes as long as the run is kept.
const MOST: usize = 16;
/// How long before its end the load phase is profiled: what is in flight should still be so.
const BEFORE_THE_END: Duration = Duration::from_millis(20);

/// The heap profiles of one run.
#[derive(Debug)]
pub(super) struct Profiling {
    /// Where the target writes them. It goes with this, whatever becomes of the target.
    folder: Result<Scratch, String>,
    plan: Plan,
    /// What the target was told to take, in order, until it answers.
    asked: Vec<String>,
    counting: bool,
    index: u32,
    /// Each with its number in the folder.
    taken: Vec<(ProfileTaken, u32)>,
    failures: Vec<String>,
}

/// What is still to be done by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// To begin counting at this instant, and to take a profile at the other; both since the run began.
    Begin {
        at_ns: u64,
        take_at_ns: u64,
    },
    Take {
        at_ns: u64,
    },
    Nothing,
}

impl Profiling {
    pub(super) fn new(spec: &RunSpec, timeline: &Timeline) -> Self {
        let plan = match spec.heap_profile {
            HeapProfiling::Off => Plan::Nothing,
            HeapProfiling::Load => {
                let (at_ns, end_ns) = timeline.load_phase();
                Plan::Begin { at_ns, take_at_ns: end_ns.saturating_sub(BEFORE_THE_END.as_nanos() as u64) }
            }
        };
        Self {
            folder: Scratch::new().map_err(|error| format!("there is no folder for heap profiles: {error}")),
            plan,
            asked: Vec::new(),
            counting: false,
            index: 0,
            taken: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Where the target writes.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().ok().map(Scratch::path)
    }

    /// When something is to be done by itself, since the run began.
    pub(super) fn due_ns(&self) -> Option<u64> {
        match self.plan {
            Plan::Begin { at_ns, .. } | Plan::Take { at_ns } => Some(at_ns),
            Plan::Nothing => None,
        }
    }

    /// What the target is to be told now that this is due.
    pub(super) fn due(&mut self) -> Option<ProfileStep> {
        match self.plan {
            Plan::Begin { take_at_ns, .. } => {
                self.plan = Plan::Take { at_ns: take_at_ns };
                Some(self.start())
            }
            Plan::Take { .. } => self.finish("end of the load"),
            Plan::Nothing => None,
        }
    }

    /// What the target is to be told when the load ends before its time; nothing where nothing is planned.
    pub(super) fn finish(&mut self, cause: &str) -> Option<ProfileStep> {
        match std::mem::replace(&mut self.plan, Plan::Nothing) {
            Plan::Take { .. } => self.take(cause, true).ok(),
            Plan::Begin { .. } => {
                self.fail("the run ended before its load began".to_owned());
                None
            }
            Plan::Nothing => None,
        }
    }

    /// What the target is to be told so that it counts.
    pub(super) fn start(&mut self) -> ProfileStep {
        self.counting = true;
        ProfileStep::Start
    }

    /// What the target is to be told so that it takes one.
    ///
    /// # Errors
    /// The event that says why none can be taken.
    pub(super) fn take(&mut self, cause: &str, last: bool) -> Result<ProfileStep, EventKind> {
        if let Err(reason) = &self.folder {
            let reason = reason.clone();
            return Err(self.fail(reason));
        }
        if !self.counting {
            return Err(self.fail("nothing was counted: it must be started first".to_owned()));
        }
        if self.taken.len() + self.asked.len() >= MOST {
            return Err(self.fail(format!("a run has at most {MOST}")));
        }
        self.asked.push(cause.to_owned());
        self.index += 1;
        Ok(ProfileStep::Take { index: self.index - 1, last })
    }

    /// Takes in the target's answer; gives the event that tells of it.
    pub(super) fn hear(&mut self, step: ProfileStep, elapsed_ns: u64, refused: Option<String>) -> EventKind {
        let cause = match step {
            ProfileStep::Take { .. } if !self.asked.is_empty() => Some(self.asked.remove(0)),
            ProfileStep::Take { .. } | ProfileStep::Start | ProfileStep::Stop => None,
        };
        match (refused, step, cause) {
            (Some(reason), ProfileStep::Start, _) => {
                self.counting = false;
                self.plan = Plan::Nothing; // it would be refused as well
                self.fail(reason)
            }
            (Some(reason), ProfileStep::Take { .. } | ProfileStep::Stop, _) => self.fail(reason),
            (None, ProfileStep::Start, _) => EventKind::ProfileStarted,
            (None, ProfileStep::Stop, _) => EventKind::ProfileStopped,
            (None, ProfileStep::Take { index, .. }, cause) => {
                let cause = cause.unwrap_or_default();
                self.taken.push((ProfileTaken { elapsed_ns, cause: cause.clone() }, index));
                EventKind::ProfileTaken { cause }
            }
        }
    }

    fn fail(&mut self, reason: String) -> EventKind {
        self.failures.push(reason.clone());
        EventKind::ProfileFailed { reason }
    }

    /// Whether no profile was taken, planned or refused.
    pub(super) fn is_empty(&self) -> bool {
        self.taken.is_empty()
            && self.asked.is_empty()
            && self.failures.is_empty()
            && self.plan == Plan::Nothing
    }

    /// Gives what was taken its names. It blocks, for about a second.
    pub(super) fn read(mut self) -> (Profiles, Vec<String>) {
        let unanswered = self.asked.len() + usize::from(self.plan != Plan::Nothing);
        for _ in 0..unanswered {
            self.fail("the target ended before it was taken".to_owned());
        }
        let mut profiles = Profiles::new();
        for (taken, index) in std::mem::take(&mut self.taken) {
            let Some(folder) = self.folder() else { break }; // what was taken was taken there
            match open(&profile_file(folder, index)) {
                Ok(dump) => profiles.push(Arc::new(Taken { taken, profile: symbolize(dump) })),
                Err(error) => {
                    self.fail(format!("{error:#}"));
                }
            }
        }
        (profiles, self.failures)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn profiling(heap_profile: &str) -> Profiling {
        let spec = json!({
            "workload": {"kind": "products"}, "variant": "naive", "heap_profile": heap_profile,
            "load": {"profile": {"kind": "constant_concurrency", "concurrency": 1, "duration_ms": 5000}},
        });
        let spec = RunSpec::parse(&spec, &Default::default()).unwrap();
        Profiling::new(&spec, &Timeline::new(&spec))
    }

    fn take(index: u32, last: bool) -> ProfileStep {
        ProfileStep::Take { index, last }
    }

    #[test]
    fn the_load_phase_is_profiled_by_itself() {
        let mut profiling = profiling("load");
        assert_eq!(profiling.due_ns(), Some(2_000_000_000));
        assert_eq!(profiling.due(), Some(ProfileStep::Start));
        assert_eq!(profiling.due_ns(), Some(6_980_000_000));
        assert_eq!(profiling.due(), Some(take(0, true)));
        assert_eq!((profiling.due_ns(), profiling.finish("stop")), (None, None), "it was taken");
    }

    #[test]
    fn one_that_is_asked_for_must_be_started_first() {
        let mut profiling = profiling("off");
        assert_eq!(profiling.due_ns(), None);
        assert!(matches!(profiling.take("asked for", false), Err(EventKind::ProfileFailed { .. })));
        profiling.start();
        for index in 0..MOST as u32 {
            assert_eq!(profiling.take("asked for", false), Ok(take(index, false)));
        }
        assert!(profiling.take("asked for", false).is_err(), "one too many");
        let heard = profiling.hear(take(0, false), 7, None);
        assert_eq!(heard, EventKind::ProfileTaken { cause: "asked for".to_owned() });
    }

    #[test]
    fn what_goes_wrong_is_told_and_not_lost() {
        let mut refused = profiling("load");
        refused.due();
        let reason = "the disk is full".to_owned();
        let event = refused.hear(ProfileStep::Start, 1, Some(reason.clone()));
        assert_eq!(event, EventKind::ProfileFailed { reason: reason.clone() });
        assert_eq!(refused.due_ns(), None, "nothing was counted");
        assert_eq!(refused.read(), (Vec::new(), vec![reason]));

        let mut unanswered = profiling("load");
        unanswered.due();
        unanswered.due();
        assert_eq!(unanswered.read().1, ["the target ended before it was taken"]);

        let mut broken = profiling("load");
        broken.due();
        broken.due();
        std::fs::write(profile_file(broken.folder().unwrap(), 0), "half a pro").unwrap();
        broken.hear(take(0, true), 1, None);
        let (profiles, failures) = broken.read();
        assert!(profiles.is_empty() && failures[0].contains("no heap profile"), "{failures:?}");
    }
}
