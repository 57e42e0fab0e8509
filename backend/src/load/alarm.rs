//! Wakes a load thread at an instant, more exactly than poll's milliseconds.

use std::{io, time::Duration};

use mio::{Registry, Token};

pub(super) use system::Alarm;

/// A kernel timer among the polled descriptors: exact to some ten microseconds, and free while asleep.
#[cfg(target_os = "linux")]
mod system {
    use std::os::fd::{AsFd, AsRawFd};

    use mio::{Interest, unix::SourceFd};
    use nix::sys::{
        time::TimeSpec,
        timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags},
    };

    use super::*;

    /// Nearer than this, polling without sleep costs less than setting the timer.
    const SPIN_NS: u64 = 10_000;

    /// Wakes a load thread at an instant.
    #[derive(Debug)]
    pub(in crate::load) struct Alarm {
        timer: TimerFd,
        /// When the timer fires; in the past when it has.
        set_to_ns: u64,
    }

    impl Alarm {
        /// A silent alarm.
        ///
        /// # Errors
        /// When the kernel gives no timer.
        pub(in crate::load) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
            let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
            let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
            registry.register(&mut SourceFd(&timer.as_fd().as_raw_fd()), token, Interest::READABLE)?;
            Ok(Self { timer, set_to_ns: 0 })
        }

        /// How long to poll so as to be awake at `at_ns`. It may wake earlier: ask again then.
        ///
        /// # Errors
        /// When the timer cannot be set.
        pub(in crate::load) fn timeout(&mut self, now_ns: u64, at_ns: u64) -> io::Result<Option<Duration>> {
            if at_ns <= now_ns + SPIN_NS {
                return Ok(Some(Duration::ZERO));
            }
            // A deadline moves on with every request. Waking once too early is cheaper than following it.
            if self.set_to_ns <= now_ns || self.set_to_ns > at_ns {
                let at = TimeSpec::from(Duration::from_nanos(at_ns));
                self.timer.set(Expiration::OneShot(at), TimerSetTimeFlags::TFD_TIMER_ABSTIME)?;
                self.set_to_ns = at_ns;
            }
            Ok(None)
        }
    }
}

/// Sleeps in poll until a millisecond before, then polls without sleep: costs up to a whole CPU
/// when requests are less than a millisecond apart.
#[cfg(not(target_os = "linux"))]
mod system {
    use super::*;

    const SPIN_NS: u64 = 1_500_000;
    const POLL_STEP_NS: u64 = 1_000_000;

    /// Wakes a load thread at an instant.
    #[derive(Debug)]
    pub(in crate::load) struct Alarm;

    impl Alarm {
        /// A silent alarm.
        ///
        /// # Errors
        /// Never.
        pub(in crate::load) fn new(_registry: &Registry, _token: Token) -> io::Result<Self> {
            Ok(Self)
        }

        /// How long to poll so as to be awake at `at_ns`. It may wake earlier: ask again then.
        ///
        /// # Errors
        /// Never.
        pub(in crate::load) fn timeout(&mut self, now_ns: u64, at_ns: u64) -> io::Result<Option<Duration>> {
            let sleep = at_ns.saturating_sub(now_ns + SPIN_NS);
            Ok(Some(Duration::from_nanos(sleep / POLL_STEP_NS * POLL_STEP_NS)))
        }
    }
}

#[cfg(test)]
mod tests {
    use heapgym_probe::clock;
    use mio::{Events, Poll};

    use super::*;

    #[test]
    fn it_wakes_at_the_instant_again_and_again() {
        let mut poll = Poll::new().unwrap();
        let mut alarm = Alarm::new(poll.registry(), Token(0)).unwrap();
        let mut events = Events::with_capacity(4);
        for _ in 0..20 {
            let at = clock::monotonic_ns() + 1_700_000;
            let mut polls = 0;
            loop {
                let now = clock::monotonic_ns();
                if now >= at {
                    break;
                }
                polls += 1;
                let timeout = alarm.timeout(now, at).unwrap();
                // A lost alarm must fail the test, not hang it.
                poll.poll(&mut events, timeout.or(Some(Duration::from_secs(5)))).unwrap();
            }
            assert!(clock::monotonic_ns() - at < 1_000_000_000, "woke late");
            if cfg!(target_os = "linux") {
                assert!(polls < 10, "asleep, not spinning: {polls} polls");
            }
        }
    }
}
