//! How long to wait before the next attempt to connect.

use std::time::Duration;

/// Wait after the first failure, before jitter.
pub const SHORTEST: Duration = Duration::from_millis(500);
/// Longest wait.
pub const LONGEST: Duration = Duration::from_secs(30);

/// The wait after `failures` failed attempts in a row: it doubles up to [`LONGEST`].
///
/// `jitter`, from 0 to 1, spreads the second half of it, so that pages do not come back all at once
/// to a server that was restarted.
pub fn backoff(failures: u32, jitter: f64) -> Duration {
    let doubled = SHORTEST.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
    doubled.min(LONGEST).mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_half_a_minute() {
        let longest: Vec<_> = (1..9).map(|failures| backoff(failures, 1.0).as_millis()).collect();
        assert_eq!(longest, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(backoff(u32::MAX, 1.0), LONGEST);
    }

    #[test]
    fn jitter_spreads_the_second_half() {
        for failures in 0..40 {
            let (low, high) = (backoff(failures, 0.0), backoff(failures, 1.0));
            assert_eq!(low * 2, high);
            assert!(low >= SHORTEST / 2 && high <= LONGEST);
        }
    }
}
