//! `calibrate`, `exact`: allocates, leaks, waits and rejects as much as is set, and nothing else.

use std::{hint::black_box, sync::Arc, time::Duration};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use heapgym_shared::workload::Calibrate;

use super::{alarm::Alarm, rejections::Rejections};

/// Written to every byte, so that the kernel has to give the pages too.
const FILL: u8 = 0xA5;

pub(super) async fn handle(
    parameters: Calibrate,
    alarm: Option<Arc<Alarm>>,
    rejections: Arc<Rejections>,
) -> Response {
    if rejections.next() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    // The remainder goes to the first allocations: 10 bytes in 3 are 4, 3 and 3.
    let (each, larger) = match parameters.allocations {
        0 => (0, 0),
        allocations => (parameters.bytes / allocations, parameters.bytes % allocations),
    };
    for index in 0..parameters.allocations {
        let bytes = each + u64::from(index < larger);
        drop(black_box(vec![FILL; bytes as usize]));
    }
    if parameters.leak_bytes > 0 {
        // No list of what is kept: its growth would be counted too.
        black_box(vec![FILL; parameters.leak_bytes as usize].leak());
    }
    if let Some(alarm) = alarm {
        alarm.wait(Duration::from_millis(parameters.delay_ms)).await;
    }
    StatusCode::OK.into_response()
}
