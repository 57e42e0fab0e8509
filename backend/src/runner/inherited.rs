//! The limits on memory that heapgym was started with, as `ulimit` sets them. Its children keep them.

use heapgym_shared::report::Environment;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

/// The limits of this process, in bytes; `None` where there is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Inherited {
    pub(super) data_bytes: Option<u64>,
    pub(super) address_space_bytes: Option<u64>,
}

impl Inherited {
    /// The limits in force. This process never changes them.
    pub(super) fn read() -> Self {
        Self { data_bytes: limit(Resource::RLIMIT_DATA), address_space_bytes: limit(Resource::RLIMIT_AS) }
    }

    /// Writes them into the report.
    pub(super) fn describe(self, environment: &mut Environment) {
        environment.data_limit_bytes = self.data_bytes;
        environment.address_space_limit_bytes = self.address_space_bytes;
    }

    /// The lowest of them.
    pub(super) fn lowest_bytes(self) -> Option<u64> {
        self.data_bytes.into_iter().chain(self.address_space_bytes).min()
    }
}

fn limit(resource: Resource) -> Option<u64> {
    let (soft, _) = getrlimit(resource).ok()?;
    (soft != RLIM_INFINITY).then_some(soft)
}
