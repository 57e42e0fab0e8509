//! The one place where a failure becomes an HTTP answer.

use std::any::Any;

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use heapgym_shared::Rejection;

use crate::{
    dispatch::Refused,
    gate::Busy,
    limits::{RETRY_AFTER, TURN_WITHIN},
    store::StoreError,
};

/// Why a request got no answer.
#[derive(Debug)]
pub(super) enum ApiError {
    /// A field was wrong: 400.
    Rejected(Rejection),
    /// The server takes no run now: 503.
    Refused(Refused),
    /// There is no such run: 404.
    NoSuchRun,
    /// The run has no such heap profile: 404.
    NoSuchProfile(Rejection),
    /// There is no such baseline: 404.
    NoSuchName(Rejection),
    /// No pair of the comparison has ended: 409.
    NothingToCompare,
    /// The run has not ended: 409.
    StillRunning,
    /// The client may not use this server, or not in this way: 403.
    Forbidden(Rejection),
    /// The body is not declared as JSON: 415.
    NotJson(Rejection),
    /// Too many clients ask for the same costly work: 503, with the time after which to ask again.
    Busy(Busy),
    /// What is stored of the run does not decode: 422.
    Unreadable(Rejection),
    /// The disk is full, or fails: 503.
    Disk(Rejection),
    /// We failed: 500, without details.
    Internal(anyhow::Error),
}

impl From<Rejection> for ApiError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<anyhow::Error> for ApiError {
    fn from(error: anyhow::Error) -> Self {
        match StoreError::of(&error) {
            Some(StoreError::Unreadable { .. }) => {
                tracing::debug!("{error:#}"); // the list of runs warns of it
                let reason = format!("names a run that cannot be read: {}", StoreError::WHY_UNREADABLE);
                Self::Unreadable(Rejection::new("id", reason, "a run that can be read; delete this one"))
            }
            Some(fault @ (StoreError::DiskFull | StoreError::Disk(_))) => {
                tracing::error!("{error:#}");
                let allowed = match fault {
                    StoreError::DiskFull => "a disk with room; delete runs to make some",
                    _ => "a disk that can be read and written",
                };
                Self::Disk(Rejection::new("disk", format!("cannot be used: {fault}"), allowed))
            }
            None => Self::Internal(error),
        }
    }
}

impl From<Busy> for ApiError {
    fn from(busy: Busy) -> Self {
        Self::Busy(busy)
    }
}

impl From<tokio::task::JoinError> for ApiError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Internal(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, rejection) = match self {
            Self::Rejected(rejection) => (StatusCode::BAD_REQUEST, rejection),
            Self::Refused(refused) => (StatusCode::SERVICE_UNAVAILABLE, refused.into()),
            Self::NoSuchRun => (
                StatusCode::NOT_FOUND,
                Rejection::new("id", "names no run here", "the id of a run of this instance"),
            ),
            Self::NoSuchProfile(rejection) | Self::NoSuchName(rejection) => {
                (StatusCode::NOT_FOUND, rejection)
            }
            Self::Unreadable(rejection) => (StatusCode::UNPROCESSABLE_ENTITY, rejection),
            Self::Disk(rejection) => (StatusCode::SERVICE_UNAVAILABLE, rejection),
            Self::NothingToCompare => {
                (StatusCode::CONFLICT, Rejection::new("pair", "has not ended", "two runs that have ended"))
            }
            Self::StillRunning => (
                StatusCode::CONFLICT,
                Rejection::new(
                    "id",
                    "names a run that has not ended",
                    "a run that has ended; stop this one first",
                ),
            ),
            Self::Forbidden(rejection) => (StatusCode::FORBIDDEN, rejection),
            Self::NotJson(rejection) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, rejection),
            Self::Busy(Busy { work, at_once }) => {
                let reason = format!("is busy with other {work}");
                let allowed = format!(
                    "{at_once} {work} at once, and a wait of {} s; try again in {} s",
                    TURN_WITHIN.as_secs(),
                    RETRY_AFTER.as_secs()
                );
                let retry = [(header::RETRY_AFTER, RETRY_AFTER.as_secs())];
                let rejection = Json(Rejection::new("server", reason, allowed));
                return (StatusCode::SERVICE_UNAVAILABLE, retry, rejection).into_response();
            }
            Self::Internal(error) => {
                tracing::error!("{error:#}");
                (StatusCode::INTERNAL_SERVER_ERROR, internal())
            }
        };
        (status, Json(rejection)).into_response()
    }
}

/// The answer of a handler that panicked. The panic itself is in the log.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, Json(internal())).into_response()
}

fn internal() -> Rejection {
    Rejection::new("server", "failed; its log says why", "try again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_its_status() {
        let status = |error: ApiError| error.into_response().status().as_u16();
        assert_eq!(status(Rejection::new("variant", "", "").into()), 400);
        assert_eq!(status(Rejection::new("queue", "", "").into()), 400);
        assert_eq!(status(Refused::Closing.into()), 503);
        assert_eq!(status(Refused::Full { waiting: 1, capacity: 1 }.into()), 503);
        assert_eq!(status(ApiError::NoSuchRun), 404);
        assert_eq!(status(ApiError::StillRunning), 409);
        assert_eq!(status(anyhow::anyhow!("disk").into()), 500);
        let busy = ApiError::from(Busy { work: "drawings", at_once: 2 }).into_response();
        assert_eq!(
            (busy.status().as_u16(), &busy.headers()[header::RETRY_AFTER]),
            (503, &"5".parse().unwrap())
        );
    }
}
