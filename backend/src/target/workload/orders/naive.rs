//! `orders`, `naive`: a task for each call, which nobody limits, waits for or ends.

use std::hint::black_box;

use axum::response::Response;
use heapgym_shared::workload::Orders;

use super::{Inventory, Order, accepted};

pub(super) async fn handle(inventory: Inventory, parameters: Orders) -> Response {
    let order = Order::receive(&parameters);
    for item in 0..parameters.items {
        let (order, inventory) = (order.clone(), inventory.clone());
        // Where the inventory does not answer, the task stays, and with it its connection and its copy of the order.
        tokio::spawn(async move {
            let in_stock = inventory.check(item).await;
            black_box((order, in_stock));
        });
    }
    accepted(&parameters)
}
