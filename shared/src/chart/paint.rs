//! The few things a chart is drawn with, in CSS pixels on whatever backend there is.

use plotters::{
    coord::Shift,
    drawing::{DrawingArea, IntoDrawingArea},
    element::{PathElement, Rectangle, Text},
    style::{
        FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};
use plotters_backend::{BackendCoord, DrawingBackend};

use super::{
    DrawError,
    cells::{self, Cells, DrawCells},
    plot::Point,
};

/// Text size in CSS pixels.
const TEXT: f64 = 11.0;

/// What plotters means by a font's size, for each unit of what CSS means by it. A backend divides by it, as
/// `plotters-svg` and plotters' own font do.
pub const FONT_SIZE_PER_EM: f64 = 1.24;

/// About how wide a text is, in CSS pixels; rather too wide than too narrow.
///
/// Nothing measures text: it would force a browser to lay out the page, and a server has no fonts.
pub(super) fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * TEXT * 0.64
}

/// Where a text is relative to its point. Vertically it is centred.
pub(super) type Side = HPos;

/// A drawing area with CSS pixels as its unit.
pub(super) struct Painter<DB: DrawingBackend> {
    area: DrawingArea<DB, Shift>,
    scale: f64,
}

impl<DB: DrawingBackend> Painter<DB> {
    pub(super) fn new(backend: DB, scale: u32) -> Self {
        Self { area: backend.into_drawing_area(), scale: f64::from(scale.max(1)) }
    }

    /// Covers everything.
    pub(super) fn fill(&self, color: RGBColor) -> Result<(), DrawError> {
        self.area.fill(&color).map_err(DrawError::new)
    }

    /// Draws a line through the points, `width` CSS pixels wide.
    pub(super) fn line(&self, points: &[Point], color: RGBColor, width: f64) -> Result<(), DrawError> {
        let style = ShapeStyle::from(color).stroke_width(self.units(width).max(1).unsigned_abs());
        let mut points: Vec<BackendCoord> = points.iter().map(|point| self.coord(*point)).collect();
        // Finer than a drawing unit there is nothing to see.
        points.dedup();
        if points.len() < 2 {
            return Ok(());
        }
        self.area.draw(&PathElement::new(points, style)).map_err(DrawError::new)
    }

    /// Draws a level or upright line of one pixel that covers whole pixels.
    pub(super) fn hairline(&self, from: Point, to: Point, color: RGBColor) -> Result<(), DrawError> {
        let crisp = |(x, y): Point| if from.0 == to.0 { (x.floor() + 0.5, y) } else { (x, y.floor() + 0.5) };
        self.line(&[crisp(from), crisp(to)], color, 1.0)
    }

    /// Fills a rectangle.
    pub(super) fn rect(&self, from: Point, to: Point, color: RGBColor) -> Result<(), DrawError> {
        let corners = [self.coord(from), self.coord(to)];
        self.area.draw(&Rectangle::new(corners, ShapeStyle::from(color).filled())).map_err(DrawError::new)
    }

    /// Fills a rectangle with cells: `columns` beside each other, row by row from the top, each with red, green, blue
    /// and opacity.
    pub(super) fn cells(
        &self,
        from: Point,
        to: Point,
        columns: usize,
        colors: &[[u8; 4]],
    ) -> Result<(), DrawError>
    where
        DB: DrawCells,
    {
        let corners = [self.coord(from), self.coord(to)];
        self.area.draw(&cells::Element(Cells { corners, columns, colors })).map_err(DrawError::new)
    }

    /// Writes a text beside a point.
    pub(super) fn text(&self, text: &str, at: Point, side: Side, color: RGBColor) -> Result<(), DrawError> {
        self.write(text, at, side, color, FontStyle::Normal)
    }

    /// Writes a title beside a point.
    pub(super) fn title(&self, text: &str, at: Point, color: RGBColor) -> Result<(), DrawError> {
        self.write(text, at, Side::Left, color, FontStyle::Bold)
    }

    fn write(
        &self,
        text: &str,
        at: Point,
        side: Side,
        color: RGBColor,
        style: FontStyle,
    ) -> Result<(), DrawError> {
        let font = FontDesc::new(FontFamily::SansSerif, TEXT * FONT_SIZE_PER_EM * self.scale, style);
        let style = font.color(&color).pos(Pos::new(side, VPos::Center));
        self.area.draw(&Text::new(text, self.coord(at), style)).map_err(DrawError::new)
    }

    /// Hands the drawing to whoever shows it.
    pub(super) fn present(&self) -> Result<(), DrawError> {
        self.area.present().map_err(DrawError::new)
    }

    fn coord(&self, (x, y): Point) -> BackendCoord {
        (self.units(x), self.units(y))
    }

    fn units(&self, pixels: f64) -> i32 {
        (pixels * self.scale).round() as i32
    }
}
