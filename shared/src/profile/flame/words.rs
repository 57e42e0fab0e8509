//! What a frame, a search and a difference say, in words: for tooltips, screen readers and the lines beside a graph.

use std::cmp::Ordering;

use super::{Amount, Flame, Found, Frame, TopRow, visible};
use crate::{profile::SampleType, unit::Unit};

/// Functions that a difference names.
const NAMED: usize = 3;
/// A part of the whole difference below which a function is not named.
const WORTH_NAMING: f64 = 0.02;

impl Flame {
    /// A frame in one line: `f, 12.3 MiB, 45 % of all`; in a difference what changed against the base of that name.
    pub fn words(&self, node: usize, base: &str) -> String {
        let total = self.nodes[node].total;
        let name = visible(self.name(node));
        if self.is_difference {
            return format!("{name}, {}", self.compared(total, base));
        }
        format!("{name}, {}, {} of all", self.figure(total.value), percent(self.share(total)))
    }

    /// What a frame allocated itself, and with all that it called.
    pub fn details(&self, node: usize, base: &str) -> String {
        let node = &self.nodes[node];
        let part = |amount: Amount| match self.is_difference {
            true => self.compared(amount, base),
            false => format!("{} ({})", self.figure(amount.value), percent(self.share(amount))),
        };
        format!("total {}; self {}", part(node.total), part(node.own))
    }

    /// What is folded into a frame, as a sentence with a blank before it; empty where nothing is.
    pub fn folded(frame: &Frame) -> String {
        match frame.node - frame.first {
            0 => String::new(),
            1 => " Called through 1 function that only passes on.".to_owned(),
            count => format!(" Called through {count} functions that only pass on."),
        }
    }

    /// What a search covers, in words; `None` where nothing was searched for.
    pub fn covered(&self, found: &Found) -> Option<String> {
        if found.nodes.is_empty() {
            return None;
        }
        let frames = match found.nodes.iter().filter(|is_found| **is_found).count() {
            0 => return Some("No name contains that.".to_owned()),
            1 => "1 frame".to_owned(),
            count => format!("{} frames", Unit::Count.format(count as f64)),
        };
        let (Amount { value, base }, whole) = (found.covered, self.total());
        let of_base = match self.is_difference {
            true => format!(", and {} of the base's", percent(part(base, whole.base))),
            false => String::new(),
        };
        let share = percent(part(value, whole.value));
        Some(format!("{frames}: {}, {share} of all{of_base}.", self.figure(value)))
    }

    /// What allocates most, or in a difference what became of the base and which functions made the difference:
    /// `pooled allocates 96 % less than naive.`
    pub fn verdict(&self, shown: &str, base: &str) -> String {
        match (self.is_difference, self.is_empty()) {
            (true, true) => "Neither profile has anything of this kind.".to_owned(),
            (true, false) => {
                format!("{}{}", self.compared_whole(&visible(shown), &visible(base)), self.what_changed())
            }
            (false, true) => "Nothing was sampled.".to_owned(),
            (false, false) => self.hottest(),
        }
    }

    fn hottest(&self) -> String {
        let whole = format!("{} in all.", self.figure(self.total().value));
        let Some(TopRow { name, flat, .. }) = self.top(1).pop() else { return whole };
        let (figure, share) = (self.figure(flat.value), percent(self.share(flat)));
        format!("{whole} Most of it in {}: {figure}, {share}.", visible(&name))
    }

    fn compared_whole(&self, shown: &str, base: &str) -> String {
        let Amount { value, base: before } = self.total();
        let (verb, what) = match self.sample_type {
            SampleType::InuseSpace => ("holds", ""),
            SampleType::InuseObjects => ("holds", " allocations"),
            SampleType::AllocSpace => ("allocates", ""),
            SampleType::AllocObjects => ("makes", " allocations"),
        };
        let many = if what.is_empty() { "much".to_owned() } else { format!("many{what}") };
        let share = part(self.total().changed(), before);
        if before == 0 {
            format!("{shown} {verb} {}{what}; in {base} nothing was sampled.", self.figure(value))
        } else if value == 0 {
            format!("In {shown} nothing was sampled; {base} {verb} {}{what}.", self.figure(before))
        } else if share < 0.005 {
            // It would read `0 % less`.
            format!("{shown} {verb} as {many} as {base}.")
        } else if part(value, before) > 2.0 {
            let times = Unit::Count.format((part(value, before) * 10.0).round() / 10.0);
            format!("{shown} {verb} {times} times as {many} as {base}.")
        } else {
            let word = match (value > before, what.is_empty()) {
                (true, _) => "more",
                (false, true) => "less",
                (false, false) => "fewer",
            };
            format!("{shown} {verb} {} {word}{what} than {base}.", percent(share))
        }
    }

    /// The functions that a difference is mostly made of.
    fn what_changed(&self) -> String {
        let rows = self.top(usize::MAX);
        let least = self.total().larger() as f64 * WORTH_NAMING;
        let named = |title: &str, way: Ordering| {
            let changed =
                rows.iter().filter(|row| row.flat.way() == way && row.flat.changed() as f64 > least);
            let name = |row: &TopRow| format!("{} {}", visible(&row.name), self.signed(row.flat));
            let names: Vec<_> = changed.take(NAMED).map(name).collect();
            if names.is_empty() { String::new() } else { format!(" {title}: {}.", names.join(", ")) }
        };
        format!("{}{}", named("What went away", Ordering::Less), named("What came", Ordering::Greater))
    }

    fn compared(&self, amount: Amount, base: &str) -> String {
        let way = amount.way();
        let word = if way.is_gt() { "more" } else { "less" };
        let Amount { value, base: before } = amount;
        let (figure, by) = (self.figure(value), self.figure(amount.changed()));
        match (value, before) {
            (0, 0) => "nothing".to_owned(),
            (_, 0) => format!("{figure}, nothing in {base}"),
            (0, _) => format!("nothing, {} in {base}", self.figure(before)),
            _ if way.is_eq() => format!("{figure}, as in {base}"),
            _ => format!("{figure}, {by} or {} {word} than {base}", percent(part(amount.changed(), before))),
        }
    }

    /// A value with its unit.
    pub fn figure(&self, value: u64) -> String {
        self.sample_type.unit().format(value as f64)
    }

    /// A change with its sign and unit.
    pub fn signed(&self, amount: Amount) -> String {
        let sign = match amount.way() {
            Ordering::Less => "\u{2212}",
            Ordering::Equal => "",
            Ordering::Greater => "+",
        };
        format!("{sign}{}", self.figure(amount.changed()))
    }
}

/// What a profile and the one that it is compared with are called, of the variant and the instant of each: their
/// variants, with the instants where those are the same. Empty where there is no base.
pub fn names(shown: (String, String), base: Option<(String, String)>) -> [String; 2] {
    let Some(base) = base else { return [shown.0, String::new()] };
    match shown.0 == base.0 {
        true => [shown, base].map(|(variant, at)| format!("{variant} at {at}")),
        false => [shown.0, base.0],
    }
}

/// A share from 0 to 1, in hundredths.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0 %".to_owned(),
        // More digits than that are not in a sampled profile.
        small if small < 0.05 => "below 0.1 %".to_owned(),
        nearly if (99.95..100.0).contains(&nearly) => "over 99.9 %".to_owned(),
        percent => Unit::Percent.format((percent * 10.0).round() / 10.0),
    }
}

/// A part of a whole, from 0 to 1; 0 of nothing.
pub(super) fn part(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
