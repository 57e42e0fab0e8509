//! Where frames are in a view: the whole tree, or one frame over the full width with its callers above it.

use super::Flame;

/// A frame in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Index of its node.
    pub node: usize,
    /// Frames above it.
    pub depth: usize,
    /// Where it begins, from 0 to 1 of the view's width.
    pub x: f64,
    /// Its width, from 0 to 1 of the view's.
    pub width: f64,
    /// Whether it is a caller of the frame that fills the view: it is wider than it is shown.
    pub is_above: bool,
}

/// The frames of a view.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// The frames, callers before what they call.
    pub frames: Vec<Frame>,
    /// How many frames of the view are too narrow to be shown.
    pub left_out: usize,
    /// Rows of frames.
    pub rows: usize,
}

impl Flame {
    /// The frames of the view in which `zoom` fills the width; those below `least` of the width, from 0 to 1, are left
    /// out with all they call, and counted.
    ///
    /// A `zoom` that is not there shows the whole. Of an empty profile nothing is shown.
    pub fn layout(&self, zoom: usize, least: f64) -> Layout {
        let mut layout = Layout::default();
        if self.is_empty() {
            return layout;
        }
        let zoom = if zoom < self.nodes.len() && self.nodes[zoom].width > 0 { zoom } else { 0 };
        let mut above: Vec<usize> =
            std::iter::successors(self.nodes[zoom].parent, |at| self.nodes[*at].parent).collect();
        above.reverse();
        for node in above {
            let depth = self.nodes[node].depth;
            layout.frames.push(Frame { node, depth, x: 0.0, width: 1.0, is_above: true });
        }
        let (left, whole) = (self.nodes[zoom].offset, self.nodes[zoom].width as f64);
        let mut at = zoom;
        while at < self.nodes[zoom].end {
            let node = &self.nodes[at];
            let width = node.width as f64 / whole;
            if width < least || node.width == 0 {
                layout.left_out += node.end - at;
                at = node.end;
                continue;
            }
            let x = (node.offset - left) as f64 / whole;
            layout.frames.push(Frame { node: at, depth: node.depth, x, width, is_above: false });
            at += 1;
        }
        layout.rows = layout.frames.iter().map(|frame| frame.depth + 1).max().unwrap_or(0);
        layout
    }
}
