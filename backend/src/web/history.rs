//! `/api/runs` as a history: listed, labelled, deleted, restored, brought in from a file.

use std::fmt;

use axum::{
    Json,
    body::Bytes,
    extract::{
        Path, Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::StatusCode,
    response::IntoResponse,
};
use heapgym_probe::clock;
use heapgym_shared::{
    Outcome, Rejection, Report, RunSpec, Sample,
    history::{Labels, Relabel, RunList},
    protocol::RunId,
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, SeqAccess, Visitor},
};
use serde_json::Value;

use super::{App, body, error::ApiError};
use crate::{
    dispatch::random_id,
    export::Document,
    json::{self, Kind},
    store::{StoredRun, Wanted},
};

/// Largest file of a run. One of ten minutes at 10 Hz has about 18 MB.
pub(super) const MAX_FILE_BYTES: usize = 64 << 20;
/// Most samples of a run in a file: ten minutes at the shortest interval.
const MOST_SAMPLES: usize = 100_000;

/// `GET /api/runs?search=&outcome=&workload=&pinned=&order=&offset=&limit=`
pub(super) async fn list(
    State(app): App,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<RunList>, ApiError> {
    let Query(wanted) = wanted.map_err(|error| {
        let allowed = "search, outcome, workload, pinned=true, order=newest|oldest|p99|throughput|resident, offset, limit";
        Rejection::new("query", format!("was refused: {}", error.body_text()), allowed)
    })?;
    Ok(Json(app.dispatcher.store().list(&wanted).await?))
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

/// `DELETE /api/runs/{id}`: it can be restored for an hour.
pub(super) async fn delete(State(app): App, Path(id): Path<RunId>) -> Result<StatusCode, ApiError> {
    if app.dispatcher.live(&id).is_some() {
        return Err(ApiError::StillRunning);
    }
    found(app.dispatcher.store().delete(&id).await?)
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
pub(super) async fn import(
    State(app): App,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, ApiError> {
    let body =
        body.map_err(|error| Rejection::new("body", format!("was refused: {error}"), "at most 64 MiB"))?;
    let read = tokio::task::spawn_blocking(move || document(&body));
    let Document { spec, outcome, report, samples } = read.await.map_err(anyhow::Error::from)??;
    let began_at_ms = report.as_ref().and_then(|report| report.environment.began_at_ms);
    let run = StoredRun {
        id: random_id(),
        created_at_ms: began_at_ms.unwrap_or_else(clock::unix_ms),
        spec,
        outcome,
        report,
        labels: Labels::default(),
        samples,
        profiles: Vec::new(),
    };
    app.dispatcher.store().import(&run).await?;
    Ok((StatusCode::CREATED, Json(Imported { id: run.id })))
}

/// A run as an untrusted file holds it.
#[derive(Debug, Deserialize)]
struct File {
    /// Judged as any.
    spec: Value,
    outcome: Option<Outcome>,
    report: Option<Box<Report>>,
    #[serde(deserialize_with = "few_samples")]
    samples: Vec<Sample>,
}

/// Reads the untrusted file of a run. The limits of this instance are for runs that are made here.
fn document(body: &[u8]) -> Result<Document, Rejection> {
    let File { spec, outcome, report, samples } = json::read_as(Kind::Run, body).map_err(|why| {
        let allowed = "a run as heapgym exports it: export.json, or what heapgym run --save writes";
        Rejection::new("body", why.to_string(), allowed)
    })?;
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

/// Reads samples, and stops at one too many: in memory they are twenty times as large as they can be in a file.
fn few_samples<'de, D: Deserializer<'de>>(samples: D) -> Result<Vec<Sample>, D::Error> {
    struct Few;

    impl<'de> Visitor<'de> for Few {
        type Value = Vec<Sample>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "at most {MOST_SAMPLES} samples")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Sample>, A::Error> {
            let mut samples = Vec::new();
            while let Some(sample) = list.next_element()? {
                if samples.len() == MOST_SAMPLES {
                    return Err(de::Error::invalid_length(MOST_SAMPLES + 1, &self));
                }
                samples.push(sample);
            }
            Ok(samples)
        }
    }
    samples.deserialize_seq(Few)
}

fn found(found: bool) -> Result<StatusCode, ApiError> {
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::NoSuchRun) }
}
