//! What a target does about heap profiles when it is told to.

use std::{fs::File, path::Path};

use heapgym_probe::{
    clock,
    profile::{self, Refused},
};

use crate::child::{FrameWriter, ProfileStep, TargetFrame, profile_file};

/// Does it, and answers. Nothing that goes wrong with a profile ends the run.
///
/// # Errors
/// When the pipe is closed.
pub(super) fn follow(
    step: ProfileStep,
    folder: Option<&Path>,
    frames: &mut FrameWriter<File>,
) -> anyhow::Result<()> {
    let done = match (step, folder) {
        (ProfileStep::Start, _) => profile::set_active(true).map_err(|refused| refused.to_string()),
        (ProfileStep::Stop, _) => profile::set_active(false).map_err(|refused| refused.to_string()),
        (ProfileStep::Take { .. }, None) => Err("there is no folder that it could be written to".to_owned()),
        (ProfileStep::Take { index, last }, Some(folder)) => {
            take(&profile_file(folder, index), last).map_err(|refused| refused.to_string())
        }
    };
    let at_ns = clock::monotonic_ns();
    Ok(frames.write_patiently(&TargetFrame::Profile { step, at_ns, refused: done.err() })?)
}

fn take(path: &Path, last: bool) -> Result<(), Refused> {
    let dumped = profile::dump(path);
    if last {
        profile::set_active(false)?;
    }
    dumped
}
