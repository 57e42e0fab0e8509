//! A drawing as a list of commands: what the page replays on a canvas in one call, and what tests read.

use std::convert::Infallible;

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    text_anchor::{HPos, VPos},
};

use super::cells::Cells;

mod read;

pub use read::{Align, Command, Line};

/// A drawing as a list of commands, each a code and its figures.
///
/// | code | figures |
/// |---|---|
/// | [`RECT`] | color, alpha, left, top, right, bottom |
/// | [`STROKE`] | color, alpha, width, count, then x and y of so many points |
/// | [`FILL`] | color, alpha, count, then x and y of so many corners |
/// | [`TEXT`] | color, alpha, size, bold, horizontal and vertical alignment from 0 to 2, x, y, index of its words |
/// | [`CELLS`] | 0, 1, left, top, right, bottom, columns, rows, index of its first byte of pixels |
///
/// Colors are `0xRRGGBB`, places and widths are drawing units. All are whole or small enough to be exact.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Commands {
    figures: Vec<f32>,
    /// The words of all texts, one a line.
    words: String,
    texts: u32,
    /// Red, green, blue and opacity of all cells.
    pixels: Vec<u8>,
}

/// A filled rectangle.
pub const RECT: f32 = 1.0;
/// A line through points.
pub const STROKE: f32 = 2.0;
/// A filled polygon.
pub const FILL: f32 = 3.0;
/// Words beside a point.
pub const TEXT: f32 = 4.0;
/// A grid of cells.
pub const CELLS: f32 = 5.0;

impl Commands {
    /// Forgets the drawing and keeps its memory for the next one.
    pub fn clear(&mut self) {
        self.figures.clear();
        self.words.clear();
        self.texts = 0;
        self.pixels.clear();
    }

    /// The commands as figures, in their order.
    pub fn figures(&self) -> &[f32] {
        &self.figures
    }

    /// The words of all texts, one a line.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// Red, green, blue and opacity of all cells.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.figures.is_empty()
    }

    fn begin(&mut self, code: f32, color: BackendColor) {
        let (red, green, blue) = color.rgb;
        let color_code = u32::from_be_bytes([0, red, green, blue]);
        self.figures.extend_from_slice(&[code, color_code as f32, color.alpha as f32]);
    }

    /// Writes how many points there are, and the points.
    fn points(&mut self, points: impl IntoIterator<Item = BackendCoord>) {
        let count_at = self.figures.len();
        self.figures.push(0.0);
        for (x, y) in points {
            self.figures.extend_from_slice(&[x as f32, y as f32]);
        }
        let count = (self.figures.len() - count_at) / 2;
        self.figures[count_at] = count as f32;
    }
}

/// A plotters backend that writes down what it is told to draw.
#[derive(Debug)]
pub struct Recorder<'a> {
    commands: &'a mut Commands,
    /// In drawing units.
    size: (u32, u32),
}

impl<'a> Recorder<'a> {
    /// Adds to these commands; `size` is that of the drawing, in drawing units.
    pub fn new(commands: &'a mut Commands, size: (u32, u32)) -> Self {
        Self { commands, size }
    }

    /// Writes down a grid of cells, if it has any.
    pub(super) fn record_cells(&mut self, cells: &Cells<'_>) {
        if cells.rows() == 0 {
            return;
        }
        let commands = &mut *self.commands;
        let [from, to] = cells.corners;
        commands.begin(CELLS, BackendColor { alpha: 1.0, rgb: (0, 0, 0) });
        let corners = [from.0, from.1, to.0, to.1].map(|unit| unit as f32);
        let sizes = [cells.columns, cells.rows(), commands.pixels.len()].map(|size| size as f32);
        commands.figures.extend(corners.into_iter().chain(sizes));
        let whole = &cells.colors[..cells.columns * cells.rows()];
        commands.pixels.extend_from_slice(whole.as_flattened());
    }
}

type Recorded = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Recorder<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Recorded {
        Ok(())
    }

    fn present(&mut self) -> Recorded {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Recorded {
        self.commands.begin(RECT, color);
        self.commands.figures.extend([x, y, x + 1, y + 1].map(|unit| unit as f32));
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Recorded {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Recorded {
        if !fill {
            return self.draw_path([from, (to.0, from.1), to, (from.0, to.1), from], style);
        }
        self.commands.begin(RECT, style.color());
        self.commands.figures.extend([from.0, from.1, to.0, to.1].map(|unit| unit as f32));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Recorded {
        self.commands.begin(STROKE, style.color());
        self.commands.figures.push(style.stroke_width() as f32);
        self.commands.points(path);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Recorded {
        self.commands.begin(FILL, style.color());
        self.commands.points(corners);
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Recorded {
        let is_bold = matches!(style.style(), FontStyle::Bold);
        let horizontal = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => 1.0,
            HPos::Right => 2.0,
        };
        let vertical = match style.anchor().v_pos {
            VPos::Top => 0.0,
            VPos::Center => 1.0,
            VPos::Bottom => 2.0,
        };
        let commands = &mut *self.commands;
        commands.begin(TEXT, style.color());
        let bold = f32::from(u8::from(is_bold));
        let (size, index) = (style.size() as f32, commands.texts as f32);
        commands.figures.extend_from_slice(&[size, bold, horizontal, vertical, x as f32, y as f32, index]);
        commands.words.extend(text.chars().map(|letter| if letter == '\n' { ' ' } else { letter }));
        commands.words.push('\n');
        commands.texts += 1;
        Ok(())
    }

    /// About: a drawing must not depend on who measures its texts.
    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let width = text.chars().count() as f64 * style.size() * 0.6;
        Ok((width.ceil() as u32, style.size().ceil() as u32))
    }
}
