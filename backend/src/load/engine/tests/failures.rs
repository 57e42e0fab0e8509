//! Failed requests: each is counted with its reason, and none has a latency.

use super::*;

const BUSY: &[u8] = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";

/// A fast refusal must not make the target look fast.
#[test]
fn fast_failures_are_not_among_the_latencies() {
    let delay = Duration::from_millis(20);
    let server = Server::start(Answer::Alternating(BUSY, delay));
    let told = told(&plan(&server, concurrency(2)));
    let failed = told.failed_only(|failures| &mut failures.status);
    let LoadDone { summary, response_time, service_time, .. } = &told.done;
    assert!(summary.completed > 2 && failed > 2, "{summary:?}");
    for latency in [response_time, service_time] {
        assert!(latency.min >= delay.as_nanos() as u64 * 99 / 100, "{latency:?}");
    }
    assert!(told.samples.iter().all(|(_, it)| it.response_time.count == it.response_times.total()));
}
