//! `logs`, `write_into`: lines are formatted straight into one text, reserved for all of them.

use std::fmt::Write;

use axum::response::{IntoResponse, Response};
use heapgym_shared::workload::Logs;

use super::{Event, LINE_BYTES};

pub(super) async fn handle(parameters: Logs) -> Response {
    let mut batch = String::with_capacity(parameters.lines as usize * LINE_BYTES);
    for event in Event::all(parameters.lines) {
        let Event { time_ms, level, request, user, path, status, bytes, micros } = event;
        let _ = writeln!(
            batch,
            "time={time_ms} level={level} request={request} user={user} \
             path={path} status={status} bytes={bytes} micros={micros}"
        ); // writing to a String does not fail
    }
    batch.into_response()
}
