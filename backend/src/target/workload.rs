//! The workloads' handlers, one folder each, and their source as it was compiled.

use anyhow::bail;
use axum::{Router, routing::MethodRouter};
use heapgym_shared::workload::Workload;

use super::RequestCounter;

mod calibrate;
mod products;

/// Routes `/` and `/api/{workload}` to a variant's handler.
///
/// # Errors
/// When the workload has no such variant, or the system gives no thread for its delays.
pub fn router(workload: &Workload, variant: &str, requests: &RequestCounter) -> anyhow::Result<Router> {
    let info = workload.info();
    let handler: Option<MethodRouter> = match workload {
        Workload::Products(parameters) => products::handler(parameters, variant, requests),
        Workload::Calibrate(parameters) => calibrate::handler(parameters, variant, requests)?,
    };
    let Some(handler) = handler else { bail!("`{}` has no variant `{variant}`", info.id) };
    Ok(Router::new().route("/", handler.clone()).route(&path(workload), handler))
}

/// Where a workload answers, such as `/api/products`.
pub fn path(workload: &Workload) -> String {
    format!("/api/{}", workload.info().id)
}

/// The source of a variant's handler, exactly as it was compiled.
pub fn source(workload: &str, variant: &str) -> Option<&'static str> {
    let sources: &[(&str, &str)] = match workload {
        "products" => products::SOURCES,
        "calibrate" => calibrate::SOURCES,
        _ => &[],
    };
    sources.iter().find(|(id, _)| *id == variant).map(|(_, source)| *source)
}

#[cfg(test)]
mod tests {
    use heapgym_shared::workload::WORKLOADS;

    use super::*;

    #[test]
    fn every_variant_of_the_catalogue_has_a_handler_and_a_source() {
        for info in WORKLOADS {
            let value = serde_json::json!({"kind": info.id});
            let reader = heapgym_shared::field::Reader::new("workload", &value).unwrap();
            let workload = Workload::parse(reader).unwrap();
            for variant in info.variants {
                assert!(router(&workload, variant.id, &RequestCounter::default()).is_ok(), "{}", variant.id);
                assert!(source(info.id, variant.id).unwrap().contains("async fn handle"), "{}", variant.id);
            }
            assert!(router(&workload, "no such variant", &RequestCounter::default()).is_err());
        }
    }
}
