//! Colours as people with other colour vision see them, to check that lines are told apart.

use plotters::style::RGBColor;

/// A kind of colour vision: what becomes of linear red, green and blue.
pub(super) struct Vision {
    pub(super) name: &'static str,
    rows: [[f64; 3]; 3],
}

/// Usual vision, and each dichromacy in full: Machado, Oliveira and Fernandes, "A Physiologically-based Model for
/// Simulation of Color Vision Deficiency" (2009), severity 1.0.
pub(super) const ALL: [Vision; 4] = [
    Vision { name: "usual vision", rows: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]] },
    Vision {
        name: "protanopia",
        rows: [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
    },
    Vision {
        name: "deuteranopia",
        rows: [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
    },
    Vision {
        name: "tritanopia",
        rows: [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    },
];

impl Vision {
    /// The colour that is seen, in CIE L*a*b* under D65.
    pub(super) fn lab(&self, RGBColor(red, green, blue): RGBColor) -> [f64; 3] {
        let linear = [red, green, blue].map(|part| match f64::from(part) / 255.0 {
            part if part <= 0.04045 => part / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        });
        let product = |rows: &[[f64; 3]; 3], of: [f64; 3]| {
            rows.map(|row| row.iter().zip(of).map(|(factor, part)| factor * part).sum::<f64>())
        };
        let seen = product(&self.rows, linear).map(|part| part.clamp(0.0, 1.0));
        // sRGB to XYZ over the white of D65 (IEC 61966-2-1).
        const TO_XYZ: [[f64; 3]; 3] = [
            [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883],
        ];
        let [x, y, z] = product(&TO_XYZ, seen).map(|part| match part {
            part if part > 216.0 / 24389.0 => part.cbrt(),
            part => (24389.0 / 27.0 * part + 16.0) / 116.0,
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }
}

/// How far two colours are apart, after CIE 1976: about 2.3 can just be noticed.
pub(super) fn difference(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn white_black_and_red_are_where_they_belong() {
    let [usual, protan, ..] = &ALL;
    let near = |seen: [f64; 3], expect: [f64; 3]| difference(seen, expect) < 0.1;
    assert!(near(usual.lab(RGBColor(255, 255, 255)), [100.0, 0.0, 0.0]));
    assert!(near(usual.lab(RGBColor(255, 0, 0)), [53.24, 80.09, 67.20]));
    assert!(near(protan.lab(RGBColor(0, 0, 0)), [0.0; 3]));
    let [red, green] = [RGBColor(200, 0, 0), RGBColor(70, 90, 0)];
    assert!(
        difference(protan.lab(red), protan.lab(green)) < difference(usual.lab(red), usual.lab(green)) / 3.0
    );
}
