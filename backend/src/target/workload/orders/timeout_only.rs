//! `orders`, `timeout_only`: a task for each call, which is given up after a time. Nothing limits how many there are.

use std::{hint::black_box, time::Duration};

use axum::response::Response;
use heapgym_shared::workload::Orders;
use tokio::time::timeout;

use super::{Inventory, Order, accepted};

pub(super) async fn handle(inventory: Inventory, call_timeout: Duration, parameters: Orders) -> Response {
    let order = Order::receive(&parameters);
    for item in 0..parameters.items {
        let (order, inventory) = (order.clone(), inventory.clone());
        tokio::spawn(async move {
            let in_stock = timeout(call_timeout, inventory.check(item)).await.unwrap_or(false);
            black_box((order, in_stock));
        });
    }
    accepted(&parameters)
}
