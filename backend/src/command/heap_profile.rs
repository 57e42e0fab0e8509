//! `--heap-profile-out`: the file that a run's last heap profile is written to.

use std::{fs::File, io::Write, path::Path};

use anyhow::Context;
use heapgym_shared::{Rejection, RunSpec, profile::SampleType, spec::HeapProfiling};

use super::{output::create, print};
use crate::profile::{
    Profiles,
    pprof::{self, Options},
};

/// Where the profile goes, if anywhere.
#[derive(Debug)]
pub(super) struct Place(Option<File>);

impl Place {
    /// Opens the file before the run.
    ///
    /// # Errors
    /// When the run takes no profile, or the file cannot be written.
    pub(super) fn open(path: Option<&Path>, spec: &RunSpec) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self(None)) };
        if spec.heap_profile == HeapProfiling::Off {
            let reason = "would have no profile to be written";
            return Err(Rejection::new("heap_profile_out", reason, "beside --heap-profile load").into());
        }
        Ok(Self(Some(create(path, "--heap-profile-out")?)))
    }

    /// Writes the last profile; where there is none, the report has said why, and the file stays empty.
    ///
    /// # Errors
    /// When the file cannot be written any more.
    pub(super) fn write(self, profiles: &Profiles) -> anyhow::Result<()> {
        let Some(mut file) = self.0 else { return Ok(()) };
        let Some(last) = profiles.last() else {
            print::remark("--heap-profile-out: there is no profile to write");
            return Ok(());
        };
        let bytes = pprof::encode(&last.profile, &Options::whole(SampleType::InuseSpace))?;
        file.write_all(&bytes).context("--heap-profile-out: cannot write")
    }
}
