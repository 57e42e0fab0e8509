//! What the supervisor tells the target about heap profiles, and hears of them.

use heapgym_probe::clock;
use heapgym_shared::adjust::{Adjustment, EventKind};
use tokio::time::sleep_until;

use super::{Run, Target};
use crate::{
    child::{Command, ProfileStep},
    profile::Profiles,
};

impl Run<'_> {
    /// Waits until something about profiles is due; for ever where nothing is. Can be cancelled.
    pub(super) fn profile_due(&self) -> impl Future<Output = ()> + Send + use<> {
        let at = self.profiling.due_ns().map(|due_ns| self.instant(due_ns));
        async move {
            match at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        }
    }

    /// Does what is due.
    pub(super) async fn profile_now(&mut self, target: &mut Target) {
        let step = self.profiling.due();
        tell(target, step).await;
    }

    /// Takes the planned profile before its time, since the load is about to end, or has ended.
    pub(super) async fn profile_ends(&mut self, cause: &str, target: &mut Target) {
        let step = self.profiling.finish(cause);
        tell(target, step).await;
    }

    /// Makes a change that is about profiles; tells whether it is.
    pub(super) async fn adjust_profile(&mut self, change: Adjustment, target: &mut Target) -> bool {
        let step = match change {
            Adjustment::StartProfile => Ok(self.profiling.start()),
            Adjustment::StopProfile => Ok(ProfileStep::Stop),
            Adjustment::TakeProfile => self.profiling.take("asked for", false),
            _ => return false,
        };
        match step {
            Ok(step) => tell(target, Some(step)).await,
            Err(event) => self.note(clock::monotonic_ns(), event),
        }
        true
    }

    pub(super) fn hear_profile(&mut self, step: ProfileStep, at_ns: u64, refused: Option<String>) {
        let event: EventKind = self.profiling.hear(step, at_ns.saturating_sub(self.origin_ns), refused);
        self.note(at_ns, event);
    }
}

async fn tell(target: &mut Target, step: Option<ProfileStep>) {
    if let Some(step) = step {
        target.tell(Command::Profile { step }).await;
    }
}

/// The profiles of a run, and why there are no more.
pub(super) async fn read(
    profiling: super::Profiling,
    controlled: &super::Controlled,
) -> (Profiles, Vec<String>) {
    if profiling.is_empty() {
        return Default::default();
    }
    // On a thread that may block, and after the run, because it takes a CPU for about a second.
    let read = tokio::task::spawn_blocking(move || profiling.read());
    let failed = |reason: String| (Profiles::new(), vec![reason]);
    tokio::select! {
        read = read => read.unwrap_or_else(|error| failed(format!("the profiles could not be read: {error}"))),
        () = controlled.give_up.cancelled() => {
            failed("heapgym ended before it could read the profiles".to_owned())
        }
    }
}
