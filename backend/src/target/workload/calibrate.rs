//! `calibrate`: known answers for the instrument to read back.

use std::{io, sync::Arc};

use axum::routing::{MethodRouter, get};
use heapgym_shared::workload::Calibrate;

use self::alarm::Alarm;
use crate::target::RequestCounter;

mod alarm;
mod exact;

/// The handlers' sources by variant.
pub(super) const SOURCES: &[(&str, &str)] = &[("exact", include_str!("calibrate/exact.rs"))];

pub(super) fn handler(
    parameters: &Calibrate,
    variant: &str,
    requests: &RequestCounter,
) -> io::Result<Option<MethodRouter>> {
    let (parameters, requests) = (*parameters, requests.clone());
    // Without a delay there is no thread for it.
    let alarm = (parameters.delay_ms > 0).then(Alarm::start).transpose()?.map(Arc::new);
    Ok(match variant {
        "exact" => Some(get(async move || {
            let _request = requests.begin();
            exact::handle(parameters, alarm.as_deref()).await
        })),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
