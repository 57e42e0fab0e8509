//! `/api/compare`: makes the runs of a comparison, and compares those that are there.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use heapgym_shared::{
    Rejection, RunSpec,
    comparison::{Comparison, PAIRS_FIELD},
    field::Reader,
    protocol::RunId,
};
use serde::Serialize;
use serde_json::Value;

use super::{App, AppState, body, error::ApiError};
use crate::comparison::{Pair, Run, compare};

/// The answer to a comparison that was accepted.
#[derive(Debug, Serialize)]
struct Accepted {
    /// The runs of its first pair, which name it.
    a: RunId,
    b: RunId,
    pairs: usize,
}

/// `POST /api/compare` with `{a, b, pairs}`, where a side is a specification, or the id of a run to repeat
pub(super) async fn start(State(app): App, body: Bytes) -> Result<impl IntoResponse, ApiError> {
    let value: Value = body::json(&body, "an object with a, b and pairs")?;
    let mut reader = Reader::new("", &value)?;
    let sides = (reader.value("a"), reader.value("b"));
    let pairs = reader.integer(&PAIRS_FIELD)? as u32;
    reader.finish()?;
    let sides = [side(&app, "a", sides.0).await?, side(&app, "b", sides.1).await?];
    let accepted = app.dispatcher.accept_pairs(sides, pairs).await?;
    let (a, b) = accepted.first().cloned().ok_or_else(|| anyhow::anyhow!("a comparison without a pair"))?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { a, b, pairs: accepted.len() })))
}

/// One side, judged by what this instance allows.
async fn side(app: &AppState, field: &str, value: Option<&Value>) -> Result<RunSpec, ApiError> {
    let spec = match value {
        Some(Value::String(id)) => {
            let run = app.dispatcher.store().head(&RunId(id.clone())).await?;
            let allowed = "the id of a run of this instance";
            let run = run.ok_or_else(|| Rejection::new(field, "names no run here", allowed))?;
            serde_json::to_value(run.spec).map_err(anyhow::Error::from)?
        }
        Some(spec) => spec.clone(),
        None => return Err(Rejection::new(field, "is missing", "a run's specification, or its id").into()),
    };
    Ok(RunSpec::read(Reader::new(field, &spec)?, &app.limits)?)
}

/// `GET /api/compare/{a}..{b}`: compares the pairs of that comparison that have ended; of two runs that were not
/// started as one, compares these two.
pub(super) async fn show(State(app): App, Path(name): Path<String>) -> Result<Json<Comparison>, ApiError> {
    let (a, b) = runs_of(&name)?;
    let made = app.dispatcher.store().pairs(&a, &b).await?;
    let names = if made.is_empty() { vec![(a, b)] } else { made };
    let (mut pairs, mut waiting) = (Vec::new(), 0);
    for ((a, b), number) in names.iter().zip(1..) {
        match (ended(&app, a).await?, ended(&app, b).await?) {
            (Some(a), Some(b)) => pairs.push(Pair { number, a, b }),
            _ => waiting += 1,
        }
    }
    let comparison = compare(&pairs).ok_or(ApiError::NothingToCompare)?;
    Ok(Json(Comparison { waiting, ..comparison }))
}

/// A run that has ended; `None` while it has not.
async fn ended(app: &AppState, id: &RunId) -> Result<Option<Run>, ApiError> {
    // Asked first: a run that is not live any more has its end stored.
    if app.dispatcher.live(id).is_some() {
        return Ok(None);
    }
    let run = app.dispatcher.head(id).await?.ok_or(ApiError::NoSuchRun)?;
    // A run that was lost, or stopped before it began, has no report.
    Ok(run.outcome.map(|outcome| Run { spec: run.spec, outcome, report: run.report.map(|report| *report) }))
}

/// `DELETE /api/compare/{a}..{b}`: stops the runs of it that wait or go on. What has ended stays.
pub(super) async fn stop(State(app): App, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    let (a, b) = runs_of(&name)?;
    let made = app.dispatcher.store().pairs(&a, &b).await?;
    if made.is_empty() {
        return Err(ApiError::NoSuchRun);
    }
    // The last one first, so that none of them begins meanwhile.
    for id in made.iter().flat_map(|(a, b)| [a, b]).rev() {
        app.dispatcher.stop(id).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The runs that name a comparison.
fn runs_of(name: &str) -> Result<(RunId, RunId), ApiError> {
    let (a, b) = name.split_once("..").ok_or(ApiError::NoSuchRun)?;
    Ok((RunId(a.to_owned()), RunId(b.to_owned())))
}
