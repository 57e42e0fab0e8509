//! `/i/r/{id}.svg`, `/i/c/{a}..{b}.png` and the like: a chart of one run or of two as a picture.

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    http::header,
    response::IntoResponse,
};
use heapgym_shared::{Rejection, chart::Trace, protocol::RunId, report::size_classes};
use serde_json::{Map, Value};

use super::{App, AppState, error::ApiError, stream};
use crate::{
    dispatch::Reader,
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
    if format == Format::Png {
        picture.pixels()?;
    }
    let (mut runs, mut ended) = (Vec::new(), true);
    for id in ids {
        let id = RunId((*id).to_owned());
        ended &= app.dispatcher.live(&id).is_none();
        let run = app.dispatcher.find(&id).await?.ok_or(ApiError::NoSuchRun)?;
        runs.push(app.dispatcher.reader(run));
    }
    let place = app.gates.images.enter().await?;
    let drawing = app.gates.drawings.enter_for(runs.len()).await?;
    let bytes = drawing.work(move || draw(&runs, &picture, format)).await??;
    // A run that has ended looks the same for ever.
    let kept = if ended { "public, max-age=86400" } else { "no-store" };
    Ok((
        [(header::CONTENT_TYPE, format.media_type()), (header::CACHE_CONTROL, kept)],
        stream::whole(place, bytes),
    ))
}

fn draw(runs: &[Reader], picture: &Picture, format: Format) -> anyhow::Result<Vec<u8>> {
    let samples = runs.iter().map(Reader::read_all).collect::<anyhow::Result<Vec<_>>>()?;
    let reports: Vec<_> = runs.iter().map(|reader| reader.run().report()).collect();
    let traces: Vec<_> = (runs.iter().zip(&samples).zip(&reports))
        .map(|((reader, samples), report)| Trace {
            variant: &reader.run().spec().variant,
            samples,
            size_classes: size_classes(report.as_deref()),
        })
        .collect();
    let text = export::svg(picture, &traces)?;
    drop(samples); // before the pixels take as much
    match format {
        Format::Png => export::pixels(picture, text),
        _ => Ok(text.into_bytes()),
    }
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
