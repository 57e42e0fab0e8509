//! A backend that writes down what it is told to draw.

use std::{convert::Infallible, fmt::Write};

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    text_anchor::HPos,
};

use crate::chart::View;

/// One command, in drawing units.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Op {
    Rect { color: String, from: BackendCoord, to: BackendCoord },
    Path { color: String, width: u32, points: Vec<BackendCoord> },
    Text { color: String, size: f64, anchor: &'static str, at: BackendCoord, text: String },
}

/// Writes down the commands in their order.
pub(super) struct Recorder<'a> {
    ops: &'a mut Vec<Op>,
    size: (u32, u32),
}

impl<'a> Recorder<'a> {
    pub(super) fn new(ops: &'a mut Vec<Op>, view: &View) -> Self {
        let scale = view.scale.max(1);
        Self { ops, size: (view.width * scale, view.height * scale) }
    }
}

/// The commands as text, one a line.
pub(super) fn text(ops: &[Op]) -> String {
    let mut text = String::new();
    for op in ops {
        match op {
            Op::Rect { color, from, to } => writeln!(text, "rect {color} {from:?} {to:?}"),
            Op::Path { color, width, points } => {
                let points: Vec<_> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
                writeln!(text, "path {color} {width} {}", points.join(" "))
            }
            Op::Text { color, size, anchor, at, text: words } => {
                writeln!(text, "text {color} {size:.1} {anchor} {at:?} {words}")
            }
        }
        .unwrap();
    }
    text
}

fn css(color: BackendColor) -> String {
    let (red, green, blue) = color.rgb;
    format!("#{red:02X}{green:02X}{blue:02X}")
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Recorder<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Drawn {
        panic!("a chart draws no pixels one by one: on a canvas that is slow")
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        _: bool,
    ) -> Drawn {
        self.ops.push(Op::Rect { color: css(style.color()), from, to });
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let points = path.into_iter().collect();
        self.ops.push(Op::Path { color: css(style.color()), width: style.stroke_width(), points });
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "left",
            HPos::Right => "right",
            HPos::Center => "center",
        };
        let (color, size) = (css(style.color()), style.size());
        self.ops.push(Op::Text { color, size, anchor, at, text: text.to_owned() });
        Ok(())
    }
}
