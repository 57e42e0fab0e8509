//! `/api/runs/{id}/samples.*` and `/api/runs/{id}/export.*`: runs as files, sent in parts.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::header,
    response::IntoResponse,
};
use heapgym_shared::{protocol::RunId, report::size_classes};
use serde_json::{Map, Value};

use super::{
    App, AppState,
    error::ApiError,
    image::picture,
    stream::{self, CutOff, Parts},
};
use crate::{
    dispatch::{LiveRun, Reader},
    export::{self, ChartLines, Document, Format},
    gate::Place,
    limits::PIECE_SAMPLES,
};

/// `GET /api/runs/{id}/samples.json`
pub(super) async fn samples_json(
    State(app): App,
    Path(id): Path<RunId>,
) -> Result<impl IntoResponse, ApiError> {
    let run = find(&app, &id).await?;
    let place = app.gates.exports.enter().await?;
    let body = samples(&app, run, place, "[".to_owned(), export::json_samples, "]\n");
    Ok(([(header::CONTENT_TYPE, Format::Json.media_type())], body))
}

/// `GET /api/runs/{id}/samples.csv`: all metrics as they were read, or with `?chart=` what a chart shows.
pub(super) async fn samples_csv(
    State(app): App,
    Path(id): Path<RunId>,
    words: Result<Query<Map<String, Value>>, QueryRejection>,
) -> Result<impl IntoResponse, ApiError> {
    let is_of_chart = words.as_ref().is_ok_and(|Query(words)| !words.is_empty());
    let picture = if is_of_chart { Some(picture(words)?) } else { None };
    let run = find(&app, &id).await?;
    let place = app.gates.exports.enter().await?;
    let body = match picture {
        Some(picture) => {
            let count = run.follow().borrow().samples;
            let last = app.dispatcher.reader(Arc::clone(&run)).read(count.saturating_sub(1), count).await?;
            let end_ns = last.last().map_or(0, |sample| sample.elapsed_ns);
            let range = picture.stretch.map(|stretch| stretch.range(end_ns));
            let mut lines = ChartLines::new(picture.chart, &run.spec().variant, range);
            let report = run.report();
            let begin = lines.header() + &lines.size_classes(size_classes(report.as_deref()));
            samples(&app, run, place, begin, move |samples| lines.next(samples), "")
        }
        None => samples(&app, run, place, export::sample_header(), export::sample_lines, ""),
    };
    Ok(([(header::CONTENT_TYPE, Format::Csv.media_type())], body))
}

/// `GET /api/runs/{id}/export.json`: the whole run, as `heapgym export` reads it.
pub(super) async fn export_json(
    State(app): App,
    Path(id): Path<RunId>,
) -> Result<impl IntoResponse, ApiError> {
    let run = find_ended(&app, &id).await?;
    let place = app.gates.exports.enter().await?;
    let begin = begin_json(&run);
    let body = samples(&app, run, place, begin, export::json_samples, export::JSON_END);
    Ok((file(&id, Format::Json), body))
}

/// `GET /api/runs/{id}/export.html`: one page that needs nothing else.
pub(super) async fn export_html(
    State(app): App,
    Path(id): Path<RunId>,
) -> Result<impl IntoResponse, ApiError> {
    let run = find_ended(&app, &id).await?;
    let place = app.gates.exports.enter().await?;
    let drawing = app.gates.drawings.enter().await?;
    let reader = app.dispatcher.reader(Arc::clone(&run));
    let begin = drawing.work(move || {
        let run = reader.run();
        let document = Document {
            spec: run.spec().clone(),
            outcome: run.outcome(),
            report: run.report().map(|report| Box::new((*report).clone())),
            samples: reader.read_all()?,
        };
        anyhow::Ok(export::page_begin(&document)? + &export::in_page(&begin_json(run)))
    });
    let begin = begin.await??;
    let part = |samples: &[_]| export::in_page(&export::json_samples(samples));
    let end = [export::JSON_END, export::PAGE_END].concat();
    let body = samples(&app, run, place, begin, part, end);
    Ok((file(&id, Format::Html), body))
}

fn begin_json(run: &LiveRun) -> String {
    export::json_begin(run.spec(), run.outcome().as_ref(), run.report().as_deref())
}

/// The head of a reply that browsers save as a file.
fn file(id: &RunId, format: Format) -> [(header::HeaderName, String); 2] {
    let name = format!("attachment; filename=\"heapgym-{id}.{}\"", format.extension());
    [(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, name)]
}

/// `begin`, then all samples that the run has now, each piece as `part` writes it, then `end`.
fn samples(
    app: &AppState,
    run: Arc<LiveRun>,
    place: Place,
    begin: String,
    part: impl FnMut(&[heapgym_shared::Sample]) -> String + Send + 'static,
    end: impl Into<String>,
) -> Body {
    let (count, end) = (run.follow().borrow().samples, end.into());
    let reader = app.dispatcher.reader(run);
    stream::body(place, move |parts| send_samples(parts, reader, count, begin, part, end))
}

async fn send_samples(
    parts: Parts,
    mut reader: Reader,
    count: u64,
    begin: String,
    mut part: impl FnMut(&[heapgym_shared::Sample]) -> String,
    end: String,
) -> Result<Parts, CutOff> {
    parts.send(begin).await?;
    let mut next = 0;
    while next < count {
        let samples = reader.read(next, count.min(next + PIECE_SAMPLES as u64)).await?;
        if samples.is_empty() {
            return Err(anyhow::anyhow!("run {} was deleted", reader.run().id()).into());
        }
        next += samples.len() as u64;
        parts.send(part(&samples)).await?;
    }
    parts.send(end).await?;
    Ok(parts)
}

async fn find_ended(app: &AppState, id: &RunId) -> Result<Arc<LiveRun>, ApiError> {
    match app.dispatcher.live(id) {
        Some(_) => Err(ApiError::StillRunning),
        None => find(app, id).await,
    }
}

async fn find(app: &AppState, id: &RunId) -> Result<Arc<LiveRun>, ApiError> {
    app.dispatcher.find(id).await?.ok_or(ApiError::NoSuchRun)
}
