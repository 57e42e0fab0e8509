//! `cache`, `ttl`: every value for a time. How much that is, the rate decides.

use std::{io, thread, time::Duration};

use axum::response::Response;
use bytes::Bytes;
use heapgym_shared::workload::Cache;
use moka::sync::Cache as Values;

use super::{make, reply};

pub(super) fn values(time_to_live: Duration) -> io::Result<Values<u64, Bytes>> {
    let values = Values::builder().time_to_live(time_to_live).build();
    // What has expired is let go when somebody asks for something: without requests it would stay.
    let idle = values.clone();
    thread::Builder::new().name("sweeper".to_owned()).spawn(move || {
        loop {
            thread::sleep(time_to_live.min(SWEEP_EVERY));
            sweep(&idle);
        }
    })?;
    Ok(values)
}

const SWEEP_EVERY: Duration = Duration::from_millis(200);

/// Lets go what has expired, of which the cache takes so many at a time.
fn sweep(values: &Values<u64, Bytes>) {
    loop {
        let before = values.entry_count();
        values.run_pending_tasks();
        if values.entry_count() >= before {
            return;
        }
    }
}

pub(super) async fn handle(values: Values<u64, Bytes>, key: u64, parameters: Cache) -> Response {
    reply(values.get_with(key, || make(key, &parameters)))
}
