//! What frames are filled with: a run's own colour, or in a difference warm for more and cool for less. Colours are as
//! CSS writes them: `#D55E00`.

use std::cmp::Ordering;

use plotters::style::RGBColor;

use super::{Flame, words::part};
use crate::chart::{Theme, palette, stroke};

/// A part of a frame's width below which a difference is none to see.
const SMALL: f64 = 0.01;
/// The variants that have the colours of more and of less: the warm and the cool family of the palette.
const MORE: &str = "naive";
const LESS: &str = "pooled";
/// How much of a colour there is on the background: one tone for each crate, so that neighbours differ.
const TONES: [f64; 4] = [0.22, 0.30, 0.38, 0.46];
/// The same for differences: up to a third of the frame's width, up to two, and more.
const STEPS: [f64; 3] = [0.2, 0.38, 0.56];
/// The same for what says nothing.
const NEUTRAL: f64 = 0.16;

/// Which way a frame changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It has more than the base.
    More,
    /// It has less than the base.
    Less,
    /// It has as much, or nearly.
    Same,
}

impl Change {
    /// The sign before a frame's name, so that nothing rests on colour alone.
    pub fn sign(self) -> &'static str {
        match self {
            Self::More => "+ ",
            Self::Less => "\u{2212} ",
            Self::Same => "",
        }
    }
}

/// The colour of text on frames: the page's own.
pub fn text_color(theme: Theme) -> &'static str {
    match theme {
        Theme::Light => "#1F2328",
        Theme::Dark => "#E6EDF3",
    }
}

/// The fill of an unchanged frame.
pub fn neutral(theme: Theme) -> String {
    mixed(palette::ink(theme).text, NEUTRAL, theme)
}

/// The fill of a difference that takes the whole frame.
pub fn of_change(change: Change, theme: Theme) -> String {
    of_step(change, STEPS.len() - 1, theme)
}

fn of_step(change: Change, step: usize, theme: Theme) -> String {
    match change {
        Change::More => mixed(stroke(theme, MORE, 0).color, STEPS[step], theme),
        Change::Less => mixed(stroke(theme, LESS, 0).color, STEPS[step], theme),
        Change::Same => neutral(theme),
    }
}

/// So much of a colour on the theme's background.
fn mixed(color: RGBColor, amount: f64, theme: Theme) -> String {
    let RGBColor(red, green, blue) = color;
    let RGBColor(r, g, b) = palette::ink(theme).background;
    let mix =
        |over: u8, under: u8| (f64::from(over) * amount + f64::from(under) * (1.0 - amount)).round() as u8;
    palette::css(RGBColor(mix(red, r), mix(green, g), mix(blue, b)))
}

impl Flame {
    /// Which way a frame changed; the same where it changed by less than a hundredth of its width.
    pub fn change(&self, node: usize) -> Change {
        match self.nodes[node].total.way() {
            _ if self.changed_part(node) <= SMALL => Change::Same,
            Ordering::Greater => Change::More,
            Ordering::Less | Ordering::Equal => Change::Less,
        }
    }

    /// What a frame is filled with, in the colours of the variant that was run.
    pub fn fill(&self, node: usize, theme: Theme, variant: &str) -> String {
        if self.is_difference {
            let step = (self.changed_part(node) * STEPS.len() as f64) as usize;
            return of_step(self.change(node), step.min(STEPS.len() - 1), theme);
        }
        if node == 0 {
            return neutral(theme);
        }
        let of_crate = crate_of(self.name(node)).bytes();
        let tone = of_crate.fold(0, |sum, byte| (sum * 31 + usize::from(byte)) % 8191) % TONES.len();
        mixed(stroke(theme, variant, 0).color, TONES[tone], theme)
    }

    /// The part of its width by which a frame changed.
    fn changed_part(&self, node: usize) -> f64 {
        let node = &self.nodes[node];
        part(node.total.changed(), node.width)
    }
}

/// The crate of a function by its name, or of the type that it is a method of.
fn crate_of(name: &str) -> &str {
    let name = name.trim_start_matches(['<', '&', '*', '[', '(']);
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
    &name[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::palette::tests::contrast;

    fn rgb(css: &str) -> RGBColor {
        let part = |at: usize| u8::from_str_radix(&css[at..at + 2], 16).unwrap();
        RGBColor(part(1), part(3), part(5))
    }

    #[test]
    fn text_can_be_read_on_every_fill() {
        for theme in [Theme::Light, Theme::Dark] {
            let mut fills = vec![neutral(theme)];
            for variant in ["naive", "pooled", "streamed", "supervised", "arena", "value_tree"] {
                let color = stroke(theme, variant, 0).color;
                fills.extend(TONES.map(|part| mixed(color, part, theme)));
            }
            for change in [Change::More, Change::Less] {
                fills.extend((0..STEPS.len()).map(|step| of_step(change, step, theme)));
            }
            for fill in fills {
                let found = contrast(rgb(text_color(theme)), rgb(&fill));
                assert!(found >= 4.5, "{fill} in {theme:?}: {found:.2}");
            }
        }
    }

    #[test]
    fn more_less_and_the_same_look_different() {
        for theme in [Theme::Light, Theme::Dark] {
            let fills = [Change::More, Change::Less, Change::Same].map(|change| of_change(change, theme));
            assert!(fills[0] != fills[1] && fills[1] != fills[2] && fills[0] != fills[2]);
        }
    }

    #[test]
    fn functions_of_one_crate_have_one_tone() {
        assert_eq!(crate_of("serde_json::ser::to_vec"), crate_of("<serde_json::Value as fmt::Display>::fmt"));
        assert_eq!(crate_of("malloc"), "malloc");
        assert_eq!(crate_of(""), "");
    }
}
