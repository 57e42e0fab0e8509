//! `logs`, `naive`: each line is formatted into a text of its own, and then appended.

use axum::response::{IntoResponse, Response};
use heapgym_shared::workload::Logs;

use super::Event;

pub(super) async fn handle(parameters: Logs) -> Response {
    let mut batch = String::new();
    for event in Event::all(parameters.lines) {
        let Event { time_ms, level, request, user, path, status, bytes, micros } = event;
        // A text for the head, one for the tail and one for both: three allocations a line, all freed at once.
        let head = format!("time={time_ms} level={level} request={request} user={user}");
        let tail = format!("path={path} status={status} bytes={bytes} micros={micros}");
        batch = batch + &(head + " " + &tail + "\n");
    }
    batch.into_response()
}
