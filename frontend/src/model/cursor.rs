//! The cursor of the charts, moved by keys.

/// Steps from one end of the time axis to the other.
const STEPS: u64 = 100;

/// The instant to which a key moves the cursor, in nanoseconds; none when the key moves nothing.
///
/// Without a cursor an arrow brings it in from the end it points away from.
pub fn moved(key: &str, from: Option<u64>, end_ns: u64) -> Option<u64> {
    let step = (end_ns / STEPS).max(1);
    match key {
        "ArrowRight" => Some(from.map_or(0, |from| (from + step).min(end_ns))),
        "ArrowLeft" => Some(from.map_or(end_ns, |from| from.saturating_sub(step))),
        "Home" => Some(0),
        "End" => Some(end_ns),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_step_and_stay_on_the_axis() {
        assert_eq!(moved("ArrowRight", None, 1_000), Some(0));
        assert_eq!(moved("ArrowRight", Some(0), 1_000), Some(10));
        assert_eq!(moved("ArrowRight", Some(995), 1_000), Some(1_000));
        assert_eq!(moved("ArrowLeft", None, 1_000), Some(1_000));
        assert_eq!(moved("ArrowLeft", Some(5), 1_000), Some(0));
        assert_eq!(moved("ArrowLeft", Some(1), 1), Some(0), "an axis with nothing on it");
    }

    #[test]
    fn other_keys_are_left_to_the_page() {
        assert_eq!(moved("Tab", Some(5), 1_000), None);
        assert_eq!(moved("Home", Some(5), 1_000), Some(0));
        assert_eq!(moved("End", None, 1_000), Some(1_000));
    }
}
