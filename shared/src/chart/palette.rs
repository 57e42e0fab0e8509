//! Colours and strokes: a variant keeps its colour family and its dash in every chart.

use plotters::style::RGBColor;
use serde::Deserialize;

/// The two looks of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Light on near black.
    Dark,
}

impl Theme {
    /// Its word in addresses of pictures.
    pub fn id(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub color: RGBColor,
    /// Lengths on and off in turn, in CSS pixels; empty for a solid line.
    pub dash: &'static [u32],
    /// Its width, in CSS pixels.
    pub width: f64,
}

impl Stroke {
    /// The colour as CSS writes it: `#D55E00`.
    pub fn css_color(&self) -> String {
        css(self.color)
    }

    /// The dash as the value of `stroke-dasharray`; `none` for a solid line.
    pub fn css_dash(&self) -> String {
        if self.dash.is_empty() {
            return "none".to_owned();
        }
        self.dash.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
    }
}

/// The stroke of a chart's series in the lines of a variant.
///
/// Colour and dash belong to the variant; its series differ in lightness, and in width or dash, so that
/// nothing rests on colour alone.
pub fn stroke(theme: Theme, variant: &str, series: usize) -> Stroke {
    let family = &FAMILIES[family_of(variant)];
    let series = series % SERIES;
    let [red, green, blue] = match theme {
        Theme::Light => family.light[series],
        Theme::Dark => family.dark[series],
    };
    let width = if series == 0 { 2.0 } else { 1.0 };
    Stroke { color: RGBColor(red, green, blue), dash: family.dashes[series], width }
}

/// Series that a family tells apart.
const SERIES: usize = 4;

/// What a variant's lines have in common.
struct Family {
    /// Colours on white, by series.
    light: [[u8; 3]; SERIES],
    /// Colours on near black, by series.
    dark: [[u8; 3]; SERIES],
    /// Dashes, by series.
    dashes: [&'static [u32]; SERIES],
}

/// Hues of Okabe and Ito, which most kinds of colour vision tell apart, in the lightness that each theme takes.
/// The first two are for `naive` and `pooled` and what is like them.
const FAMILIES: [Family; 6] = [
    Family {
        light: [[0xD5, 0x5E, 0x00], [0x7A, 0x33, 0x00], [0xB3, 0x77, 0x00], [0x9C, 0x3A, 0x1E]],
        dark: [[0xE6, 0x9F, 0x00], [0xFF, 0xD9, 0x9A], [0xEE, 0x7A, 0x30], [0xFF, 0xB8, 0x8C]],
        dashes: [&[], &[], &[3, 3], &[1, 3]],
    },
    Family {
        light: [[0x00, 0x72, 0xB2], [0x00, 0x3F, 0x66], [0x2F, 0x86, 0xBD], [0x2B, 0x4F, 0x9E]],
        dark: [[0x56, 0xB4, 0xE9], [0xC2, 0xE4, 0xF7], [0x3E, 0x96, 0xD6], [0x8F, 0xB8, 0xFF]],
        dashes: [&[8, 4], &[8, 4], &[8, 3, 2, 3], &[8, 2, 1, 2, 1, 2]],
    },
    Family {
        light: [[0x00, 0x7A, 0x59], [0x00, 0x47, 0x34], [0x00, 0x9E, 0x73], [0x2E, 0x6B, 0x1F]],
        dark: [[0x00, 0x9E, 0x73], [0xA6, 0xE3, 0xCE], [0x3F, 0xC4, 0x9C], [0x9A, 0xC8, 0x7A]],
        dashes: [&[4, 2], &[4, 2], &[4, 2, 1, 2], &[4, 2, 1, 2, 1, 2]],
    },
    Family {
        light: [[0xA8, 0x49, 0x7F], [0x5E, 0x20, 0x44], [0xC2, 0x6C, 0x9B], [0x7A, 0x3A, 0x9E]],
        dark: [[0xCC, 0x79, 0xA7], [0xF2, 0xCF, 0xE2], [0xB0, 0x5A, 0x8A], [0xC0, 0x9A, 0xE8]],
        dashes: [&[12, 3], &[12, 3], &[12, 3, 4, 3], &[12, 3, 1, 2, 1, 3]],
    },
    Family {
        light: [[0x52, 0x47, 0x00], [0x96, 0x84, 0x10], [0x7A, 0x6A, 0x00], [0x6B, 0x5A, 0x2B]],
        dark: [[0xD9, 0xC8, 0x3C], [0xF8, 0xF3, 0xC8], [0xB8, 0xA6, 0x20], [0xC8, 0xC2, 0x7A]],
        dashes: [&[2, 2], &[2, 2], &[2, 2, 6, 2], &[2, 2, 2, 6]],
    },
    Family {
        light: [[0x40, 0x40, 0x40], [0x7D, 0x7D, 0x7D], [0x5A, 0x5A, 0x5A], [0x6B, 0x6B, 0x75]],
        dark: [[0xB0, 0xB0, 0xB0], [0xEC, 0xEC, 0xEC], [0x8C, 0x8C, 0x8C], [0xA8, 0xA8, 0xB8]],
        dashes: [&[6, 2, 2, 2], &[6, 2, 2, 2], &[6, 2, 1, 2], &[6, 2, 1, 2, 1, 2]],
    },
];

/// The family of a variant. One that is not named here gets one by its name, so that it keeps it everywhere.
fn family_of(variant: &str) -> usize {
    match variant {
        "naive" | "unbounded" => 0,
        "pooled" | "bounded" => 1,
        "streamed" | "write_into" | "ttl" | "size_classed" | "timeout_only" => 2,
        "supervised" => 3,
        "arena" => 4,
        "value_tree" => 5,
        other => {
            let sum: usize = other.bytes().map(usize::from).sum();
            2 + sum % (FAMILIES.len() - 2)
        }
    }
}

/// What a drawing has besides its lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ink {
    /// Behind everything.
    pub(crate) background: RGBColor,
    /// Labels, legend, and lines of events.
    pub(crate) text: RGBColor,
    /// Lines at the ticks of the value axis.
    pub(super) grid: RGBColor,
    /// Lines where phases begin.
    pub(super) phase: RGBColor,
    /// The time axis.
    pub(super) axis: RGBColor,
}

/// The theme's colours of what is not a line.
pub(crate) fn ink(theme: Theme) -> Ink {
    match theme {
        Theme::Light => Ink {
            background: RGBColor(0xFF, 0xFF, 0xFF),
            text: RGBColor(0x57, 0x60, 0x6A),
            grid: RGBColor(0xEA, 0xEE, 0xF2),
            phase: RGBColor(0xC4, 0xCC, 0xD4),
            axis: RGBColor(0x8C, 0x95, 0x9F),
        },
        Theme::Dark => Ink {
            background: RGBColor(0x0D, 0x11, 0x17),
            text: RGBColor(0x9A, 0xA4, 0xAE),
            grid: RGBColor(0x1F, 0x25, 0x2C),
            phase: RGBColor(0x3D, 0x44, 0x4D),
            axis: RGBColor(0x65, 0x6C, 0x76),
        },
    }
}

/// The colour behind the lines, as CSS writes it.
pub fn css_background(theme: Theme) -> String {
    css(ink(theme).background)
}

/// A colour as CSS writes it.
pub(crate) fn css(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

#[cfg(test)]
mod vision;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(super) const THEMES: [Theme; 2] = [Theme::Light, Theme::Dark];
    /// One of each family.
    const VARIANTS: [&str; 6] = ["naive", "pooled", "streamed", "supervised", "arena", "value_tree"];

    #[test]
    fn variants_are_told_apart_by_every_kind_of_colour_vision() {
        for theme in THEMES {
            for vision in vision::ALL {
                for (at, one) in VARIANTS.iter().enumerate() {
                    for other in &VARIANTS[at + 1..] {
                        let [seen, beside] =
                            [one, other].map(|variant| vision.lab(stroke(theme, variant, 0).color));
                        let apart = vision::difference(seen, beside);
                        assert!(
                            apart >= 10.0,
                            "{one} and {other} in {theme:?} with {}: {apart:.1}",
                            vision.name
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn variants_of_a_workload_are_told_apart() {
        for info in crate::workload::WORKLOADS {
            let families: std::collections::HashSet<_> =
                info.variants.iter().map(|variant| family_of(variant.id)).collect();
            assert_eq!(families.len(), info.variants.len(), "{}", info.id);
        }
        assert!((2..FAMILIES.len()).contains(&family_of("of tomorrow")));
    }

    /// The contrast ratio of WCAG 2.2, from 1 to 21.
    pub(crate) fn contrast(one: RGBColor, other: RGBColor) -> f64 {
        let luminance = |RGBColor(red, green, blue): RGBColor| {
            let linear = |part: u8| match f64::from(part) / 255.0 {
                part if part <= 0.04045 => part / 12.92,
                part => ((part + 0.055) / 1.055).powf(2.4),
            };
            0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        let white = RGBColor(255, 255, 255);
        assert!((contrast(white, RGBColor(0, 0, 0)) - 21.0).abs() < 1e-9);
        assert!((contrast(white, RGBColor(0x56, 0xB4, 0xE9)) - 2.31).abs() < 0.01);
    }

    #[test]
    fn lines_and_text_stand_out_from_the_background() {
        for theme in THEMES {
            let ink = ink(theme);
            assert!(contrast(ink.text, ink.background) >= 4.5, "text in {theme:?}");
            for variant in VARIANTS {
                for series in 0..SERIES {
                    let found = contrast(stroke(theme, variant, series).color, ink.background);
                    assert!(found >= 3.0, "{variant} {series} in {theme:?}: {found:.2}");
                }
            }
        }
    }

    #[test]
    fn variants_differ_in_dash_and_family() {
        assert!(
            (0..FAMILIES.len()).all(|family| VARIANTS.iter().any(|variant| family_of(variant) == family))
        );
        for theme in THEMES {
            for (at, one) in VARIANTS.iter().enumerate() {
                for other in &VARIANTS[at + 1..] {
                    for series in 0..SERIES {
                        let (one, other) = (stroke(theme, one, series), stroke(theme, other, series));
                        assert_ne!(one.dash, other.dash);
                        assert_ne!(one.color, other.color);
                    }
                }
            }
        }
    }

    #[test]
    fn series_differ_in_more_than_hue() {
        for theme in THEMES {
            for variant in VARIANTS {
                let [first, second, third, fourth] =
                    [0, 1, 2, 3].map(|series| stroke(theme, variant, series));
                assert!(first.width > second.width, "the first is the widest");
                assert!(
                    contrast(first.color, second.color) >= 1.4,
                    "and differs in lightness: {variant} {theme:?}"
                );
                assert_ne!(first.dash, third.dash);
                assert_ne!(second.dash, third.dash);
                assert!([first, second, third].iter().all(|other| other.dash != fourth.dash));
            }
        }
    }

    #[test]
    fn a_stroke_speaks_css() {
        let naive = stroke(Theme::Light, "naive", 0);
        assert_eq!((naive.css_color().as_str(), naive.css_dash().as_str()), ("#D55E00", "none"));
        let pooled = stroke(Theme::Dark, "pooled", 4);
        assert_eq!((pooled.css_color().as_str(), pooled.css_dash().as_str()), ("#56B4E9", "8 4"));
    }
}
