//! `orders`: each order asks another service, the inventory, about its items, and some calls never end.

use serde::{Deserialize, Serialize};

use super::{Footprint, VariantInfo, WorkloadInfo};
use crate::{
    field::{Number, Parameter, Reader, Rejection},
    unit::{MIB, Unit},
};

/// Size of an order.
pub const ORDER_BYTES: Number = Number::whole(
    "order_bytes",
    "Order",
    Unit::Bytes,
    (1, 4 * MIB),
    256 * 1024,
    "Bytes of each order: what a call that nobody ends keeps alive.",
);

/// Calls per order.
pub const ITEMS: Number = Number::whole(
    "items",
    "Items",
    Unit::Count,
    (1, 32),
    4,
    "Items of each order: the inventory is asked about each of them, all at the same time.",
);

/// Mean time of a call that is answered.
pub const LATENCY_MS: Number = Number::whole(
    "latency_ms",
    "Inventory latency",
    Unit::Milliseconds,
    (0, 5_000),
    20,
    "Mean time in which the inventory answers. Times are exponential, drawn by the run's seed.",
);

/// Share of calls that are never answered.
pub const HANG_PERCENT: Number = Number {
    name: "hang_percent",
    title: "Calls that hang",
    unit: Unit::Percent,
    min: 0.0,
    max: 100.0,
    default: Some(10.0),
    whole: false,
    help: "Share of the calls that the inventory never answers, drawn by the run's seed.",
};

/// Calls of `bounded` at once.
pub const CALL_LIMIT: Number = Number::whole(
    "call_limit",
    "Call limit",
    Unit::Count,
    (1, 4_096),
    512,
    "Calls that `bounded` makes at the same time; an order that finds no room is answered with 503 at once. The other \
     variants have no such limit.",
);

/// After how long `bounded` and `timeout_only` give a call up.
pub const CALL_TIMEOUT_MS: Number = Number::whole(
    "call_timeout_ms",
    "Call timeout",
    Unit::Milliseconds,
    (1, 60_000),
    2_000,
    "After how long `bounded` and `timeout_only` give a call up. `naive` never does.",
);

/// What is known of the workload.
pub const INFO: WorkloadInfo = WorkloadInfo {
    id: "orders",
    title: "Orders",
    summary: "GET /api/orders takes an order and asks a real inventory service, in a process of its own, about each item. \
              A share of those calls is never answered.",
    watch: "Live tasks and live memory. Latency and rate of `naive` look well until the memory limit ends it: only the \
            tasks tell.",
    claim: "`naive` leaks tasks until it is out of memory; `bounded` stays flat at the same rate and keeps nothing.",
    variants: &[
        VariantInfo::new(
            "naive",
            "A task for each call, with a copy of the order. Nobody limits, waits for or ends it.",
        ),
        VariantInfo::new(
            "bounded",
            "Calls have a timeout and a limit, belong to their order, and end with it when the client goes away.",
        ),
        VariantInfo::new("timeout_only", "As naive, but each call is given up after a time."),
    ],
    parameters: &[
        Parameter::Number(ORDER_BYTES),
        Parameter::Number(ITEMS),
        Parameter::Number(LATENCY_MS),
        Parameter::Number(HANG_PERCENT),
        Parameter::Number(CALL_LIMIT),
        Parameter::Number(CALL_TIMEOUT_MS),
    ],
};

/// The parameters of `orders`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Orders {
    /// Bytes of each order.
    pub order_bytes: u64,
    /// Calls per order.
    pub items: u32,
    /// Mean time of a call that is answered.
    pub latency_ms: u64,
    /// Percent of the calls that are never answered.
    pub hang_percent: f64,
    /// Most calls of `bounded` at once; at least one order's.
    pub call_limit: u32,
    /// After how long a call is given up, where it is.
    pub call_timeout_ms: u64,
}

/// What the inventory service is to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    /// Mean time of a call that is answered.
    pub latency_ms: u64,
    /// Percent of the calls that are never answered.
    pub hang_percent: f64,
}

impl Orders {
    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Self, Rejection> {
        let items = reader.integer(&ITEMS)? as u32;
        let call_limit = reader.integer(&CALL_LIMIT)? as u32;
        if call_limit < items {
            // No order would ever find room.
            let reason = format!("is {call_limit}");
            return Err(Rejection::new(
                reader.path(CALL_LIMIT.name),
                reason,
                format!("at least the {items} items"),
            ));
        }
        Ok(Self {
            order_bytes: reader.integer(&ORDER_BYTES)?,
            items,
            latency_ms: reader.integer(&LATENCY_MS)?,
            hang_percent: reader.number(&HANG_PERCENT)?,
            call_limit,
            call_timeout_ms: reader.integer(&CALL_TIMEOUT_MS)?,
        })
    }

    /// An order and a copy of it for each call. What hangs keeps its copy: for ever, or until its call is given up.
    pub(super) fn footprint(&self, variant: &str) -> Footprint {
        let (order, items) = (self.order_bytes as f64, f64::from(self.items));
        let hanging = self.hang_percent / 100.0;
        let held = order * (items * hanging + 1.0 - (1.0 - hanging).powi(self.items as i32));
        let footprint = Footprint { in_flight_bytes: (order * (items + 1.0)) as u64, ..Footprint::default() };
        match variant {
            "naive" => Footprint { kept_bytes: held, ..footprint },
            _ => Footprint { lingering: Some((held as u64, self.call_timeout_ms)), ..footprint },
        }
    }

    /// The service that these orders ask.
    pub fn inventory(&self) -> Inventory {
        Inventory { latency_ms: self.latency_ms, hang_percent: self.hang_percent }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{field::Reader, workload::Workload};

    #[test]
    fn a_limit_below_one_order_is_refused() {
        let value = json!({"kind": "orders", "items": 8, "call_limit": 7});
        let rejection = Workload::parse(Reader::new("workload", &value).unwrap()).unwrap_err();
        assert_eq!(
            (rejection.field.as_str(), rejection.allowed.as_str()),
            ("workload.call_limit", "at least the 8 items")
        );
    }
}
