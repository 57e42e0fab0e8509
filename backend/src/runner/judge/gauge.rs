//! A gauge over its phase, or over the window that ends at the latest sample.

use std::collections::VecDeque;

use heapgym_shared::threshold::Extent;

/// A gauge's values as far as they still matter.
#[derive(Debug)]
pub(super) enum GaugeValues {
    /// Of the phase so far.
    Whole {
        extent: Extent,
        figure: Option<f64>,
        /// For the mean.
        sum: f64,
        count: u64,
    },
    /// Of the window that ends now.
    Window {
        extent: Extent,
        span_ns: u64,
        /// Samples come at multiples of the interval, so this is exact.
        began_ns: Option<u64>,
        /// With their instants, the oldest first. At most one a sample: a window has at most 10 min of 20 ms.
        values: VecDeque<(u64, f64)>,
        sum: f64,
    },
}

impl GaugeValues {
    pub(super) fn new(extent: Extent, window_ms: Option<u64>) -> Self {
        match window_ms {
            None => Self::Whole { extent, figure: None, sum: 0.0, count: 0 },
            Some(ms) => {
                let span_ns = ms * 1_000_000;
                Self::Window { extent, span_ns, began_ns: None, values: VecDeque::new(), sum: 0.0 }
            }
        }
    }

    /// Takes in a value of the phase, and gives the figure; `None` before a whole window has passed.
    pub(super) fn add(&mut self, now_ns: u64, value: f64) -> Option<f64> {
        match self {
            Self::Whole { extent, figure, sum, count } => {
                (*sum, *count) = (*sum + value, *count + 1);
                let so_far = figure.unwrap_or(value);
                *figure = Some(match extent {
                    Extent::Max => so_far.max(value),
                    Extent::Min => so_far.min(value),
                    Extent::Avg => *sum / *count as f64,
                    Extent::Last => value,
                });
                *figure
            }
            Self::Window { extent, span_ns, began_ns, values, sum } => {
                let began_ns = *began_ns.get_or_insert(now_ns);
                // What a later value outdoes never comes to matter again: the first one left is the extreme.
                let outdone = |earlier: f64| match extent {
                    Extent::Max => earlier <= value,
                    Extent::Min => earlier >= value,
                    Extent::Last => true,
                    Extent::Avg => false,
                };
                while values.pop_back_if(|(_, earlier)| outdone(*earlier)).is_some() {}
                values.push_back((now_ns, value));
                *sum += value;
                while let Some((_, past)) = values.pop_front_if(|(then_ns, _)| *then_ns + *span_ns <= now_ns)
                {
                    *sum -= past;
                }
                let (_, first) = *values.front()?;
                let figure = if *extent == Extent::Avg { *sum / values.len() as f64 } else { first };
                (began_ns + *span_ns <= now_ns).then_some(figure)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    /// The figures as values come every 100 ms.
    fn figures(extent: Extent, window_ms: Option<u64>, values: &[f64]) -> Vec<Option<f64>> {
        let mut gauge = GaugeValues::new(extent, window_ms);
        (0..).zip(values).map(|(tick, value)| gauge.add(tick * 100 * MS, *value)).collect()
    }

    #[test]
    fn a_phase_has_extremes_mean_and_last() {
        let values = [4.0, 8.0, 2.0, 6.0];
        let last = |extent| figures(extent, None, &values).pop().unwrap().unwrap();
        assert_eq!([Extent::Max, Extent::Min, Extent::Avg, Extent::Last].map(last), [8.0, 2.0, 5.0, 6.0]);
    }

    #[test]
    fn a_window_forgets_and_begins_when_it_is_whole() {
        let values = [9.0, 1.0, 5.0, 3.0, 4.0, 2.0];
        let of = |extent| figures(extent, Some(300), &values)[2..].to_vec();
        assert_eq!(of(Extent::Max), [None, Some(5.0), Some(5.0), Some(4.0)]);
        assert_eq!(of(Extent::Min), [None, Some(1.0), Some(3.0), Some(2.0)]);
        assert_eq!(of(Extent::Avg), [None, Some(3.0), Some(4.0), Some(3.0)]);
    }
}
