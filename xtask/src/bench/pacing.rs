//! `cargo xtask bench pacing`: how near a steady rate comes to what was asked for.

mod pacer;

use anyhow::Result;

use self::pacer::{Kept, Pacer};
use super::{
    environment,
    generator::Generator,
    rig::Rig,
    table::{known, markdown},
    whole_seconds,
};
use crate::say;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Requests per second
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// How long, in whole seconds, such as 20s
    #[arg(long, default_value = "20s", value_parser = whole_seconds)]
    duration: u64,
}

/// The percentiles of lateness that have a column.
const PERCENTILES: [&str; 5] = ["p50", "p90", "p99", "p999", "max"];

pub(super) fn run(args: &Args) -> Result<()> {
    let rig = Rig::set_up()?;
    let asked = u64::from(args.rate) * args.duration;
    let (pacers, skipped) = Pacer::installed(&rig.heapgym);
    let mut rows = Vec::new();
    for pacer in &pacers {
        say::remark(&format!("{}/s for {} s by {}", args.rate, args.duration, pacer.name()));
        let ran = rig.run(&pacer.command(rig.url(), args.rate, args.duration))?;
        rows.push(row(pacer.name(), asked, &pacer.kept(&ran.generator.stdout)?));
    }

    say::result(&format!("{}/s for {} s: {asked} requests asked for.\n", args.rate, args.duration));
    let [p50, p90, p99, p999, max] = PERCENTILES;
    let head = ["generator", "offered", "off by", "late", p50, p90, p99, p999, max, "response p99"];
    say::result(&format!("{}\n", markdown(head, &rows)));
    say::result("p50 to max: from the intended instant to the sending.\n");
    say::result(&environment::describe(&rig, &[Generator::Heapgym(rig.heapgym.clone())])?);
    for sentence in skipped {
        say::result(&format!("- {sentence}"));
    }
    Ok(())
}

fn row(name: &str, asked: u64, kept: &Kept) -> [String; 10] {
    let off = 100.0 * (kept.offered as f64 - asked as f64) / asked as f64;
    let lateness = |percentile| known(kept.lateness.get(percentile).map(|&ns| milliseconds(ns)));
    let [p50, p90, p99, p999, max] = PERCENTILES.map(lateness);
    let (offered, late) = (kept.offered.to_string(), known(kept.late.map(|late| late.to_string())));
    let response = known(kept.response_p99.clone());
    [name.to_owned(), offered, format!("{off:+.3} %"), late, p50, p90, p99, p999, max, response]
}

/// Nanoseconds as they are shown.
fn milliseconds(ns: f64) -> String {
    format!("{:.3} ms", ns / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_says_what_is_told_and_what_is_not() {
        let lateness = [("p50".to_owned(), 2_500.0), ("p99".to_owned(), 812_000.0)].into();
        let kept = Kept { offered: 199_900, late: Some(12), lateness, response_p99: None };
        let row = row("heapgym", 200_000, &kept);
        assert_eq!(row[..5], ["heapgym", "199900", "-0.050 %", "12", "0.003 ms"]);
        assert_eq!(row[5..], ["not told", "0.812 ms", "not told", "not told", "not told"]);
    }
}
