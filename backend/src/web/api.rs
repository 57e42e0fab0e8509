//! `/api`: catalogue, runs and their samples.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post, put},
};
use heapgym_shared::{
    Rejection, RunSpec,
    catalog::Catalog,
    chart::Trace,
    protocol::{MAX_CLIENT_MESSAGE_BYTES, RunId},
    report::size_classes,
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{AppState, baselines, body, compare, error::ApiError, history, image, profile, socket};
use crate::{
    dispatch::LiveRun,
    export::{self, Document, Format},
    store::StoredRun,
};

/// Below `/api`.
pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/catalog", get(catalog))
        .route("/runs", get(history::list).post(start))
        .route("/runs/{id}", get(show).patch(history::relabel).delete(history::delete))
        .route("/runs/{id}/restore", post(history::restore))
        .route("/runs/import", post(history::import).layer(DefaultBodyLimit::max(history::MAX_FILE_BYTES)))
        .route("/compare", post(compare::start))
        .route("/compare/{pair}", get(compare::show).delete(compare::stop))
        .route("/baselines", get(baselines::list))
        .route("/baselines/{name}", put(baselines::set).delete(baselines::remove))
        .route("/runs/{id}/samples.json", get(samples_json))
        .route("/runs/{id}/samples.csv", get(samples_csv))
        .route("/runs/{id}/export.json", get(export_json))
        .route("/runs/{id}/export.html", get(export_html))
        .route("/runs/{id}/profile.json", get(profile::json))
        .route("/runs/{id}/profile.pb.gz", get(profile::pprof))
        .route("/runs/{id}/profile.svg", get(profile::svg))
        .route("/ws", get(socket::upgrade))
        .fallback(async || (StatusCode::NOT_FOUND, "no such API"))
        .layer(DefaultBodyLimit::max(MAX_CLIENT_MESSAGE_BYTES))
}

pub(super) type App = State<Arc<AppState>>;

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
    let spec = RunSpec::parse(&body::json(&body, "a run specification")?, &app.limits)?;
    let (run, position) = app.dispatcher.accept(spec).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { id: run.id().clone(), position })))
}

/// `GET /api/runs/{id}`
async fn show(State(app): App, Path(id): Path<RunId>) -> Result<Json<StoredRun>, ApiError> {
    app.dispatcher.store().load(&id).await?.map(Json).ok_or(ApiError::NoSuchRun)
}

/// `GET /api/runs/{id}/samples.json`
async fn samples_json(State(app): App, Path(id): Path<RunId>) -> Result<impl IntoResponse, ApiError> {
    Ok(Json(find(&app, &id).await?.samples(0, u64::MAX)))
}

/// `GET /api/runs/{id}/samples.csv`: all metrics as they were read, or with `?chart=` what a chart shows.
async fn samples_csv(
    State(app): App,
    Path(id): Path<RunId>,
    words: Result<Query<Map<String, Value>>, QueryRejection>,
) -> Result<impl IntoResponse, ApiError> {
    let run = find(&app, &id).await?;
    let samples = run.samples(0, u64::MAX);
    let is_of_chart = words.as_ref().is_ok_and(|Query(words)| !words.is_empty());
    let text = match is_of_chart {
        true => {
            let report = run.report();
            let size_classes = size_classes(report.as_deref());
            let trace = Trace { variant: &run.spec().variant, samples: &samples, size_classes };
            export::chart_csv(&image::picture(words)?, &[trace])
        }
        false => export::samples_csv(&samples),
    };
    Ok(([(header::CONTENT_TYPE, Format::Csv.media_type())], text))
}

/// `GET /api/runs/{id}/export.json`: the whole run, as `heapgym export` reads it.
async fn export_json(app: App, id: Path<RunId>) -> Result<impl IntoResponse, ApiError> {
    whole(app, id, Format::Json).await
}

/// `GET /api/runs/{id}/export.html`: one page that needs nothing else.
async fn export_html(app: App, id: Path<RunId>) -> Result<impl IntoResponse, ApiError> {
    whole(app, id, Format::Html).await
}

async fn whole(
    State(app): App,
    Path(id): Path<RunId>,
    format: Format,
) -> Result<impl IntoResponse, ApiError> {
    if app.dispatcher.live(&id).is_some() {
        return Err(ApiError::StillRunning);
    }
    let StoredRun { spec, outcome, report, samples, .. } =
        app.dispatcher.store().load(&id).await?.ok_or(ApiError::NoSuchRun)?;
    let run = Document { spec, outcome, report, samples };
    let written = tokio::task::spawn_blocking(move || export::export(&run, format, None));
    let bytes = written.await.map_err(anyhow::Error::from)??;
    let name = format!("attachment; filename=\"heapgym-{id}.{}\"", format.extension());
    Ok(([(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, name)], bytes))
}

async fn find(app: &AppState, id: &RunId) -> Result<Arc<LiveRun>, ApiError> {
    app.dispatcher.find(id).await?.ok_or(ApiError::NoSuchRun)
}
