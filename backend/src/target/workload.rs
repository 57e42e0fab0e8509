//! The workloads' handlers, one folder each, and their source as it was compiled.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use axum::{
    Router,
    response::Response,
    routing::{MethodRouter, get},
};
use heapgym_probe::soft_limit::Admission;
use heapgym_shared::workload::Workload;

use super::{
    admission,
    pool::Pools,
    requests::{RequestCounter, RequestGuard},
};

mod cache;
mod calibrate;
mod fragment;
mod logs;
mod orders;
mod products;

/// What handlers use besides their parameters.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// Counts their requests.
    pub requests: RequestCounter,
    /// Where those with a pool get it.
    pub pools: Pools,
    /// Where the service listens that they call; `None` for workloads that call none.
    pub downstream: Option<SocketAddr>,
}

/// Routes `/` and `/api/{workload}` to a variant's handler.
///
/// # Errors
/// When the workload has no such variant, or lacks what it needs: a thread, or the service that it calls.
pub fn router(workload: &Workload, variant: &str, resources: &Resources) -> anyhow::Result<Router> {
    let info = workload.info();
    let handler: Option<MethodRouter> = match workload {
        Workload::Products(parameters) => products::handler(parameters, variant, resources)?,
        Workload::Orders(parameters) => {
            let address = resources.downstream.context("no inventory to ask")?;
            orders::handler(parameters, variant, resources, address)
        }
        Workload::Logs(parameters) => logs::handler(parameters, variant, resources),
        Workload::Cache(parameters) => cache::handler(parameters, variant, resources)?,
        Workload::Fragment(parameters) => fragment::handler(parameters, variant, resources)?,
        Workload::Calibrate(parameters) => calibrate::handler(parameters, variant, resources)?,
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
        "orders" => orders::SOURCES,
        "logs" => logs::SOURCES,
        "cache" => cache::SOURCES,
        "fragment" => fragment::SOURCES,
        "calibrate" => calibrate::SOURCES,
        _ => &[],
    };
    sources.iter().find(|(id, _)| *id == variant).map(|(_, source)| *source)
}

/// Routes GET to a handler whose requests are counted from its call to its reply.
fn counted<H, R>(requests: &RequestCounter, handle: H) -> MethodRouter
where
    H: Fn() -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response> + Send,
{
    counted_until_dropped(requests, move |request| {
        let reply = handle();
        async move {
            let _until_the_reply = request;
            reply.await
        }
    })
}

/// Routes GET to a handler that says by itself when its request has ended.
fn counted_until_dropped<H, R>(requests: &RequestCounter, handle: H) -> MethodRouter
where
    H: Fn(RequestGuard) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response> + Send,
{
    let requests = requests.clone();
    get(async move || match requests.gate().enter() {
        Admission::Open => handle(requests.begin()).await,
        Admission::Admitted(permit) => admission::keep_until_written(permit, handle(requests.begin()).await),
        Admission::Refused => admission::shed(),
    })
}

/// A number below `count` for each index: neighbours spread over all of them, the same way in each run.
fn spread(index: u64, count: u64) -> u64 {
    // Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4).
    (index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % count
}

#[cfg(test)]
mod tests;
