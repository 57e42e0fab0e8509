//! The cursor of the charts, moved by keys.

/// Steps from one end of the time axis to the other.
const STEPS: u64 = 100;

/// The instant to which a key moves the cursor, in nanoseconds; `None` when the key moves nothing.
///
/// The axis goes from `begin_ns` to `end_ns`. Without a cursor an arrow brings it in from the end it points away from.
pub fn moved(key: &str, from: Option<u64>, begin_ns: u64, end_ns: u64) -> Option<u64> {
    let step = (end_ns.saturating_sub(begin_ns) / STEPS).max(1);
    match key {
        "ArrowRight" => Some(from.map_or(begin_ns, |from| (from + step).min(end_ns))),
        "ArrowLeft" => Some(from.map_or(end_ns, |from| from.saturating_sub(step).max(begin_ns))),
        "Home" => Some(begin_ns),
        "End" => Some(end_ns),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_step_and_stay_on_the_axis() {
        assert_eq!(moved("ArrowRight", None, 0, 1_000), Some(0));
        assert_eq!(moved("ArrowRight", Some(0), 0, 1_000), Some(10));
        assert_eq!(moved("ArrowRight", Some(995), 0, 1_000), Some(1_000));
        assert_eq!(moved("ArrowLeft", None, 0, 1_000), Some(1_000));
        assert_eq!(moved("ArrowLeft", Some(5), 0, 1_000), Some(0));
        assert_eq!(moved("ArrowLeft", Some(1), 0, 1), Some(0), "an axis with nothing on it");
    }

    #[test]
    fn the_cursor_stays_in_sight() {
        assert_eq!(moved("ArrowRight", None, 500, 600), Some(500));
        assert_eq!(moved("ArrowRight", Some(500), 500, 600), Some(501));
        assert_eq!(moved("ArrowLeft", Some(500), 500, 600), Some(500));
        assert_eq!(moved("Home", Some(550), 500, 600), Some(500));
    }

    #[test]
    fn other_keys_are_left_to_the_page() {
        assert_eq!(moved("Tab", Some(5), 0, 1_000), None);
        assert_eq!(moved("Home", Some(5), 0, 1_000), Some(0));
        assert_eq!(moved("End", None, 0, 1_000), Some(1_000));
    }
}
