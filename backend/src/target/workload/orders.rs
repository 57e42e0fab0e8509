//! `orders`: each order asks the inventory, another service, about its items.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use heapgym_shared::workload::Orders;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::{Resources, counted};

mod bounded;
mod inventory;
mod naive;
mod timeout_only;

use inventory::Inventory;

/// The handlers' sources by variant.
pub(super) const SOURCES: &[(&str, &str)] = &[
    ("naive", include_str!("orders/naive.rs")),
    ("bounded", include_str!("orders/bounded.rs")),
    ("timeout_only", include_str!("orders/timeout_only.rs")),
];

/// An order as it came in.
#[derive(Debug, Clone)]
struct Order {
    #[expect(dead_code, reason = "it is there to be held")]
    document: Vec<u8>,
}

/// Written to every byte of an order, so that the kernel has to give the pages too.
const FILL: u8 = 0xA5;

impl Order {
    fn receive(parameters: &Orders) -> Self {
        Self { document: vec![FILL; parameters.order_bytes as usize] }
    }
}

/// What a request is answered with.
#[derive(Debug, Serialize)]
struct Receipt {
    items: u32,
}

/// The answer to an order that was taken.
fn accepted(parameters: &Orders) -> Response {
    (StatusCode::ACCEPTED, Json(Receipt { items: parameters.items })).into_response()
}

pub(super) fn handler(
    parameters: &Orders,
    variant: &str,
    resources: &Resources,
    downstream: SocketAddr,
) -> Option<MethodRouter> {
    let (parameters, requests) = (*parameters, &resources.requests);
    let inventory = Inventory::at(downstream);
    let call_timeout = Duration::from_millis(parameters.call_timeout_ms);
    Some(match variant {
        "naive" => counted(requests, move || naive::handle(inventory.clone(), parameters)),
        "bounded" => {
            let calls = Arc::new(Semaphore::new(parameters.call_limit as usize));
            counted(requests, move || {
                bounded::handle(inventory.clone(), Arc::clone(&calls), call_timeout, parameters)
            })
        }
        "timeout_only" => {
            counted(requests, move || timeout_only::handle(inventory.clone(), call_timeout, parameters))
        }
        _ => return None,
    })
}
