//! A comparison as text for a person.

use std::fmt::Write;

use heapgym_shared::comparison::{Comparison, Delta, Difference};

/// The comparison as an aligned table under its verdict, for a terminal. `was_run` tells runs that this command made
/// from those that it read.
pub(super) fn text(comparison: &Comparison, was_run: bool) -> String {
    let mut text = format!("\n{}\n", comparison.sentence());
    let head = ["", &comparison.a, &comparison.b, "change", "noise", "verdict"].map(str::to_owned);
    let rows: Vec<[String; 6]> = [head].into_iter().chain(comparison.deltas.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [measure, a, b, change, noise] = [0, 1, 2, 3, 4].map(width);
    for [title, first, second, by, band, verdict] in &rows {
        let line =
            format!("{title:<measure$}  {first:>a$}  {second:>b$}  {by:>change$}  {band:>noise$}  {verdict}");
        // Writing to a String does not fail.
        let _ = write!(text, "\n{}", line.trim_end());
    }
    text.push('\n');
    let pairs = match comparison.pairs {
        0 => "No pair of runs counts.".to_owned(),
        1 if was_run => "One pair: the noise is assumed. To measure it, run more with --pairs.".to_owned(),
        1 => {
            "One pair: the noise is assumed. To measure it, run both sides again with --a and --b.".to_owned()
        }
        pairs => format!(
            "{pairs} pairs; both runs of a pair had the same arrivals, and the sides took turns in going first.\n\
             Noise: half the width of the 95 % interval of the change, widened because many measures are judged at \
             once, and kept within limits, which matter most for few pairs. A change that is not larger counts as \
             unchanged.\n\
             d: the change, in standard deviations of the changes of the pairs."
        ),
    };
    let _ = write!(text, "\n{pairs}");
    list(&mut text, "Runs that did not complete", comparison.endings.iter().cloned());
    list(&mut text, "Left out, not a result of either side", comparison.left_out.iter().cloned());
    list(&mut text, "The specifications differ", comparison.spec.iter().map(difference));
    list(
        &mut text,
        "The environments differ: what follows may come from that",
        comparison.environment.iter().map(difference),
    );
    text
}

/// What a line says of a measure, from left to right.
fn row(delta: &Delta) -> [String; 6] {
    let verdict = match (delta.verdict_words(), delta.effect_words()) {
        (verdict, effect) if verdict.is_empty() || effect.is_empty() => verdict,
        (verdict, effect) => format!("{verdict} (d {effect})"),
    };
    let [a, b] = delta.figures();
    [delta.title.clone(), a, b, delta.change_words(), delta.noise_band(), verdict]
}

fn difference(difference: &Difference) -> String {
    let side = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    format!("{}: {} | {}", difference.what, side(&difference.a), side(&difference.b))
}

fn list(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    for (place, line) in lines.enumerate() {
        let title = if place == 0 { format!("\n\n{title}:") } else { String::new() };
        let _ = write!(text, "{title}\n  {line}");
    }
}

#[cfg(test)]
mod tests {
    use heapgym_shared::comparison::Verdict;

    use super::*;

    fn comparison(pairs: u32) -> Comparison {
        Comparison {
            schema: 2,
            a: "logs naive".to_owned(),
            b: "logs pooled".to_owned(),
            pairs,
            waiting: 0,
            verdict: Verdict::Unchanged,
            reason: None,
            endings: Vec::new(),
            left_out: Vec::new(),
            deltas: Vec::new(),
            spec: Vec::new(),
            environment: Vec::new(),
        }
    }

    #[test]
    fn one_pair_names_a_way_to_measure_the_noise_that_is_not_refused() {
        let (read, run) = (text(&comparison(1), false), text(&comparison(1), true));
        assert!(
            read.contains("run both sides again with --a and --b.") && !read.contains("--pairs"),
            "{read}"
        );
        assert!(run.contains("run more with --pairs.") && !run.contains("--a"), "{run}");
        let more = text(&comparison(5), true);
        assert!(more.contains("\n5 pairs; ") && !more.contains("assumed"), "{more}");
    }
}
