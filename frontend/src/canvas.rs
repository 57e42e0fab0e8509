//! Drawings on a browser's canvas: sharp on every screen, in one call for each layer.
//!
//! A drawing is recorded by `shared` and replayed by a few lines of JavaScript. Its units are [`SCALE`] times as fine
//! as a CSS pixel, since plotters has whole coordinates; the canvas scales them down.

use heapgym_shared::chart::{FONT_SIZE_PER_EM, Front, FrontPlace, View, commands::Commands};
use wasm_bindgen::{JsCast, prelude::wasm_bindgen};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Drawing units per CSS pixel.
pub const SCALE: u32 = 8;

#[wasm_bindgen(module = "/js/replay.js")]
extern "C" {
    fn show(
        canvas: &HtmlCanvasElement,
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
        place: &[u32],
    );
}

/// Device pixels per CSS pixel, as the window says now.
pub fn density() -> f64 {
    web_sys::window().map_or(1.0, |window| window.device_pixel_ratio())
}

/// A canvas that shows one drawing at a time: what changes seldom.
#[derive(Debug, Clone)]
pub struct StillLayer {
    canvas: HtmlCanvasElement,
    /// Device pixels per drawing unit.
    fineness: f64,
    /// How far below the drawing's upper edge the canvas begins, in device pixels.
    top: u32,
}

impl StillLayer {
    /// Prepares a canvas for a view.
    pub fn new(canvas: &HtmlCanvasElement, view: &View) -> Self {
        Self::at_foot(canvas, view, view.height)
    }

    /// Prepares a canvas for the foot of a view, of a height in CSS pixels.
    pub fn at_foot(canvas: &HtmlCanvasElement, view: &View, height: u32) -> Self {
        fit(canvas, (device(view.width, view), device(height, view)));
        let top = device(view.height, view).saturating_sub(device(height, view));
        Self { canvas: canvas.clone(), fineness: fineness(view), top }
    }

    /// Shows a drawing in the place of what is there.
    pub fn draw(&self, commands: &Commands) {
        show(
            &self.canvas,
            commands.figures(),
            commands.words(),
            commands.pixels(),
            self.fineness,
            FONT_SIZE_PER_EM,
            self.top,
        );
    }
}

/// A canvas that is drawn on part by part: what grows with each sample.
#[derive(Debug, Clone)]
pub struct LiveLayer {
    context: CanvasRenderingContext2d,
    /// Device pixels per drawing unit.
    fineness: f64,
    place: FrontPlace,
}

impl LiveLayer {
    /// Prepares a canvas, which has the style of [`front_style`], for a view; `None` when the browser gives no context.
    pub fn new(canvas: &HtmlCanvasElement, view: &View) -> Option<Self> {
        let place = FrontPlace::of(view);
        fit(canvas, (place.width, place.height));
        let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        Some(Self { context, fineness: fineness(view), place })
    }

    /// Draws a part anew.
    pub fn draw(&self, part: &Front<'_>) {
        let Front { left, right, shift, from, commands } = *part;
        replay_part(
            &self.context,
            commands.figures(),
            commands.words(),
            commands.pixels(),
            self.fineness,
            FONT_SIZE_PER_EM,
            &[left, right, shift, from],
            &[self.place.left, self.place.top],
        );
    }
}

/// What puts a live layer in its place on a drawing.
pub fn front_style(view: &View) -> String {
    let FrontPlace { left, top, width, height } = FrontPlace::of(view);
    let css = |device: u32| f64::from(device) / view.density;
    format!("left:{}px;top:{}px;width:{}px;height:{}px", css(left), css(top), css(width), css(height))
}

/// Gives a canvas a size in device pixels.
fn fit(canvas: &HtmlCanvasElement, size: (u32, u32)) {
    // Setting the size clears the canvas and costs memory: only when it has changed.
    if (canvas.width(), canvas.height()) != size {
        canvas.set_width(size.0);
        canvas.set_height(size.1);
    }
}

/// Device pixels of so many CSS pixels.
fn device(css: u32, view: &View) -> u32 {
    (f64::from(css) * view.density).round() as u32
}

/// Device pixels per drawing unit.
fn fineness(view: &View) -> f64 {
    view.density / f64::from(view.scale.max(1))
}
