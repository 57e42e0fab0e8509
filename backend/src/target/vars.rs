//! `/debug/vars`: one reading of a target that runs alone, as JSON, at the address that Go's `expvar` has its own.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use heapgym_probe::{Gauges, Readings, clock, jemalloc};
use heapgym_shared::sample::{SamplerReading, TargetReading};
use tokio::runtime::Handle;

use super::{gauges, workload::Resources};

/// What takes the readings, one at a time.
type Reader = Arc<Mutex<(jemalloc::Reader, Readings<Box<dyn FnMut() -> Gauges + Send>>)>>;

/// The route. Of a runtime's thread, whose tasks it tells.
///
/// # Errors
/// When jemalloc does not answer.
pub fn router(resources: &Resources) -> Result<Router, heapgym_probe::Error> {
    let (requests, pools) = (resources.requests.clone(), resources.pools.clone());
    let metrics = Handle::current().metrics();
    let gauges: Box<dyn FnMut() -> Gauges + Send> = Box::new(move || gauges(&requests, &pools, &metrics));
    let reader: Reader =
        Arc::new(Mutex::new((jemalloc::Reader::new()?, Readings::new(clock::monotonic_ns(), gauges))));
    Ok(Router::new().route("/debug/vars", get(vars)).with_state(reader))
}

async fn vars(State(reader): State<Reader>) -> Response {
    // A reading that was cut short left nothing behind that the next one would miss.
    let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
    let (allocator, readings) = &mut *reader;
    let reading = readings.take(allocator.read().ok(), SamplerReading::default());
    drop(reader);
    match shown(&reading) {
        Ok(shown) => ([(header::CACHE_CONTROL, "no-store")], Json(shown)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

/// All but the cost of a sampler: nothing samples here.
fn shown(reading: &TargetReading) -> serde_json::Result<serde_json::Value> {
    let mut shown = serde_json::to_value(reading)?;
    if let Some(fields) = shown.as_object_mut() {
        fields.remove("sampler");
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use heapgym_shared::sample::AllocatorReading;

    use super::*;

    #[test]
    fn it_shows_what_was_read_and_no_sampler() {
        let allocator = Some(AllocatorReading::default());
        let reading = TargetReading { requests: 7, allocator, ..TargetReading::default() };
        let shown = shown(&reading).unwrap();
        assert_eq!(shown["requests"], 7);
        assert!(shown["allocator"]["resident_bytes"].is_u64());
        assert!(shown.get("sampler").is_none());
    }
}
