//! A grid of coloured cells, as heat maps have: one image on the page, rectangles anywhere else.

use plotters::element::{Drawable, PointCollection};
use plotters_backend::{BackendColor, BackendCoord, DrawingBackend, DrawingErrorKind};

use super::{DrawError, View, commands::Recorder, paint::Painter};

/// A grid of cells of one size that fills a rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cells<'a> {
    /// The upper left and the lower right corner of the grid, in drawing units.
    pub corners: [BackendCoord; 2],
    /// How many cells are beside each other.
    pub columns: usize,
    /// Red, green, blue and opacity of each, row by row from the top, each from the left. Rows that are not whole are
    /// left out.
    pub colors: &'a [[u8; 4]],
}

impl Cells<'_> {
    /// How many rows of cells there are.
    pub fn rows(&self) -> usize {
        self.colors.len().checked_div(self.columns).unwrap_or(0)
    }
}

/// A backend that can draw grids of cells.
pub trait DrawCells: DrawingBackend {
    /// Draws the cells; those without opacity leave what is behind them.
    ///
    /// # Errors
    /// When the backend cannot draw.
    fn draw_cells(&mut self, cells: &Cells<'_>) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        let [(left, top), (right, bottom)] = cells.corners;
        // Neighbours share an edge, so that nothing shows between them.
        let edge = |from: i32, to: i32, index: usize, count: usize| {
            from + (f64::from(to - from) * index as f64 / count as f64).round() as i32
        };
        for (row, colors) in cells.colors.chunks_exact(cells.columns.max(1)).enumerate() {
            let (above, below) =
                (edge(top, bottom, row, cells.rows()), edge(top, bottom, row + 1, cells.rows()));
            let mut column = 0;
            // What follows each other in one color is one rectangle.
            for run in colors.chunk_by(|one, next| one == next) {
                let from = edge(left, right, column, cells.columns);
                column += run.len();
                let [red, green, blue, opacity] = run[0];
                if opacity > 0 {
                    let to = edge(left, right, column, cells.columns);
                    let color = BackendColor { alpha: f64::from(opacity) / 255.0, rgb: (red, green, blue) };
                    self.draw_rect((from, above), (to, below), &color, true)?;
                }
            }
        }
        Ok(())
    }
}

impl DrawCells for Recorder<'_> {
    fn draw_cells(&mut self, cells: &Cells<'_>) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.record_cells(cells);
        Ok(())
    }
}

#[cfg(any(test, feature = "svg"))]
impl DrawCells for plotters_svg::SVGBackend<'_> {}

/// Draws a grid of cells alone, as large as the view.
///
/// # Errors
/// When the backend cannot draw.
pub fn draw_cells<DB: DrawCells>(
    columns: usize,
    colors: &[[u8; 4]],
    view: &View,
    backend: DB,
) -> Result<(), DrawError> {
    let painter = Painter::new(backend, view.scale);
    painter.cells((0.0, 0.0), (view.width.into(), view.height.into()), columns, colors)?;
    painter.present()
}

/// The cells as an element that plotters hands to its backend.
pub(super) struct Element<'a>(pub(super) Cells<'a>);

impl<'a> PointCollection<'a, BackendCoord> for &'a Element<'_> {
    type Point = &'a BackendCoord;
    type IntoIter = &'a [BackendCoord];

    fn point_iter(self) -> Self::IntoIter {
        &self.0.corners
    }
}

impl<DB: DrawCells> Drawable<DB> for Element<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        _: I,
        backend: &mut DB,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<DB::ErrorType>> {
        backend.draw_cells(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use plotters_svg::SVGBackend;

    use super::*;
    use crate::chart::commands::Commands;

    const RED: [u8; 4] = [255, 0, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];
    const NOTHING: [u8; 4] = [0; 4];

    /// Two rows of three cells in eighths of a pixel, the last of them without a color.
    fn draw<DB: DrawCells>(backend: DB) {
        let colors = [RED, BLUE, RED, BLUE, BLUE, NOTHING];
        Painter::new(backend, 8).cells((1.0, 2.0), (11.0, 12.0), 3, &colors).unwrap();
    }

    #[test]
    fn a_file_has_a_rectangle_for_each_run_of_cells() {
        let mut text = String::new();
        draw(SVGBackend::with_string(&mut text, (160, 160)));
        let rects: Vec<_> = text.split("<rect ").skip(1).collect();
        assert_eq!(rects.len(), 4, "{text}");
        for (rect, [x, y, width]) in rects.iter().zip([[8, 16, 27], [35, 16, 26], [61, 16, 27], [8, 56, 53]])
        {
            let place = format!(r#"x="{x}" y="{y}" width="{width}" height="40""#);
            assert!(rect.starts_with(&place), "{place} in {rect}");
        }
    }

    #[test]
    fn the_page_has_one_image_of_a_pixel_for_each_cell() {
        let mut commands = Commands::default();
        draw(Recorder::new(&mut commands, (160, 160)));
        assert_eq!(commands.to_string(), "cells 3x2 (8, 16) (88, 96)\n");
        assert_eq!(commands.pixels(), [RED, BLUE, RED, BLUE, BLUE, NOTHING].concat());
        draw(Recorder::new(&mut commands, (160, 160)));
        assert_eq!(commands.to_string().lines().count(), 2);
        commands.clear();
        assert!(commands.is_empty() && commands.pixels().is_empty());
    }

    #[test]
    fn a_grid_without_cells_is_nothing() {
        for (columns, colors) in [(0, &[RED][..]), (3, &[RED]), (3, &[])] {
            let mut commands = Commands::default();
            let painter = Painter::new(Recorder::new(&mut commands, (160, 160)), 8);
            painter.cells((0.0, 0.0), (9.0, 9.0), columns, colors).unwrap();
            drop(painter);
            assert_eq!(commands, Commands::default());
        }
    }
}
