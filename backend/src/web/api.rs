//! `/api`: catalogue, runs and their samples.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use heapgym_shared::{
    Rejection, RunSpec,
    catalog::Catalog,
    protocol::{MAX_CLIENT_MESSAGE_BYTES, RunId},
};
use serde::Serialize;

use super::{AppState, error::ApiError, profile, samples, socket};
use crate::{dispatch::LiveRun, store::StoredRun};

/// Below `/api`.
pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/catalog", get(catalog))
        .route("/runs", get(list).post(start))
        .route("/runs/{id}", get(show).delete(delete))
        .route("/runs/{id}/samples.json", get(samples_json))
        .route("/runs/{id}/samples.csv", get(samples_csv))
        .route("/runs/{id}/profile.json", get(profile::json))
        .route("/runs/{id}/profile.pb.gz", get(profile::pprof))
        .route("/runs/{id}/profile.svg", get(profile::svg))
        .route("/ws", get(socket::upgrade))
        .fallback(async || (StatusCode::NOT_FOUND, "no such API"))
        .layer(DefaultBodyLimit::max(MAX_CLIENT_MESSAGE_BYTES))
}

type App = State<Arc<AppState>>;

/// `GET /api/catalog`
async fn catalog(State(app): App) -> Json<Catalog> {
    Json(app.catalog.clone())
}

/// The answer to a run that was accepted.
#[derive(Debug, Serialize)]
struct Accepted {
    id: RunId,
    position: u32,
}

/// `POST /api/runs`
async fn start(
    State(app): App,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<impl IntoResponse, ApiError> {
    let body =
        body.map_err(|error| Rejection::new("body", format!("was refused: {error}"), "at most 64 KiB"))?;
    let value = serde_json::from_slice(&body)
        .map_err(|error| Rejection::new("body", format!("is not JSON: {error}"), "a run specification"))?;
    let spec = RunSpec::parse(&value, &app.limits)?;
    let (run, position) = app.dispatcher.accept(spec).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { id: run.id().clone(), position })))
}

/// `GET /api/runs`
async fn list(State(app): App) -> Result<Json<Vec<StoredRun>>, ApiError> {
    Ok(Json(app.dispatcher.store().list().await?))
}

/// `GET /api/runs/{id}`
async fn show(State(app): App, Path(id): Path<RunId>) -> Result<Json<StoredRun>, ApiError> {
    app.dispatcher.store().load(&id).await?.map(Json).ok_or(ApiError::NoSuchRun)
}

/// `DELETE /api/runs/{id}`
async fn delete(State(app): App, Path(id): Path<RunId>) -> Result<StatusCode, ApiError> {
    if app.dispatcher.live(&id).is_some() {
        return Err(ApiError::StillRunning);
    }
    if !app.dispatcher.store().delete(&id).await? {
        return Err(ApiError::NoSuchRun);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/runs/{id}/samples.json`
async fn samples_json(State(app): App, Path(id): Path<RunId>) -> Result<impl IntoResponse, ApiError> {
    Ok(Json(find(&app, &id).await?.samples(0, u64::MAX)))
}

/// `GET /api/runs/{id}/samples.csv`
async fn samples_csv(State(app): App, Path(id): Path<RunId>) -> Result<impl IntoResponse, ApiError> {
    let text = samples::csv(&find(&app, &id).await?.samples(0, u64::MAX));
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], text))
}

async fn find(app: &AppState, id: &RunId) -> Result<Arc<LiveRun>, ApiError> {
    app.dispatcher.find(id).await?.ok_or(ApiError::NoSuchRun)
}
