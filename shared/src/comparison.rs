//! What two sides of a comparison differ in, and whether that is more than noise.

use serde::{Deserialize, Serialize};

use crate::{field::Number, unit::Unit};

/// Most pairs of one comparison.
pub const MOST_PAIRS: u32 = 20;
/// Pairs where nobody says how many.
pub const PAIRS: u32 = 5;

/// The least share of the larger success that the smaller one must be for both sides to count as alike: 0.99 means that
/// of each 100 requests that complete on one side, at least 99 complete on the other.
pub const SIMILAR_SUCCESS: f64 = 0.99;

/// The measure of the requests that did not complete.
pub const UNANSWERED_SHARE: &str = "unanswered_share";

/// How many pairs a comparison has.
pub const PAIRS_FIELD: Number = Number {
    name: "pairs",
    title: "Pairs",
    unit: Unit::Count,
    min: 1.0,
    max: MOST_PAIRS as f64,
    default: Some(PAIRS as f64),
    whole: true,
    help: "Pairs of runs, one of each side; at least 3 to tell a small change from noise.",
};

/// The comparison of side `b` with side `a`; `heapgym compare --json` writes exactly this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Version of this shape.
    pub schema: u32,
    /// What `a` is, in a few words.
    pub a: String,
    /// What `b` is.
    pub b: String,
    /// Pairs of runs that count.
    pub pairs: u32,
    /// Pairs whose runs have not both ended; none of a comparison that is over.
    pub waiting: u32,
    /// What it comes to: `improved` or `regressed` when all measures that changed did so, `mixed` when they did not
    /// agree, `cannot_tell` without data.
    pub verdict: Verdict,
    /// Why it cannot tell; `None` for any other verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How the runs ended that count and did not complete; empty when all did.
    pub endings: Vec<String>,
    /// The runs that do not count, because heapgym itself failed or somebody stopped them, and how they ended. The
    /// other run of such a pair does not count either.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// The measures, in their order.
    pub deltas: Vec<Delta>,
    /// Where the sides' specifications differ.
    pub spec: Vec<Difference>,
    /// Where the machines or programs differ that they ran on.
    pub environment: Vec<Difference>,
}

/// What became of one measure, or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Better by more than the noise.
    Improved,
    /// Worse by more than the noise.
    Regressed,
    /// The difference is within the noise.
    Unchanged,
    /// Some measures are better and some are worse.
    Mixed,
    /// There is no data to tell by.
    CannotTell,
}

impl Verdict {
    /// Its word, as it is written in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Improved => "improved",
            Self::Regressed => "regressed",
            Self::Unchanged => "unchanged",
            Self::Mixed => "mixed",
            Self::CannotTell => "cannot_tell",
        }
    }

    /// What several verdicts come to. Those that cannot tell say nothing; when there are no others, neither does the
    /// whole.
    pub fn of(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let (mut better, mut worse, mut told) = (false, false, false);
        for verdict in verdicts {
            told |= verdict != Self::CannotTell;
            better |= matches!(verdict, Self::Improved | Self::Mixed);
            worse |= matches!(verdict, Self::Regressed | Self::Mixed);
        }
        match (better, worse) {
            (true, true) => Self::Mixed,
            (true, false) => Self::Improved,
            (false, true) => Self::Regressed,
            (false, false) if told => Self::Unchanged,
            (false, false) => Self::CannotTell,
        }
    }
}

/// How one measure differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// The measure, such as `response_time_p99`.
    pub measure: String,
    /// What a person calls it.
    pub title: String,
    /// What its figures are counted in.
    pub unit: Unit,
    /// The median of side `a`'s figures; `None` where it has none.
    pub a: Option<f64>,
    /// The median of side `b`'s.
    pub b: Option<f64>,
    /// The typical change within a pair: 0.1 is a tenth more, -0.5 is half. `None` when the verdict cannot tell. Where
    /// `a` is 0 it is relative to the measure's smallest figure of interest instead.
    pub change: Option<f64>,
    /// How large a change may be that says nothing: 0.25 means from a fifth less to a quarter more. It is the half
    /// width of the interval of the pairs' changes, within bounds: at least what is worth a word, and for a few pairs
    /// what single runs were seen to differ by. `None` when the verdict cannot tell.
    pub noise: Option<f64>,
    /// The same in `unit`: how far `b` may be below and above `a`. `None` when the verdict cannot tell, and in
    /// comparisons that an earlier heapgym wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_in_unit: Option<[f64; 2]>,
    /// Whether the noise was measured; with one pair it is assumed.
    pub noise_measured: bool,
    /// The change in standard deviations of the pairs' changes (Cohen's d); `None` where they do not differ.
    pub effect: Option<f64>,
    /// What this comes to.
    pub verdict: Verdict,
    /// Why it cannot tell; `None` for any other verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Something that is one thing on side `a` and another on side `b`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What it is, as a path such as `load.profile.rate`.
    pub what: String,
    /// What it is on side `a`; empty where it is not there.
    pub a: String,
    /// What it is on side `b`.
    pub b: String,
}

impl Comparison {
    /// The verdict in a sentence.
    pub fn sentence(&self) -> String {
        let Self { a, b, .. } = self;
        let named = |wanted: Verdict| {
            let titles = self.deltas.iter().filter(|delta| delta.verdict == wanted).map(Delta::words);
            titles.collect::<Vec<_>>().join(", ")
        };
        let (better, worse) = (named(Verdict::Improved), named(Verdict::Regressed));
        // Where no measure speaks for a verdict, how the runs ended does.
        let because = |measures: String, runs: &str, than: &str| match measures.is_empty() {
            true => format!("{runs} runs of {b} completed than of {a}"),
            false => format!("{b} is {than} than {a} in {measures}"),
        };
        let (improved, regressed) = (because(better, "more", "better"), because(worse, "fewer", "worse"));
        let verdict = match self.verdict {
            Verdict::Unchanged => {
                format!("Unchanged: no measure of {b} differs from {a} by more than the noise.")
            }
            Verdict::Improved => format!("Improved: {improved}."),
            Verdict::Regressed => format!("Regressed: {regressed}."),
            Verdict::Mixed => format!("Mixed: {improved}, but {regressed}."),
            Verdict::CannotTell => {
                format!("Cannot tell: {}.", self.reason.as_deref().unwrap_or("there is no data"))
            }
        };
        verdict + &self.failing_note().unwrap_or_default()
    }

    /// Which share of the requests failed on both sides, where any did and the verdict does not name it.
    fn failing_note(&self) -> Option<String> {
        let delta = self.deltas.iter().find(|delta| delta.measure == UNANSWERED_SHARE)?;
        let (a, b) = (delta.a.unwrap_or(0.0), delta.b.unwrap_or(0.0));
        let silent = matches!(delta.verdict, Verdict::Unchanged | Verdict::CannotTell);
        let share = |percent: f64| delta.unit.format(percent);
        (silent && a.max(b) > 0.0)
            .then(|| format!(" Requests failed or dropped: {} of A, {} of B.", share(a), share(b)))
    }
}

impl Delta {
    /// The changes that say nothing, from least to most: twice as much is as far as half as much. Those of a share are
    /// in points, and where `a` is zero they are figures of `b`.
    pub fn noise_band(&self) -> String {
        match (self.noise, self.noise_in_unit) {
            (None, _) => none(),
            (_, Some([below, above])) if self.unit == Unit::Percent => {
                format!("{} to {} points", signed(-below), signed(above))
            }
            (_, Some([_, above])) if self.a == Some(0.0) => {
                format!("{} to {}", self.unit.format(0.0), self.unit.format(above))
            }
            (Some(noise), _) => format!("{} to {}", percent(-noise / (1.0 + noise)), percent(noise)),
        }
    }

    /// Both figures with their unit; `-` where a side has none.
    pub fn figures(&self) -> [String; 2] {
        [self.a, self.b].map(|figure| self.unit.format(figure.unwrap_or(f64::NAN)))
    }

    /// The change with its sign; `-` where the verdict cannot tell. That of a share is in points: from 0 % to 50 % is
    /// `+50 points`. Where one side is zero there is no percentage, and it is `0/s to 30/s`.
    pub fn change_words(&self) -> String {
        match (self.change, self.a, self.b) {
            (Some(_), Some(a), Some(b)) if self.unit == Unit::Percent => {
                format!("{} points", signed(b - a))
            }
            (Some(_), Some(a), Some(b)) if (a == 0.0) != (b == 0.0) => self.figures().join(" to "),
            (Some(_), Some(a), Some(b)) if a == 0.0 && b == 0.0 => percent(0.0),
            (Some(change), ..) => percent(change),
            (None, ..) => none(),
        }
    }

    /// The verdict in words: empty where nothing changed, and why it cannot tell.
    pub fn verdict_words(&self) -> String {
        match (self.verdict, &self.reason) {
            (Verdict::Unchanged, _) => String::new(),
            (Verdict::CannotTell, Some(reason)) => format!("cannot tell: {reason}"),
            (Verdict::CannotTell, None) => "cannot tell".to_owned(),
            (verdict, _) => verdict.word().to_owned(),
        }
    }

    /// The effect with its sign; empty where there is none. Beyond 99 its size says nothing more.
    pub fn effect_words(&self) -> String {
        match self.effect {
            None => String::new(),
            Some(effect) if effect > 99.0 => "> 99".to_owned(),
            Some(effect) if effect < -99.0 => "< -99".to_owned(),
            Some(effect) => crate::number::fixed(effect, 1),
        }
    }

    /// The measure and its change: `p99 response time (-42 %)`.
    pub fn words(&self) -> String {
        let title = match self.title.split_at_checked(1) {
            // An abbreviation, such as RSS, stays as it is.
            Some((first, rest)) if !rest.starts_with(char::is_uppercase) => first.to_lowercase() + rest,
            _ => self.title.clone(),
        };
        let [a, b] = self.figures();
        match self.unit {
            Unit::Percent => format!("{title} ({a} to {b})"),
            _ => format!("{title} ({})", self.change_words()),
        }
    }
}

fn none() -> String {
    "-".to_owned()
}

/// A number with its sign: `+50`, `-0.4`, `0`.
fn signed(number: f64) -> String {
    let sign = match number {
        number if number > 0.0 => "+",
        number if number < 0.0 => "-",
        _ => "",
    };
    format!("{sign}{}", Unit::Count.format(number.abs()))
}

/// A share with its sign, in hundredths: `+12 %`, `-0.4 %`, `x 25`.
pub fn percent(change: f64) -> String {
    if change >= 9.995 {
        return format!("x {}", crate::number::fixed(1.0 + change, 0));
    }
    let sign = if change < 0.0 { "-" } else { "+" };
    let hundredths = (change * 100.0).abs();
    // What is not quite all must not be rounded to all.
    let decimals = if hundredths < 9.95 || (99.0..100.0).contains(&hundredths) { 1 } else { 0 };
    format!("{sign}{} %", crate::number::fixed(hundredths, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_verdicts_come_to_one() {
        use Verdict::{CannotTell, Improved, Mixed, Regressed, Unchanged};
        assert_eq!(Verdict::of([]), CannotTell, "without data there is no verdict");
        assert_eq!(Verdict::of([CannotTell, CannotTell]), CannotTell);
        assert_eq!(Verdict::of([CannotTell, Unchanged]), Unchanged);
        assert_eq!(Verdict::of([Regressed, CannotTell]), Regressed);
        assert_eq!(Verdict::of([Unchanged, Improved]), Improved);
        assert_eq!(Verdict::of([Regressed, Unchanged]), Regressed);
        assert_eq!(Verdict::of([Regressed, Improved]), Mixed);
    }

    fn delta(unit: Unit, a: f64, b: f64) -> Delta {
        Delta {
            measure: String::new(),
            title: "Figure".to_owned(),
            unit,
            a: Some(a),
            b: Some(b),
            change: Some(30.0),
            noise: Some(0.25),
            noise_in_unit: Some([2.0, 2.5]),
            noise_measured: true,
            effect: None,
            verdict: Verdict::Unchanged,
            reason: None,
        }
    }

    #[test]
    fn a_share_and_its_noise_are_in_points() {
        let share = delta(Unit::Percent, 10.0, 12.0);
        assert_eq!([share.change_words(), share.noise_band()], ["+2 points", "-2 to +2.5 points"]);
        let share = Delta { noise_in_unit: Some([0.0, 0.05]), ..delta(Unit::Percent, 0.0, 0.0) };
        assert_eq!([share.change_words(), share.noise_band()], ["0 points", "0 to +0.05 points"]);
    }

    #[test]
    fn a_change_from_or_to_zero_has_no_factor() {
        let from = delta(Unit::PerSecond, 0.0, 30.0);
        assert_eq!([from.change_words(), from.noise_band()], ["0/s to 30/s", "0/s to 2.5/s"]);
        assert_eq!(from.words(), "figure (0/s to 30/s)");
        assert_eq!(delta(Unit::PerSecond, 30.0, 0.0).change_words(), "30/s to 0/s");
        assert_eq!(delta(Unit::Bytes, 0.0, 0.0).change_words(), "+0.0 %");
        assert_eq!(delta(Unit::PerSecond, 1.0, 31.0).words(), "figure (x 31)");
    }

    #[test]
    fn a_comparison_of_an_earlier_version_has_its_noise_in_percent() {
        let earlier = Delta { noise_in_unit: None, ..delta(Unit::Percent, 10.0, 12.0) };
        let written = serde_json::to_string(&earlier).unwrap();
        assert!(!written.contains("noise_in_unit"), "{written}");
        assert_eq!(serde_json::from_str::<Delta>(&written).unwrap().noise_band(), "-20 % to +25 %");
        let now = delta(Unit::Percent, 10.0, 12.0);
        let read: Delta = serde_json::from_str(&serde_json::to_string(&now).unwrap()).unwrap();
        assert_eq!(read, now);
    }

    #[test]
    fn noise_is_a_band_around_no_change() {
        let delta = |noise, effect| Delta {
            noise: Some(noise),
            noise_in_unit: None,
            effect,
            ..delta(Unit::Count, 1.0, 1.0)
        };
        assert_eq!(delta(0.25, None).noise_band(), "-20 % to +25 %");
        assert_eq!(delta(1.0, None).noise_band(), "-50 % to +100 %");
        let words = |effect| delta(0.1, effect).effect_words();
        assert_eq!(
            [words(None), words(Some(-1.26)), words(Some(-7e4)), words(Some(100.0))],
            ["", "-1.3", "< -99", "> 99"]
        );
    }

    #[test]
    fn a_change_is_read_with_its_sign() {
        for (change, text) in [
            (0.0, "+0.0 %"),
            (0.123, "+12 %"),
            (-0.004, "-0.4 %"),
            (-0.999, "-99.9 %"),
            (24.0, "x 25"),
            (1.5, "+150 %"),
        ] {
            assert_eq!(percent(change), text);
        }
    }
}
