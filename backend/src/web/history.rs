//! `/api/runs` as a history: listed, labelled, deleted, restored, brought in from a file.

use std::fmt;

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use heapgym_probe::clock;
use heapgym_shared::{
    Outcome, Rejection, Report, RunSpec, Sample,
    history::{Labels, Relabel, RunList},
    protocol::{MAX_CLIENT_MESSAGE_BYTES, MAX_RUN_FILE_BYTES, RunId},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeOwned, SeqAccess, Visitor},
};
use serde_json::{Value, value::RawValue};
use tokio::time::timeout;

use super::{App, body, error::ApiError};
use crate::{
    dispatch::random_id,
    export::Document,
    json::{self, Kind},
    limits::{IMPORTED_WITHIN, MAX_REPORT_BYTES, MAX_SAMPLE_BYTES, MAX_SAMPLES},
    store::{Deleted, RunHead, StoredRun, Wanted},
};

/// `GET /api/runs?search=&outcome=&workload=&pinned=&order=&offset=&limit=`
pub(super) async fn list(
    State(app): App,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<RunList>, ApiError> {
    let Query(wanted) = wanted.map_err(|error| {
        let allowed = "search, outcome, workload, pinned=true, order=newest|oldest|p99|throughput|resident, offset, limit";
        Rejection::new("query", format!("was refused: {}", error.body_text()), allowed)
    })?;
    wanted.check()?;
    Ok(Json(app.dispatcher.list(&wanted).await?))
}

/// `PATCH /api/runs/{id}` with `{note, tags, pinned}`
pub(super) async fn relabel(
    State(app): App,
    Path(id): Path<RunId>,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let relabel = Relabel::parse(&body::json(&body, "an object with note, tags or pinned")?)?;
    found(app.dispatcher.store().relabel(&id, &relabel).await?)
}

/// The answer to a run that was deleted.
#[derive(Debug, Serialize)]
struct Gone {
    /// Whether it can be restored for an hour. On a full disk it cannot.
    restorable: bool,
}

/// `DELETE /api/runs/{id}`: it can be restored for an hour, which the answer says when the disk is full and it cannot.
pub(super) async fn delete(State(app): App, Path(id): Path<RunId>) -> Result<Response, ApiError> {
    if app.dispatcher.live(&id).is_some() {
        return Err(ApiError::StillRunning);
    }
    match app.dispatcher.delete(&id).await? {
        Deleted::Restorable => Ok(StatusCode::NO_CONTENT.into_response()),
        Deleted::ForGood => Ok(Json(Gone { restorable: false }).into_response()),
        Deleted::NotFound => Err(ApiError::NoSuchRun),
    }
}

/// `POST /api/runs/{id}/restore`
pub(super) async fn restore(State(app): App, Path(id): Path<RunId>) -> Result<StatusCode, ApiError> {
    found(app.dispatcher.store().restore(&id).await?)
}

/// The answer to a run that was brought in.
#[derive(Debug, Serialize)]
struct Imported {
    id: RunId,
}

/// `POST /api/runs/import` with a file as `export.json` and `heapgym run --save` write it
pub(super) async fn import(State(app): App, body: Body) -> Result<impl IntoResponse, ApiError> {
    // The file waits with the client until it is its turn.
    let place = app.gates.imports.enter().await?;
    let body = receive(body).await?;
    let read = tokio::task::spawn_blocking(move || (place, document(&body)));
    let (_place, document) = read.await?;
    let Document { spec, outcome, report, samples } = document?;
    let began_at_ms = report.as_ref().and_then(|report| report.environment.began_at_ms);
    let id = random_id();
    let created_at_ms = began_at_ms.unwrap_or_else(clock::unix_ms);
    let labels = Labels::default();
    let head = RunHead { id: id.clone(), created_at_ms, spec, outcome, report, not_kept: None, labels };
    app.dispatcher.store().import(StoredRun { head, samples, profiles: Vec::new() }).await?;
    Ok((StatusCode::CREATED, Json(Imported { id })))
}

/// The file of a run.
async fn receive(body: Body) -> Result<Vec<u8>, Rejection> {
    let refused = |reason: String| {
        let megabytes = MAX_RUN_FILE_BYTES >> 20;
        let allowed = format!("at most {megabytes} MiB within {} s", IMPORTED_WITHIN.as_secs());
        Rejection::new("body", reason, allowed)
    };
    let receive = async {
        let mut file = Vec::new();
        let mut parts = body.into_data_stream();
        while let Some(part) = parts.next().await {
            let part = part.map_err(|error| refused(format!("broke off: {error}")))?;
            if file.len() + part.len() > MAX_RUN_FILE_BYTES {
                return Err(refused("is too large".to_owned()));
            }
            file.extend_from_slice(&part);
        }
        Ok(file)
    };
    timeout(IMPORTED_WITHIN, receive).await.map_err(|_| refused("took too long to arrive".to_owned()))?
}

/// A run as an untrusted file holds it: its parts are read only once their sizes are known.
#[derive(Debug, Deserialize)]
struct File {
    spec: Box<RawValue>,
    outcome: Option<Box<RawValue>>,
    report: Option<Box<RawValue>>,
    samples: Samples,
}

/// The samples of a file: few, and small.
#[derive(Debug)]
struct Samples(Vec<Sample>);

/// Reads the untrusted file of a run. The limits of this instance are for runs that are made here.
fn document(body: &[u8]) -> Result<Document, Rejection> {
    let File { spec, outcome, report, samples: Samples(samples) } =
        json::read_as(Kind::Run, body).map_err(|why| {
            let allowed = "a run as heapgym exports it: export.json, or what heapgym run --save writes";
            Rejection::new("body", why.to_string(), allowed)
        })?;
    let spec: Value = part("spec", &spec, MAX_CLIENT_MESSAGE_BYTES)?;
    let outcome: Option<Outcome> =
        outcome.map(|outcome| part("outcome", &outcome, MAX_CLIENT_MESSAGE_BYTES)).transpose()?;
    let report: Option<Box<Report>> =
        report.map(|report| part("report", &report, MAX_REPORT_BYTES)).transpose()?;
    let spec = RunSpec::parse(&spec, &Default::default())?;
    if report.as_ref().is_some_and(|report| report.spec != spec) {
        return Err(Rejection::new("report.spec", "is not that of the run", "the same as spec"));
    }
    // Sample `n` is the one with sequence number `n`: viewers ask by number.
    if let Some(place) = samples.iter().zip(0..).position(|(sample, place)| sample.seq != place) {
        let reason = format!("has sequence number {} at place {place}", samples[place].seq);
        return Err(Rejection::new("samples", reason, "numbers from 0 on, without a gap"));
    }
    Ok(Document { spec, outcome, report, samples })
}

/// Reads a part of a file that has at most `max_bytes`.
fn part<T: DeserializeOwned>(field: &str, part: &RawValue, max_bytes: usize) -> Result<T, Rejection> {
    let bytes = part.get().len();
    if bytes > max_bytes {
        let allowed = format!("at most {} KiB", max_bytes >> 10);
        return Err(Rejection::new(field, format!("has {} KiB", bytes >> 10), allowed));
    }
    serde_json::from_str(part.get()).map_err(|error| {
        Rejection::new(field, format!("cannot be read: {error}"), format!("the {field} of a run"))
    })
}

impl<'de> Deserialize<'de> for Samples {
    /// Stops at one sample too many, or at one that is too large: in memory they take up to sixteen times as much.
    fn deserialize<D: Deserializer<'de>>(samples: D) -> Result<Self, D::Error> {
        samples.deserialize_seq(Few).map(Self)
    }
}

struct Few;

impl<'de> Visitor<'de> for Few {
    type Value = Vec<Sample>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {MAX_SAMPLES} samples of at most {} KiB", MAX_SAMPLE_BYTES >> 10)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Sample>, A::Error> {
        let mut samples = Vec::new();
        while let Some(sample) = list.next_element::<Box<RawValue>>()? {
            if samples.len() == MAX_SAMPLES {
                return Err(de::Error::invalid_length(MAX_SAMPLES + 1, &self));
            }
            if sample.get().len() > MAX_SAMPLE_BYTES {
                return Err(de::Error::invalid_length(sample.get().len(), &self));
            }
            samples.push(serde_json::from_str(sample.get()).map_err(de::Error::custom)?);
        }
        Ok(samples)
    }
}

fn found(found: bool) -> Result<StatusCode, ApiError> {
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::NoSuchRun) }
}
