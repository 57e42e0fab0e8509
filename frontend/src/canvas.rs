//! plotters on a browser's canvas: sharp on every screen, smooth lines, few calls.
//!
//! plotters has whole coordinates, so the drawing is [`SCALE`] times as fine as a CSS pixel and the
//! canvas scales it down. Lines of the same look that follow each other become one path.

use std::{error::Error, fmt};

use plotters_backend::{BackendColor, BackendCoord, BackendStyle};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

mod drawing;
mod text;

/// Drawing units per CSS pixel.
pub const SCALE: u32 = 8;

/// A canvas as plotters sees it.
#[derive(Debug)]
pub struct CanvasBackend {
    context: CanvasRenderingContext2d,
    size: (u32, u32),
    /// Device pixels per drawing unit.
    fineness: f64,
    /// The look of the path that was begun and not stroked yet.
    pen: Option<Pen>,
}

/// The look of a line.
#[derive(Debug, Clone, PartialEq)]
struct Pen {
    color: String,
    /// In drawing units.
    width: u32,
}

/// Why the browser did not draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanvasError(String);

impl fmt::Display for CanvasError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the canvas refused: {}", self.0)
    }
}

impl Error for CanvasError {}

impl CanvasBackend {
    /// Prepares the canvas for a drawing of so many CSS pixels; none when the browser gives no context.
    pub fn new(canvas: &HtmlCanvasElement, (width, height): (u32, u32)) -> Option<Self> {
        let density = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
        let device = |css: u32| (f64::from(css) * density).round() as u32;
        // Setting the size clears the canvas and costs memory: only when it has changed.
        if canvas.width() != device(width) || canvas.height() != device(height) {
            canvas.set_width(device(width));
            canvas.set_height(device(height));
        }
        let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        let fineness = density / f64::from(SCALE);
        context.set_transform(fineness, 0.0, 0.0, fineness, 0.0, 0.0).ok()?;
        context.set_line_join("round");
        Some(Self { context, size: (width * SCALE, height * SCALE), fineness, pen: None })
    }

    /// Takes up the pen of this look, stroking what another one has drawn.
    fn pen(&mut self, style: &impl BackendStyle) {
        let pen = Pen { color: css(style.color()), width: style.stroke_width() };
        if self.pen.as_ref() == Some(&pen) {
            return;
        }
        self.put_down();
        self.context.begin_path();
        self.context.set_stroke_style_str(&pen.color);
        self.context.set_line_width(f64::from(pen.width).max(1.0 / self.fineness));
        self.pen = Some(pen);
    }

    /// Strokes the path that was begun.
    fn put_down(&mut self) {
        if self.pen.take().is_some() {
            self.context.stroke();
        }
    }

    /// Moves a level or upright line of this width to where it covers whole device pixels.
    fn snap(&self, width: u32, unit: i32) -> f64 {
        let pixels = (f64::from(width) * self.fineness).round().max(1.0);
        let half = if pixels % 2.0 == 1.0 { 0.5 } else { 0.0 };
        ((f64::from(unit) * self.fineness - half).round() + half) / self.fineness
    }

    fn line(&self, from: BackendCoord, to: BackendCoord, width: u32) {
        let plain = |point: BackendCoord| (f64::from(point.0), f64::from(point.1));
        let (mut a, mut b) = (plain(from), plain(to));
        if from.0 == to.0 {
            (a.0, b.0) = (self.snap(width, from.0), self.snap(width, to.0));
        }
        if from.1 == to.1 {
            (a.1, b.1) = (self.snap(width, from.1), self.snap(width, to.1));
        }
        self.context.move_to(a.0, a.1);
        self.context.line_to(b.0, b.1);
    }

    fn trace(&self, points: impl IntoIterator<Item = BackendCoord>) {
        let mut last = None;
        for point in points {
            let (x, y) = (f64::from(point.0), f64::from(point.1));
            match last {
                None => self.context.move_to(x, y),
                Some(same) if same == point => {}
                Some(_) => self.context.line_to(x, y),
            }
            last = Some(point);
        }
    }
}

impl Drop for CanvasBackend {
    fn drop(&mut self) {
        self.put_down();
    }
}

/// A colour as CSS writes it.
fn css(BackendColor { alpha, rgb: (red, green, blue) }: BackendColor) -> String {
    format!("rgba({red},{green},{blue},{alpha})")
}
