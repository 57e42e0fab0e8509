//! `--heap-profile-out`: the file that a run's last heap profile is written to.

use std::path::Path;

use heapgym_shared::{Rejection, RunSpec, profile::SampleType, spec::HeapProfiling};

use super::{
    output::{Output, Results},
    print,
    result_file::ResultFile,
};
use crate::profile::{
    Profiles,
    flame::{self, Look},
    pprof::{self, Options},
};

/// Where the profile goes, if anywhere.
#[derive(Debug)]
pub(super) struct Place {
    file: Option<ResultFile>,
    /// Whether it is drawn, and not written for `go tool pprof`.
    is_picture: bool,
}

impl Place {
    /// Opens the file before the run.
    ///
    /// # Errors
    /// When the run takes no profile, or the file cannot be written.
    pub(super) fn open(output: &mut Output, path: Option<&Path>, spec: &RunSpec) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self { file: None, is_picture: false }) };
        if spec.heap_profile == HeapProfiling::Off {
            let reason = "would have no profile to be written";
            return Err(Rejection::new("heap_profile_out", reason, "beside --heap-profile load").into());
        }
        let is_picture = path.extension().is_some_and(|extension| extension == "svg");
        Ok(Self { file: output.file("--heap-profile-out", Some(path))?, is_picture })
    }

    /// Adds the last profile. Without one the file stays as it is, and the report says why.
    pub(super) fn add<'a>(self, results: &mut Results<'a>, spec: &'a RunSpec, profiles: &'a Profiles) {
        let Some(last) = profiles.last() else {
            if self.file.is_some() {
                print::remark("--heap-profile-out: no file was written, because the run has no heap profile");
            }
            return;
        };
        let is_picture = self.is_picture;
        results.add(self.file, move |out| {
            let bytes = if is_picture {
                // What was allocated over the load, not the little that was live at its end.
                let look = Look { sample_type: SampleType::AllocSpace, ..Default::default() };
                flame::svg((spec, last), None, look).into_bytes()
            } else {
                pprof::encode(&last.profile, &Options::whole(SampleType::InuseSpace))?
            };
            Ok(out.write_all(&bytes)?)
        });
    }
}
