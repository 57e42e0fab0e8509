//! Which stretch of time the charts show: all of the run, a window that goes on with it, or what the reader chose.

use heapgym_shared::chart::{Stretch, TimeRange};

/// The shortest stretch that can be chosen.
const SHORTEST_NS: u64 = Stretch::SHORTEST_NS;

/// What is in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sight {
    /// From the run's beginning to its end.
    #[default]
    All,
    /// The last so many nanoseconds.
    Last(u64),
    /// A stretch that stays where it is.
    Range(TimeRange),
}

/// The time that all charts share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timeline {
    sight: Sight,
    /// When the charts were stopped, in nanoseconds of the run; samples still come in.
    paused_ns: Option<u64>,
}

impl Timeline {
    /// What is in sight.
    pub fn sight(self) -> Sight {
        self.sight
    }

    /// The stretch that is shown when the last sample is `now_ns` old; `None` for all of it.
    pub fn range(self, now_ns: u64) -> Option<TimeRange> {
        let now_ns = self.paused_ns.unwrap_or(now_ns);
        match self.sight {
            Sight::All => self.paused_ns.map(|to_ns| TimeRange { from_ns: 0, to_ns }),
            Sight::Last(length) => Some(Stretch::Last(length).range(now_ns)),
            Sight::Range(range) => Some(range),
        }
    }

    /// How far what is shown is behind; `None` while it goes on.
    pub fn behind_ns(self, now_ns: u64) -> Option<u64> {
        self.paused_ns.map(|paused| now_ns.saturating_sub(paused))
    }

    /// Stops the charts at `now_ns`, or lets them go on.
    #[must_use]
    pub fn toggled(self, now_ns: u64) -> Self {
        Self { paused_ns: self.paused_ns.is_none().then_some(now_ns), ..self }
    }

    /// Shows another stretch.
    #[must_use]
    pub fn showing(self, sight: Sight) -> Self {
        Self { sight, ..self }
    }

    /// Shows the stretch between two instants of `all`, in either order.
    #[must_use]
    pub fn chosen(self, one_ns: u64, other_ns: u64, all: TimeRange) -> Self {
        let (from_ns, to_ns) = (one_ns.min(other_ns), one_ns.max(other_ns));
        self.showing(within(from_ns, (to_ns - from_ns).max(SHORTEST_NS), all))
    }

    /// Shows `factor` times as much as `shown`; the instant `about_ns` stays where it is.
    #[must_use]
    pub fn zoomed(self, shown: TimeRange, about_ns: u64, factor: f64, all: TimeRange) -> Self {
        let length = (shown.to_ns - shown.from_ns) as f64;
        let wanted = (length * factor).max(SHORTEST_NS as f64);
        let about_ns = about_ns.clamp(shown.from_ns, shown.to_ns);
        let before = (about_ns - shown.from_ns) as f64 / length.max(1.0) * wanted;
        self.showing(within(about_ns.saturating_sub(before as u64), wanted as u64, all))
    }

    /// Moves `shown` by a part of its length, to the right above zero.
    #[must_use]
    pub fn panned(self, shown: TimeRange, part: f64, all: TimeRange) -> Self {
        let length = shown.to_ns - shown.from_ns;
        let from_ns = (shown.from_ns as f64 + length as f64 * part).max(0.0) as u64;
        self.showing(within(from_ns, length, all))
    }

    /// What stands behind the `#` of the page's address: `t=1500-4000`, in milliseconds; empty for all.
    pub fn fragment(self) -> String {
        match self.sight {
            Sight::All => String::new(),
            Sight::Last(length) => format!("t={}", Stretch::Last(length)),
            Sight::Range(range) => format!("t={}", Stretch::Range(range)),
        }
    }

    /// Reads what stands behind the `#`; all where it says nothing that can be shown.
    pub fn parse(fragment: &str) -> Self {
        let stretch = fragment.trim_start_matches('#').strip_prefix("t=").and_then(Stretch::parse);
        let sight = match stretch {
            None => Sight::All,
            Some(Stretch::Last(length)) => Sight::Last(length),
            Some(Stretch::Range(range)) => Sight::Range(range),
        };
        Self { sight, paused_ns: None }
    }
}

/// The stretch of this length that lies in `all`; all where it would not fit.
fn within(from_ns: u64, length: u64, all: TimeRange) -> Sight {
    if length >= all.to_ns - all.from_ns {
        return Sight::All;
    }
    let from_ns = from_ns.clamp(all.from_ns, all.to_ns - length);
    Sight::Range(TimeRange { from_ns, to_ns: from_ns + length })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const ALL: TimeRange = TimeRange { from_ns: 0, to_ns: 40 * SECOND };

    fn range(from: u64, to: u64) -> TimeRange {
        TimeRange { from_ns: from * SECOND, to_ns: to * SECOND }
    }

    #[test]
    fn zooming_keeps_its_place_and_ends_at_all() {
        let timeline = Timeline::default();
        let closer = timeline.zoomed(ALL, 10 * SECOND, 0.5, ALL);
        assert_eq!(closer.sight(), Sight::Range(range(5, 25)), "a quarter is before it, as it was");
        let again = closer.zoomed(range(5, 25), 5 * SECOND, 0.5, ALL);
        assert_eq!(again.sight(), Sight::Range(range(5, 15)));
        assert_eq!(again.zoomed(range(5, 15), 0, 100.0, ALL).sight(), Sight::All);
        let Sight::Range(least) = again.zoomed(range(5, 15), 5 * SECOND, 0.0, ALL).sight() else { panic!() };
        assert_eq!(least.to_ns - least.from_ns, SHORTEST_NS);
    }

    #[test]
    fn panning_stays_on_the_axis() {
        let timeline = Timeline::default();
        assert_eq!(timeline.panned(range(5, 15), 0.5, ALL).sight(), Sight::Range(range(10, 20)));
        assert_eq!(timeline.panned(range(5, 15), -3.0, ALL).sight(), Sight::Range(range(0, 10)));
        assert_eq!(timeline.panned(range(25, 35), 9.0, ALL).sight(), Sight::Range(range(30, 40)));
    }

    #[test]
    fn a_stretch_is_chosen_from_either_end() {
        let timeline = Timeline::default();
        assert_eq!(timeline.chosen(9 * SECOND, 3 * SECOND, ALL).sight(), Sight::Range(range(3, 9)));
        let Sight::Range(least) = timeline.chosen(SECOND, SECOND, ALL).sight() else { panic!() };
        assert_eq!(least.to_ns - least.from_ns, SHORTEST_NS, "a click is not nothing");
    }

    #[test]
    fn a_pause_holds_the_view_and_tells_how_far_it_is_behind() {
        let paused = Timeline::default().toggled(4 * SECOND);
        assert_eq!(paused.range(9 * SECOND), Some(range(0, 4)));
        assert_eq!(paused.behind_ns(9 * SECOND), Some(5 * SECOND));
        assert_eq!(paused.showing(Sight::Last(3 * SECOND)).range(9 * SECOND), Some(range(1, 4)));
        let resumed = paused.toggled(9 * SECOND);
        assert_eq!((resumed.range(9 * SECOND), resumed.behind_ns(9 * SECOND)), (None, None));
    }

    #[test]
    fn a_window_goes_on_with_the_run() {
        let window = Timeline::default().showing(Sight::Last(10 * SECOND));
        assert_eq!(window.range(2 * SECOND), Some(range(0, 10)));
        assert_eq!(window.range(25 * SECOND), Some(range(15, 25)));
    }

    #[test]
    fn the_address_reads_back_as_it_was_written() {
        for sight in [Sight::All, Sight::Last(10 * SECOND), Sight::Range(range(3, 9))] {
            let timeline = Timeline::default().showing(sight);
            assert_eq!(Timeline::parse(&format!("#{}", timeline.fragment())), timeline);
        }
        for nonsense in
            ["", "#t=", "#t=5-1", "#t=5-5", "#t=x-9", "#t=1-99999999999999999999", "#s=abc", "#t=--5"]
        {
            assert_eq!(Timeline::parse(nonsense), Timeline::default(), "{nonsense}");
        }
    }
}
