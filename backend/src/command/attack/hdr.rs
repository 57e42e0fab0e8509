//! The percentile distribution of a histogram, in the text that HDR plotters read.

use std::fmt::{self, Write};

use hdrhistogram::Histogram;

/// Rows in each half of the distance that is left to 100 %, as many as wrk2 prints.
const TICKS_PER_HALF_DISTANCE: u32 = 5;
const NS_PER_MS: f64 = 1e6;

/// A histogram of nanoseconds as rows of milliseconds, in the layout of HdrHistogram's own
/// `outputPercentileDistribution`.
///
/// # Errors
/// When `out` fails.
pub(super) fn write(out: &mut impl Write, histogram: &Histogram<u64>) -> fmt::Result {
    let (header, ms) = ("1/(1-Percentile)", |ns: f64| ns / NS_PER_MS);
    writeln!(out, "{:>12} {:>14} {:>10} {header:>14}\n", "Value", "Percentile", "TotalCount")?;
    let mut total = 0;
    let rows = histogram.iter_quantiles(TICKS_PER_HALF_DISTANCE);
    for row in rows.take_while(|_| !histogram.is_empty()) {
        total += row.count_since_last_iteration();
        let (value, quantile) = (ms(row.value_iterated_to() as f64), row.quantile_iterated_to());
        write!(out, "{value:12.3} {quantile:14.12} {total:10}")?;
        if quantile < 1.0 {
            write!(out, " {:14.2}", 1.0 / (1.0 - quantile))?;
        }
        writeln!(out)?; // the last row has no fourth column: it would be infinite
    }
    let max = if histogram.is_empty() { 0 } else { histogram.max() }; // undefined when empty
    let (mean, deviation) = (ms(histogram.mean()), ms(histogram.stdev()));
    writeln!(out, "#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]")?;
    writeln!(out, "#[Max     = {:12.3}, Total count    = {:12}]", ms(max as f64), histogram.len())?;
    writeln!(out, "#[Buckets = {:12}, SubBuckets     = {:12}]", histogram.buckets(), sub_buckets(histogram))
}

/// Steps that each power of two is divided into: the fewest that keep the digits.
fn sub_buckets(histogram: &Histogram<u64>) -> u32 {
    (2 * 10_u32.pow(u32::from(histogram.sigfig()))).next_power_of_two()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row as a plotter reads it: milliseconds, quantile, count.
    type Row = (f64, f64, u64);

    /// Reads the text as a plotter does: rows of columns, until the first `#`; then the total count.
    fn parse(text: &str) -> (Vec<Row>, u64) {
        assert!(text.is_ascii() && !text.contains("NaN") && !text.contains("inf"), "{text}");
        let mut lines = text.lines();
        let header: Vec<_> = lines.next().unwrap().split_whitespace().collect();
        assert_eq!(header, ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]);
        let (rows, footer): (Vec<_>, Vec<_>) =
            lines.filter(|line| !line.is_empty()).partition(|line| !line.starts_with('#'));
        let rows = rows.iter().map(|line| {
            let columns: Vec<_> = line.split_whitespace().collect();
            let quantile: f64 = columns[1].parse().unwrap();
            assert_eq!(columns.len(), if quantile < 1.0 { 4 } else { 3 }, "{line}");
            (columns[0].parse().unwrap(), quantile, columns[2].parse().unwrap())
        });
        let total = footer[1].split_once("Total count    = ").unwrap().1.trim_end_matches(']').trim();
        assert!(footer[0].starts_with("#[Mean    = ") && footer[2].starts_with("#[Buckets = "), "{text}");
        (rows.collect(), total.parse().unwrap())
    }

    fn written(values: impl IntoIterator<Item = u64>) -> (Vec<Row>, u64) {
        let mut histogram = Histogram::new_with_bounds(100, 3_600_000_000_000, 3).unwrap();
        values.into_iter().for_each(|value| histogram.record(value).unwrap());
        let mut text = String::new();
        write(&mut text, &histogram).unwrap();
        parse(&text)
    }

    #[test]
    fn rows_rise_to_the_whole_count() {
        let (rows, total) = written((1..=10_000).map(|n| n * 1_000));
        assert_eq!(total, 10_000);
        assert!(rows.len() > 20, "{rows:?}");
        for (earlier, later) in rows.iter().zip(&rows[1..]) {
            assert!(earlier.0 <= later.0 && earlier.1 < later.1 && earlier.2 <= later.2, "{rows:?}");
        }
        let median = rows.iter().find(|row| row.1 == 0.5).unwrap();
        assert!((median.0 - 5.0).abs() < 0.01, "milliseconds: {median:?}");
        let last = rows.last().unwrap();
        assert_eq!((last.1, last.2), (1.0, 10_000));
        assert!((last.0 - 10.0).abs() < 0.01, "{last:?}");
    }

    #[test]
    fn one_request_and_none_are_readable_too() {
        let (rows, total) = written([2_000_000]);
        assert_eq!((rows.last().unwrap().1, rows.last().unwrap().2, total), (1.0, 1, 1));
        assert_eq!(written([]), (vec![], 0));
    }

    #[test]
    fn three_digits_take_two_thousand_steps() {
        assert_eq!(sub_buckets(&Histogram::new_with_bounds(100, 1_000_000, 3).unwrap()), 2048);
    }
}
