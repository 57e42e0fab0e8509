//! Has the child that it concerns make a change.

use heapgym_probe::clock;
use heapgym_shared::{
    adjust::{Adjustment, EventKind},
    outcome::Child,
};

use super::{Load, Run, Target};
use crate::child::Command;

/// From a change to its instant, so that all load threads make it at the same one.
const CHANGE_AFTER_NS: u64 = 5_000_000;

impl Run<'_> {
    /// What the target does it tells itself, with its effect.
    pub(super) async fn adjust(&mut self, change: Adjustment, target: &mut Target, load: &mut Load) {
        if self.adjust_profile(change, target).await {
            return;
        }
        let at_ns = clock::monotonic_ns() + CHANGE_AFTER_NS;
        let command = Command::Adjust { at_ns, change };
        match change.made_by() {
            Child::Target => {
                self.asked.push_back(change);
                target.tell(command).await;
            }
            Child::Load | Child::Downstream => {
                self.note(at_ns, EventKind::Adjusted { change, effect: None });
                load.tell(command).await;
            }
        }
    }
}
