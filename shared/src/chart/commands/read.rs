//! Commands read back, one by one.

use std::fmt;

use super::{CELLS, Commands, FILL, RECT, STROKE, TEXT};

/// One command. Places and sizes are drawing units, colors `0xRRGGBB`.
#[derive(Debug, Clone, PartialEq)]
pub enum Command<'a> {
    /// A filled rectangle.
    Rect {
        /// Its color.
        color: u32,
        /// Its upper left corner.
        from: (f32, f32),
        /// Its lower right corner.
        to: (f32, f32),
    },
    /// A line through points.
    Stroke {
        /// Its color.
        color: u32,
        /// Its width.
        width: f32,
        /// Its points.
        points: Line,
    },
    /// A filled polygon.
    Fill {
        /// Its color.
        color: u32,
        /// Its corners.
        corners: Line,
    },
    /// Words beside a point.
    Text {
        /// Their color.
        color: u32,
        /// Their size, as plotters counts it.
        size: f32,
        /// On which side of the point they are.
        align: Align,
        /// The point.
        at: (f32, f32),
        /// The words.
        words: &'a str,
    },
    /// A grid of cells.
    Cells {
        /// Its upper left corner.
        from: (f32, f32),
        /// Its lower right corner.
        to: (f32, f32),
        /// How many columns and rows of cells it has.
        size: (f32, f32),
        /// Where its colors begin in the drawing's pixels.
        first: usize,
    },
}

/// Points of a line or corners of a polygon.
pub type Line = Vec<(f32, f32)>;

/// Where words are from their point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// They begin there.
    Left,
    /// Their middle is there.
    Center,
    /// They end there.
    Right,
}

impl Commands {
    /// The commands, one by one.
    pub fn iter(&self) -> impl Iterator<Item = Command<'_>> {
        let words: Vec<&str> = self.words.lines().collect();
        let mut figures = self.figures.iter().copied();
        std::iter::from_fn(move || next(&mut figures, &words))
    }
}

fn next<'a>(figures: &mut impl Iterator<Item = f32>, words: &[&'a str]) -> Option<Command<'a>> {
    let code = figures.next()?;
    let color = figures.next()? as u32;
    let _alpha = figures.next()?;
    let point = |figures: &mut dyn Iterator<Item = f32>| Some((figures.next()?, figures.next()?));
    match code {
        RECT => Some(Command::Rect { color, from: point(figures)?, to: point(figures)? }),
        STROKE => {
            let (width, count) = point(figures)?;
            let points = (0..count as usize).map_while(|_| point(figures)).collect();
            Some(Command::Stroke { color, width, points })
        }
        FILL => {
            let count = figures.next()?;
            let corners = (0..count as usize).map_while(|_| point(figures)).collect();
            Some(Command::Fill { color, corners })
        }
        TEXT => {
            let (size, _bold) = point(figures)?;
            let align = match figures.next()? {
                0.0 => Align::Left,
                1.0 => Align::Center,
                _ => Align::Right,
            };
            let _vertical = figures.next()?;
            let (at, index) = (point(figures)?, figures.next()?);
            Some(Command::Text { color, size, align, at, words: words.get(index as usize).copied()? })
        }
        CELLS => {
            let (from, to, size) = (point(figures)?, point(figures)?, point(figures)?);
            let first = figures.next()? as usize;
            Some(Command::Cells { from, to, size, first })
        }
        _ => None,
    }
}

/// The commands as text, one a line.
impl fmt::Display for Commands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|command| writeln!(f, "{command}"))
    }
}

impl fmt::Display for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |points: &Line| {
            let points: Vec<_> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
            points.join(" ")
        };
        match self {
            Self::Rect { color, from, to } => {
                write!(f, "rect #{color:06X} ({}, {}) ({}, {})", from.0, from.1, to.0, to.1)
            }
            Self::Stroke { color, width, points } => write!(f, "path #{color:06X} {width} {}", line(points)),
            Self::Cells { from, to, size, .. } => {
                let (columns, rows) = size;
                write!(f, "cells {columns}x{rows} ({}, {}) ({}, {})", from.0, from.1, to.0, to.1)
            }
            Self::Fill { color, corners } => write!(f, "fill #{color:06X} {}", line(corners)),
            Self::Text { color, size, align, at, words } => {
                let align = match align {
                    Align::Left => "left",
                    Align::Center => "center",
                    Align::Right => "right",
                };
                write!(f, "text #{color:06X} {size:.1} {align} ({}, {}) {words}", at.0, at.1)
            }
        }
    }
}
