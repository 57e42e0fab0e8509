//! A comparison as text for a person.

use std::fmt::Write;

use heapgym_shared::comparison::{Comparison, Delta, Difference, Verdict, percent};

/// The comparison as an aligned table under its verdict, for a terminal.
pub(super) fn text(comparison: &Comparison) -> String {
    let mut text = format!("\n{}\n", comparison.sentence());
    let wide =
        [&comparison.a, &comparison.b].map(|side| side.chars().count()).into_iter().fold(12, usize::max);
    // Writing to a String does not fail.
    let _ = writeln!(
        text,
        "\n{:<36} {:>wide$} {:>wide$}{:>11}{:>20}  verdict",
        "", comparison.a, comparison.b, "change", "noise"
    );
    for delta in &comparison.deltas {
        let _ = writeln!(text, "{}", row(delta, wide));
    }
    let pairs = match comparison.pairs {
        1 => "one pair, so that the noise is assumed; --pairs measures it".to_owned(),
        pairs => format!(
            "{pairs} alternating pairs with the same arrivals. Noise: half the width of the 95 % interval of the pairs' \
             changes, for all measures together, and at least what is worth a word"
        ),
    };
    let _ = write!(text, "\n{pairs}.");
    list(&mut text, "Runs that did not complete", comparison.endings.iter().cloned());
    list(&mut text, "The specifications differ", comparison.spec.iter().map(difference));
    list(
        &mut text,
        "The environments differ: what follows may come from that",
        comparison.environment.iter().map(difference),
    );
    text
}

fn row(delta: &Delta, wide: usize) -> String {
    let verdict = match delta.verdict {
        Verdict::Unchanged => String::new(),
        verdict if delta.effect.is_none() => verdict.word().to_owned(),
        verdict => format!("{} (d = {})", verdict.word(), delta.effect_words()),
    };
    format!(
        "{:<36} {:>wide$} {:>wide$}{:>11}{:>20}  {verdict}",
        delta.title,
        delta.unit.format(delta.a),
        delta.unit.format(delta.b),
        percent(delta.change),
        delta.noise_band(),
    )
    .trim_end()
    .to_owned()
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
