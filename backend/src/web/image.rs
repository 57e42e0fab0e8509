//! `/i/r/{id}.svg`, `/i/c/{a}..{b}.png` and the like: a chart of one run or of two as a picture.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    http::header,
    response::IntoResponse,
};
use heapgym_shared::{Rejection, chart::Trace, protocol::RunId, report::size_classes};
use serde_json::{Map, Value};

use super::{App, AppState, error::ApiError};
use crate::{
    dispatch::LiveRun,
    export::{self, Format, Picture},
};

type Words = Result<Query<Map<String, Value>>, QueryRejection>;

/// Of one run.
pub(super) async fn run(
    State(app): App,
    Path(file): Path<String>,
    words: Words,
) -> Result<impl IntoResponse, ApiError> {
    let (id, format) = split(&file)?;
    answer(&app, &[id], format, words).await
}

/// Of two runs, one laid over the other.
pub(super) async fn pair(
    State(app): App,
    Path(file): Path<String>,
    words: Words,
) -> Result<impl IntoResponse, ApiError> {
    let (ids, format) = split(&file)?;
    let Some((a, b)) = ids.split_once("..") else {
        return Err(Rejection::new("file", "names no two runs", "{a}..{b}.svg or .png").into());
    };
    answer(&app, &[a, b], format, words).await
}

async fn answer(
    app: &AppState,
    ids: &[&str],
    format: Format,
    words: Words,
) -> Result<impl IntoResponse + use<>, ApiError> {
    let picture = picture(words)?;
    let mut runs: Vec<Arc<LiveRun>> = Vec::new();
    for id in ids {
        runs.push(app.dispatcher.find(&RunId((*id).to_owned())).await?.ok_or(ApiError::NoSuchRun)?);
    }
    // A run that has ended looks the same for ever.
    let ended = ids.iter().all(|id| app.dispatcher.live(&RunId((*id).to_owned())).is_none());
    let drawn = move || {
        let shown: Vec<_> = runs.iter().map(|run| (run.samples(0, u64::MAX), run.report())).collect();
        let traces: Vec<_> = runs
            .iter()
            .zip(&shown)
            .map(|(run, (samples, report))| Trace {
                variant: &run.spec().variant,
                samples,
                size_classes: size_classes(report.as_deref()),
            })
            .collect();
        match format {
            Format::Png => export::png(&picture, &traces),
            _ => export::svg(&picture, &traces).map(String::into_bytes),
        }
    };
    // It takes some milliseconds of a processor: not on a thread that others wait for.
    let bytes = tokio::task::spawn_blocking(drawn).await.map_err(anyhow::Error::from)??;
    let kept = if ended { "public, max-age=86400" } else { "no-store" };
    Ok(([(header::CONTENT_TYPE, format.media_type()), (header::CACHE_CONTROL, kept)], bytes))
}

/// What the words after the question mark ask for.
pub(super) fn picture(words: Words) -> Result<Picture, Rejection> {
    let Query(words) = words.map_err(|error| {
        Rejection::new("query", format!("was refused: {}", error.body_text()), "names and values")
    })?;
    Picture::parse(words)
}

fn split(file: &str) -> Result<(&str, Format), Rejection> {
    let formats = [Format::Svg, Format::Png];
    file.rsplit_once('.')
        .and_then(|(name, ending)| {
            let format = formats.into_iter().find(|format| format.extension() == ending)?;
            Some((name, format))
        })
        .ok_or_else(|| Rejection::new("file", "has no format that a picture has", "a name with .svg or .png"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_format() {
        assert_eq!(split("abc.svg").unwrap(), ("abc", Format::Svg));
        assert_eq!(split("a..b.png").unwrap(), ("a..b", Format::Png));
        for name in ["abc", "abc.html", "a..b"] {
            assert_eq!(split(name).unwrap_err().field, "file");
        }
    }
}
