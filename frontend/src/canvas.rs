//! Drawings on a browser's canvas: sharp on every screen, in one call for each layer.
//!
//! A drawing is recorded by `shared` and replayed by a few lines of JavaScript. Its units are [`SCALE`] times as fine
//! as a CSS pixel, since plotters has whole coordinates; the canvas scales them down.

use heapgym_shared::chart::{FONT_SIZE_PER_EM, Front, View, commands::Commands};
use wasm_bindgen::{JsCast, prelude::wasm_bindgen};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Drawing units per CSS pixel.
pub const SCALE: u32 = 8;

#[wasm_bindgen(module = "/js/replay.js")]
extern "C" {
    fn replay(
        context: &CanvasRenderingContext2d,
        figures: &[f32],
        words: &str,
        pixels: &[u8],
        fineness: f64,
        size_per_em: f64,
        top: u32,
    );

    #[wasm_bindgen(js_name = replayPart)]
    fn replay_part(
        context: &CanvasRenderingContext2d,
        figures: &[f32],
        words: &str,
        pixels: &[u8],
        fineness: f64,
        size_per_em: f64,
        part: &[u32],
    );
}

/// Device pixels per CSS pixel, as the window says now.
pub fn density() -> f64 {
    web_sys::window().map_or(1.0, |window| window.device_pixel_ratio())
}

/// A canvas that shows one layer of a drawing.
#[derive(Debug, Clone)]
pub struct Layer {
    context: CanvasRenderingContext2d,
    /// Device pixels per drawing unit.
    fineness: f64,
    /// How far below the drawing's upper edge the canvas begins, in device pixels.
    top: u32,
}

impl Layer {
    /// Prepares a canvas for a view; none when the browser gives no context.
    pub fn new(canvas: &HtmlCanvasElement, view: &View) -> Option<Self> {
        Self::at_foot(canvas, view, view.height)
    }

    /// Prepares a canvas for the foot of a view, of a height in CSS pixels; none when the browser gives no context.
    pub fn at_foot(canvas: &HtmlCanvasElement, view: &View, height: u32) -> Option<Self> {
        let device = |css: u32| (f64::from(css) * view.density).round() as u32;
        let size = (device(view.width), device(height));
        // Setting the size clears the canvas and costs memory: only when it has changed.
        if (canvas.width(), canvas.height()) != size {
            canvas.set_width(size.0);
            canvas.set_height(size.1);
        }
        let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        let fineness = view.density / f64::from(view.scale.max(1));
        Some(Self { context, fineness, top: device(view.height).saturating_sub(size.1) })
    }

    /// Shows a drawing in the place of what is there.
    pub fn draw(&self, commands: &Commands) {
        if let Some(canvas) = self.context.canvas() {
            // A transform that the context refuses leaves the last one, of the same drawing.
            let _ = self.context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
            self.context.clear_rect(0.0, 0.0, f64::from(canvas.width()), f64::from(canvas.height()));
        }
        replay(
            &self.context,
            commands.figures(),
            commands.words(),
            commands.pixels(),
            self.fineness,
            FONT_SIZE_PER_EM,
            self.top,
        );
    }

    /// Draws a part anew.
    pub fn draw_part(&self, part: &Front<'_>) {
        let Front { left, right, shift, from, commands } = *part;
        replay_part(
            &self.context,
            commands.figures(),
            commands.words(),
            commands.pixels(),
            self.fineness,
            FONT_SIZE_PER_EM,
            &[left, right, shift, from],
        );
    }
}
