//! `/api/runs/{id}/profile.*`: the heap profiles of a run.

use axum::{
    extract::{Path, Query, State},
    http::header,
    response::IntoResponse,
};
use heapgym_shared::{Rejection, chart::Theme, profile::SampleType, protocol::RunId};
use serde::Deserialize;

use super::{App, AppState, error::ApiError};
use crate::{
    dispatch::HeapProfile,
    profile::pprof::{self, Options},
};

mod svg;

pub(super) use svg::svg;

/// What can be said after the question mark.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Which of the run's profiles, from 0; the last by default.
    at: Option<usize>,
    /// Only threads of this name.
    thread: Option<String>,
    /// What a reader shows first.
    sample_type: Option<SampleType>,
    /// A run of which a profile is subtracted.
    base: Option<RunId>,
    /// Which of the base's profiles, from 0; the last by default.
    base_at: Option<usize>,
    /// The colours of a picture; light by default.
    theme: Option<Theme>,
}

impl Wanted {
    fn colours(&self) -> (&'static str, bool) {
        ("theme", self.theme.is_some())
    }
}

/// All that can be said.
const FIELDS: [&str; 6] = ["at", "thread", "sample_type", "base", "base_at", "theme"];

type AskedFor = Result<Query<Wanted>, axum::extract::rejection::QueryRejection>;

/// `GET /api/runs/{id}/profile.json`: the whole profile as pages read it.
pub(super) async fn json(
    State(app): App,
    Path(id): Path<RunId>,
    wanted: AskedFor,
) -> Result<impl IntoResponse, ApiError> {
    let wanted = query(wanted)?;
    // Its values are above zero, and it holds all four: these are for who reads it to do.
    let unused =
        [("base", wanted.base.is_some()), ("sample_type", wanted.sample_type.is_some()), wanted.colours()];
    refuse(&unused, "at, thread")?;
    let taken = find(&app, &id, wanted.at).await?;
    let drawing = app.gates.drawings.enter().await?;
    let written = drawing.work(move || {
        let profile = taken.read()?.profile.to_profile(wanted.thread.as_deref());
        anyhow::Ok(serde_json::to_vec(&profile)?)
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], written.await??))
}

/// `GET /api/runs/{id}/profile.pb.gz`: what `go tool pprof` reads.
pub(super) async fn pprof(
    State(app): App,
    Path(id): Path<RunId>,
    wanted: AskedFor,
) -> Result<impl IntoResponse, ApiError> {
    let wanted = query(wanted)?;
    let taken = find(&app, &id, wanted.at).await?;
    refuse(&[wanted.colours()], "at, thread, sample_type, base, base_at")?;
    let base = base(&app, &wanted).await?;
    let default = wanted.sample_type.unwrap_or_default();
    let drawing = app.gates.drawings.enter().await?;
    let written = drawing.work(move || {
        let (taken, base) = (taken.read()?, base.map(|base| base.read()).transpose()?);
        let options = Options {
            thread: wanted.thread.as_deref(),
            base: base.as_ref().map(|base| &base.profile),
            ..Options::whole(default)
        };
        anyhow::Ok(pprof::encode(&taken.profile, &options)?)
    });
    let bytes = written.await??;
    let name = format!("attachment; filename=\"heap-{id}.pb.gz\"");
    Ok((
        [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_DISPOSITION, name)],
        bytes,
    ))
}

fn query(wanted: AskedFor) -> Result<Wanted, ApiError> {
    let Query(wanted) = wanted.map_err(|error| {
        Rejection::new("query", format!("was refused: {}", error.body_text()), FIELDS.join(", "))
    })?;
    if wanted.base_at.is_some() && wanted.base.is_none() {
        return Err(Rejection::new("base_at", "is of no run", "beside base").into());
    }
    Ok(wanted)
}

/// Refuses what was said and the format has no use for.
fn refuse(unused: &[(&str, bool)], allowed: &str) -> Result<(), Rejection> {
    match unused.iter().find(|(_, is_said)| *is_said) {
        Some((name, _)) => Err(Rejection::new(*name, "is nothing that this format has", allowed)),
        None => Ok(()),
    }
}

/// The profile that is subtracted, if any.
async fn base(app: &AppState, wanted: &Wanted) -> Result<Option<HeapProfile>, ApiError> {
    match &wanted.base {
        Some(base) => find(app, base, wanted.base_at).await.map(Some),
        None => Ok(None),
    }
}

async fn find(app: &AppState, id: &RunId, at: Option<usize>) -> Result<HeapProfile, ApiError> {
    let count = app.dispatcher.profile_count(id).await?.ok_or(ApiError::NoSuchRun)?;
    let found = match at.or(count.checked_sub(1)) {
        Some(at) => app.dispatcher.profile(id, at).await?,
        None => None,
    };
    found.ok_or_else(|| {
        ApiError::NoSuchProfile(match count {
            0 => Rejection::new(
                "id",
                "names a run of which no heap profile was taken, or which has not ended",
                "a run with `heap_profile: load`, or one that was asked for a profile while it went on",
            ),
            _ => Rejection::new("at", "names no heap profile of this run", format!("0 to {}", count - 1)),
        })
    })
}
