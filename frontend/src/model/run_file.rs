//! A run in a file, as `export.json` and `heapgym run --save` write it: read in the page, without the server.

use heapgym_shared::{
    Outcome, Rejection, Report, RunSpec, Sample,
    protocol::{RunId, RunState},
};
use serde::Deserialize;
use serde_json::Value;

use super::run::Run;

/// Largest file that the page shows by itself, in bytes. It takes several times that while it is read, and a phone has
/// little; the server keeps larger ones.
pub const MAX_BYTES: usize = 64 << 20;

/// Reads the run of an untrusted file; it goes by the file's name.
///
/// # Errors
/// What is wrong with it.
pub fn read(name: &str, text: &str) -> Result<Run, Rejection> {
    let refuse = |field: &str, reason: String| {
        Rejection::new(
            field,
            reason,
            "a run as heapgym exports it: export.json, or what heapgym run --save writes",
        )
    };
    let whole: Value =
        serde_json::from_str(text).map_err(|error| refuse("file", format!("is not JSON: {error}")))?;
    let part = |name: &str| whole.get(name).filter(|part| !part.is_null());
    let written = part("spec").ok_or_else(|| refuse("spec", "is missing".to_owned()))?;
    // The limits of an instance are for runs that are made there.
    let spec = RunSpec::parse(written, &Default::default())?;
    let samples = part("samples").and_then(|part| Vec::<Sample>::deserialize(part).ok());
    let samples = samples.ok_or_else(|| refuse("samples", "are missing, or not samples".to_owned()))?;
    if let Some(place) = samples.iter().zip(0..).position(|(sample, place)| sample.seq != place) {
        return Err(refuse("samples", format!("have number {} at place {place}", samples[place].seq)));
    }
    let report = part("report").map(|report| {
        Box::<Report>::deserialize(report).map_err(|_| refuse("report", "is not a report".to_owned()))
    });
    let outcome = part("outcome").map(|outcome| {
        Outcome::deserialize(outcome).map_err(|_| refuse("outcome", "is not an outcome".to_owned()))
    });
    let lost = || Outcome::Lost { reason: "the file does not say how it ended".to_owned() };
    let mut run = Run::new(
        RunId(format!("file {name}")),
        Some(RunState::Finished { outcome: outcome.transpose()?.unwrap_or_else(lost) }),
    );
    run.file = Some(name.to_owned());
    run.report = report.transpose()?;
    run.began_at_ms = run.report.as_ref().and_then(|report| report.environment.began_at_ms);
    run.spec = Some(Box::new(spec));
    run.written = Some(written.clone());
    run.take(0, samples);
    Ok(run)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::run::tests::{batch, spec};

    fn file(change: impl FnOnce(&mut Value)) -> Result<Run, Rejection> {
        let mut file = json!({
            "spec": spec("naive"), "outcome": {"kind": "completed"}, "report": null, "samples": batch(0..3),
        });
        change(&mut file);
        read("a.json", &file.to_string())
    }

    #[test]
    fn a_file_is_a_run_that_has_ended() {
        let run = file(|_| ()).unwrap();
        assert_eq!((run.variant(), run.samples().len()), ("naive", 3));
        assert_eq!((run.outcome(), run.file.as_deref()), (Some(&Outcome::Completed), Some("a.json")));
        let lost = file(|file| file["outcome"] = Value::Null).unwrap();
        assert_eq!(lost.outcome().unwrap().id(), "lost");
    }

    #[test]
    fn what_is_no_run_is_refused_by_the_field() {
        let field = |change: fn(&mut Value)| file(change).unwrap_err().field;
        assert_eq!(field(|file| file["spec"] = Value::Null), "spec");
        assert_eq!(field(|file| file["spec"]["variant"] = "fast".into()), "variant");
        assert_eq!(field(|file| file["samples"] = json!([{"seq": 0}])), "samples");
        assert_eq!(field(|file| file["samples"][1]["seq"] = 7.into()), "samples");
        assert_eq!(field(|file| file["report"] = json!({})), "report");
        assert_eq!(field(|file| file["outcome"] = "fine".into()), "outcome");
        assert_eq!(read("x", "<html>").unwrap_err().field, "file");
    }
}
