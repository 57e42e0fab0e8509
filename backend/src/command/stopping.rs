//! How a load ends on signals: the first stops it, the second ends it at once with its report, the third exits.

use std::sync::atomic::{AtomicU64, Ordering};

use heapgym_shared::{Report, RunSpec, Sample, unit::Unit};
use nix::sys::signal::Signal;

use super::{exit::ExitStatus, print, progress::Progress, signals::Signals};
use crate::{
    profile::Profiles,
    runner::{Runner, control},
};

/// What a signal asks of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// Send no more requests, and wait for the replies.
    Stop,
    /// Wait no longer.
    GiveUp,
}

/// The signals of a command that has loads to stop.
#[derive(Debug)]
pub(super) struct Stopping {
    signals: Signals,
    received: u32,
}

impl Stopping {
    /// From now on signals stop loads instead of ending this process.
    pub(super) fn new() -> Self {
        Self { signals: Signals::new(), received: 0 }
    }

    /// Whether the command is to end after the load that is active.
    pub(super) fn is_asked(&self) -> bool {
        self.received > 0
    }

    /// Waits for the next signal, and says on stderr what follows from it. From the third on, it exits. Can be
    /// cancelled.
    ///
    /// `in_flight` is the number of requests without a reply, `at_most_ms` the longest wait for them.
    pub(super) async fn next(&mut self, in_flight: &AtomicU64, at_most_ms: u64) -> Ask {
        let signal = self.signals.next().await;
        self.received += 1;
        match self.received {
            1 => {
                print::remark(&waiting(signal, in_flight.load(Ordering::Relaxed), at_most_ms));
                Ask::Stop
            }
            2 => {
                print::remark(&format!("heapgym: {signal}: ending at once"));
                Ask::GiveUp
            }
            _ => std::process::exit(ExitStatus::Stopped.code().into()),
        }
    }

    /// Executes one run, shows its progress and stops it on signals.
    pub(super) async fn run(
        &mut self,
        runner: &Runner,
        spec: &RunSpec,
        mut observe: impl FnMut(&Sample) + Send,
    ) -> (Report, Profiles) {
        let (control, controlled) = control();
        let mut progress = Progress::new(spec);
        let in_flight = AtomicU64::new(0);
        let ended = {
            let mut run = std::pin::pin!(runner.run_with_profiles(spec, controlled, |sample| {
                progress.tell(sample);
                in_flight.store(sample.load.as_ref().map_or(0, |load| load.in_flight), Ordering::Relaxed);
                observe(sample);
            }));
            loop {
                tokio::select! {
                    ended = &mut run => break ended,
                    ask = self.next(&in_flight, spec.phases.graceful_stop_ms) => match ask {
                        Ask::Stop => control.stop(),
                        Ask::GiveUp => control.give_up(),
                    },
                }
            }
        };
        progress.end();
        ended
    }
}

/// What the first signal makes heapgym do, and what another one does.
fn waiting(signal: Signal, in_flight: u64, at_most_ms: u64) -> String {
    let doing = match in_flight {
        0 => "stopping".to_owned(),
        _ => {
            let requests = if in_flight == 1 { "request" } else { "requests" };
            let at_most = Unit::Milliseconds.format(at_most_ms as f64);
            format!("waiting for {in_flight} {requests} in flight, at most {at_most}")
        }
    };
    let again = match signal {
        Signal::SIGINT => "press Ctrl-C again".to_owned(),
        _ => format!("send {signal} again"),
    };
    format!("heapgym: {signal}: {doing}; {again} to end at once")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_says_what_is_awaited_and_for_how_long() {
        let at_once = "press Ctrl-C again to end at once";
        let waiting = |in_flight| waiting(Signal::SIGINT, in_flight, 60_000);
        assert_eq!(waiting(0), format!("heapgym: SIGINT: stopping; {at_once}"));
        assert_eq!(
            waiting(1),
            format!("heapgym: SIGINT: waiting for 1 request in flight, at most 60 s; {at_once}")
        );
        assert!(waiting(12).contains("12 requests in flight"));
        let of_term = super::waiting(Signal::SIGTERM, 0, 60_000);
        assert_eq!(of_term, "heapgym: SIGTERM: stopping; send SIGTERM again to end at once");
    }
}
