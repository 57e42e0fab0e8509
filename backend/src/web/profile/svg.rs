//! `GET /api/runs/{id}/profile.svg`: a heap profile as a flame graph, or what it differs from another one in.

use axum::{
    extract::{Path, State},
    http::header,
    response::IntoResponse,
};
use heapgym_shared::protocol::RunId;

use super::{ApiError, App, AskedFor, base, find, query};
use crate::profile::flame::{self, Look};

pub(in crate::web) async fn svg(
    State(app): App,
    Path(id): Path<RunId>,
    wanted: AskedFor,
) -> Result<impl IntoResponse, ApiError> {
    let wanted = query(wanted)?;
    let taken = find(&app, &id, wanted.at).await?;
    let run = app.dispatcher.find(&id).await?.ok_or(ApiError::NoSuchRun)?;
    let base = match (&wanted.base, base(&app, &wanted).await?) {
        (Some(id), Some(taken)) => Some((app.dispatcher.find(id).await?.ok_or(ApiError::NoSuchRun)?, taken)),
        _ => None,
    };
    let drawing = app.gates.drawings.enter().await?;
    let drawn = drawing.work(move || {
        let look = Look {
            sample_type: wanted.sample_type.unwrap_or_default(),
            thread: wanted.thread.as_deref(),
            theme: wanted.theme.unwrap_or_default(),
        };
        let taken = taken.read()?;
        let base = base.map(|(run, taken)| anyhow::Ok((run, taken.read()?))).transpose()?;
        let base = base.as_ref().map(|(run, taken)| (run.spec(), &**taken));
        anyhow::Ok(flame::svg((run.spec(), &taken), base, look))
    });
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], drawn.await??))
}
