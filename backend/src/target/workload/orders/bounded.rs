//! `orders`, `bounded`: calls have a timeout and a limit, and belong to their order.

use std::{hint::black_box, sync::Arc, time::Duration};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use heapgym_shared::workload::Orders;
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};

use super::{Inventory, Order, accepted};

pub(super) async fn handle(
    inventory: Inventory,
    calls: Arc<Semaphore>,
    call_timeout: Duration,
    parameters: Orders,
) -> Response {
    // Room for all calls of the order, or none: an order that waits would hold its memory while it does.
    let Ok(mut room) = calls.try_acquire_many_owned(parameters.items) else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")]).into_response();
    };
    let order = Order::receive(&parameters);

    // A client that goes away drops this future, with it the set, and the set ends the calls.
    let mut checks = JoinSet::new();
    for item in 0..parameters.items {
        let (inventory, permit) = (inventory.clone(), room.split(1));
        checks.spawn(async move {
            let _until_answered = permit;
            timeout(call_timeout, inventory.check(item)).await
        });
    }
    while let Some(checked) = checks.join_next().await {
        let in_stock = matches!(checked, Ok(Ok(true)));
        black_box((&order, in_stock));
    }
    accepted(&parameters)
}
