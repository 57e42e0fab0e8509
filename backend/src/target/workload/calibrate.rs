//! `calibrate`: known answers for the instrument to read back.

use std::{io, sync::Arc};

use axum::routing::MethodRouter;
use heapgym_shared::workload::Calibrate;

use self::{alarm::Alarm, rejections::Rejections};
use super::{Resources, counted};

mod alarm;
mod exact;
mod rejections;

/// The handlers' sources by variant.
pub(super) const SOURCES: &[(&str, &str)] = &[("exact", include_str!("calibrate/exact.rs"))];

pub(super) fn handler(
    parameters: &Calibrate,
    variant: &str,
    resources: &Resources,
) -> io::Result<Option<MethodRouter>> {
    let parameters = *parameters;
    // Without a delay there is no thread for it.
    let alarm = (parameters.delay_ms > 0).then(Alarm::start).transpose()?.map(Arc::new);
    let rejections = Arc::new(Rejections::new(parameters.reject_percent));
    Ok(match variant {
        "exact" => Some(counted(&resources.requests, move || {
            exact::handle(parameters, alarm.clone(), rejections.clone())
        })),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
