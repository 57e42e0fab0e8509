//! `/api`: catalogue, runs and their samples.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    handler::Handler,
    http::{StatusCode, header},
    response::IntoResponse,
};
use heapgym_shared::{
    Rejection, RunSpec, catalog::Catalog, chart::Trace, protocol::RunId, report::size_classes,
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    App, AppState, baselines, body, compare, error::ApiError, history, image, profile, routes::Routes, socket,
};
use crate::{
    dispatch::LiveRun,
    export::{self, Document, Format},
    store::StoredRun,
};

/// Adds everything below `/api`.
pub(super) fn add_routes(routes: Routes) -> Routes {
    routes
        .get("/api/catalog", catalog)
        .get("/api/runs", history::list)
        .post("/api/runs", start)
        .get("/api/runs/{id}", show)
        .patch("/api/runs/{id}", history::relabel)
        .delete("/api/runs/{id}", history::delete)
        .post("/api/runs/{id}/restore", history::restore)
        .post("/api/runs/import", history::import.layer(DefaultBodyLimit::max(history::MAX_FILE_BYTES)))
        .post("/api/compare", compare::start)
        .get("/api/compare/{pair}", compare::show)
        .delete("/api/compare/{pair}", compare::stop)
        .get("/api/baselines", baselines::list)
        .put("/api/baselines/{name}", baselines::set)
        .delete("/api/baselines/{name}", baselines::remove)
        .get("/api/runs/{id}/samples.json", samples_json)
        .get("/api/runs/{id}/samples.csv", samples_csv)
        .get("/api/runs/{id}/export.json", export_json)
        .get("/api/runs/{id}/export.html", export_html)
        .get("/api/runs/{id}/profile.json", profile::json)
        .get("/api/runs/{id}/profile.pb.gz", profile::pprof)
        .get("/api/runs/{id}/profile.svg", profile::svg)
        .get("/api/ws", socket::upgrade)
        .any("/api/{*path}", async || (StatusCode::NOT_FOUND, "no such API"))
}

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
