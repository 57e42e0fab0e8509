//! A server that stalls now and then: response time shows it, service time has nothing to show.

use super::*;

const STALL_MS: u64 = 200;
const PERIOD_MS: u64 = 1_000;
const RATE: f64 = 500.0;
/// Whole periods, so that each stall falls into the load phase with all that it delays.
const PERIODS: u64 = 3;

/// Requests that are due in a stall of length `S` wait for its end: the one due `t` after it began waits
/// `S - t`. At a steady rate those waits are uniform from 0 to `S`, and of all requests the fraction `S / P` has
/// one, `P` being the period. So a wait longer than `x` befalls the fraction `(S - x) / P` of the requests, and
/// the quantile `q` of the response time is where that is `1 - q`: `S - (1 - q) P`. The rate cancels out.
///
/// After a stall its `R S` requests are all started at once, and are answered at the capacity `C` of the
/// connections: the one due at `t` waits `S - t (1 - R / C)`. The p99 lies so much higher: `(1 - q) P R / C`,
/// which here is below 5 % of the stall whatever the capacity is above `R`.
fn expected_p99_ms() -> f64 {
    STALL_MS as f64 - 0.01 * PERIOD_MS as f64
}

/// Service time shows only the requests that were sent into a stall, and each connection carries one at most.
/// With 2 connections these are 2 of the 500 requests of a period: 0.4 %, which the p99 leaves out by
/// construction. With more than 5 connections more than 1 % would be sent into the stall, and the p99 of
/// service time would be a stall too, truly so.
#[test]
fn a_stall_is_in_the_response_time_and_not_in_the_service_time() {
    let stalling =
        Answer::Stalling { stall: Duration::from_millis(STALL_MS), period: Duration::from_millis(PERIOD_MS) };
    let server = Server::start(stalling);
    let mut plan = bare_plan(&server, rate_for(RATE, PERIODS * PERIOD_MS));
    plan.load.max_in_flight = 2;
    let told = told(&plan);
    let LoadDone { summary, response_time, service_time, .. } = &told.done;
    let requests = RATE as u64 * PERIODS * PERIOD_MS / 1_000;
    assert_eq!((summary.offered, summary.failed), (requests, 0));
    // Two connections are few for a busy machine that is late with the last requests.
    assert!(summary.dropped < requests / 20, "{summary:?}");

    // Never shorter; longer by what a busy machine adds.
    let (p99_ms, expected_ms) = (response_time.p99 as f64 / 1e6, expected_p99_ms());
    assert!((0.95 * expected_ms..2.0 * expected_ms).contains(&p99_ms), "{p99_ms} ms, not {expected_ms} ms");
    // The fraction that waits is S / P = 20 %, so a tenth of the requests waits half a stall or longer.
    assert!(response_time.p90 as f64 > 0.4 * STALL_MS as f64 * 1e6, "{response_time:?}");
    assert!(service_time.p99 < response_time.p99 / 2, "{service_time:?}");
    assert!(service_time.max >= STALL_MS * MS / 2, "what was sent into a stall: {service_time:?}");
}
