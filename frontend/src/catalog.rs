//! The instance's catalogue: the handlers' sources come from the server that runs them.

use gloo_net::http::Request;
use heapgym_shared::catalog::Catalog;

/// Fetches the catalogue.
///
/// # Errors
/// Why it could not be fetched, as half a sentence.
pub async fn fetch() -> Result<Catalog, String> {
    let response =
        Request::get("/api/catalog").send().await.map_err(|_| "the server cannot be reached".to_owned())?;
    if !response.ok() {
        return Err(format!("the server answered with status {}", response.status()));
    }
    response.json().await.map_err(|_| "the server is of another version: reload the page".to_owned())
}

/// The source of a variant of a workload.
pub fn source<'a>(catalog: &'a Catalog, workload: &str, variant: &str) -> Option<&'a str> {
    let workload = catalog.workloads.iter().find(|candidate| candidate.id == workload)?;
    let variant = workload.variants.iter().find(|candidate| candidate.id == variant)?;
    Some(&variant.source)
}
