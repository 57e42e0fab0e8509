//! `/api/baselines`: runs that have a name, to compare others with.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use heapgym_shared::{Rejection, history::parse_name, protocol::RunId};
use serde::{Deserialize, Serialize};

use super::{App, body, error::ApiError};
use crate::limits::MAX_BASELINES;

/// A name and its run.
#[derive(Debug, Serialize)]
pub(super) struct Baseline {
    name: String,
    run: RunId,
}

/// What a name is given to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    run: RunId,
}

/// `GET /api/baselines`
pub(super) async fn list(State(app): App) -> Result<Json<Vec<Baseline>>, ApiError> {
    let baselines = app.dispatcher.store().baselines().await?;
    Ok(Json(baselines.into_iter().map(|(name, run)| Baseline { name, run }).collect()))
}

/// `PUT /api/baselines/{name}` with `{run}`
pub(super) async fn set(
    State(app): App,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let name = parse_name("name", Some(&name))?;
    let Named { run } = body::json(&body, "JSON such as {\"run\": \"<id>\"}")?;
    let baselines = app.dispatcher.store().baselines().await?;
    if baselines.len() >= MAX_BASELINES && !baselines.iter().any(|(known, _)| *known == name) {
        let allowed = format!("at most {MAX_BASELINES} baselines; delete one first");
        return Err(Rejection::new("name", "is one baseline too many", allowed).into());
    }
    if app.dispatcher.store().set_baseline(&name, &run).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NoSuchRun)
    }
}

/// `DELETE /api/baselines/{name}`
pub(super) async fn remove(State(app): App, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    if app.dispatcher.store().drop_baseline(&name).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let allowed = "the name of a baseline of this instance";
    Err(ApiError::NoSuchName(Rejection::new("name", format!("is {name}, which names no baseline"), allowed)))
}
