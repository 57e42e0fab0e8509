//! Where frames are in a view: the whole tree, or one frame over the full width with its callers above it.

use super::Flame;

/// Which calls have a row of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Calls {
    /// All of them.
    All,
    /// Not those that only pass on to one other: of thirty frames of a runtime, the last.
    #[default]
    Folded,
}

/// A frame in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Index of its node.
    pub node: usize,
    /// Index of the first node that is folded into it; its own where none is. Those between have the indices between.
    pub first: usize,
    /// Rows above it.
    pub row: usize,
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
    pub fn layout(&self, zoom: usize, least: f64, calls: Calls) -> Layout {
        let mut layout = Layout::default();
        if self.is_empty() {
            return layout;
        }
        let zoom = if zoom < self.nodes.len() && self.nodes[zoom].width > 0 { zoom } else { 0 };
        let is_folded = |at: usize| calls == Calls::Folded && at != 0 && at != zoom && self.passes_on(at);
        // The row of each node that was come by, and the first that is folded into its frame.
        let mut places = vec![(0, 0); self.nodes.len()];
        let mut place = |at: usize| {
            places[at] = match self.nodes[at].parent {
                None => (0, at),
                Some(caller) if is_folded(caller) => places[caller],
                Some(caller) => (places[caller].0 + 1, at),
            };
            places[at]
        };
        for node in self.callers(zoom) {
            let (row, first) = place(node);
            if !is_folded(node) {
                layout.frames.push(Frame { node, first, row, x: 0.0, width: 1.0, is_above: true });
            }
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
            let (row, first) = place(at);
            if !is_folded(at) {
                let x = (node.offset - left) as f64 / whole;
                layout.frames.push(Frame { node: at, first, row, x, width, is_above: false });
            }
            at += 1;
        }
        layout.rows = layout.frames.iter().map(|frame| frame.row + 1).max().unwrap_or(0);
        layout
    }

    /// The callers of a frame, the root first.
    fn callers(&self, node: usize) -> Vec<usize> {
        let mut callers: Vec<usize> =
            std::iter::successors(self.nodes[node].parent, |at| self.nodes[*at].parent).collect();
        callers.reverse();
        callers
    }

    /// Whether all that a frame allocated was allocated by the only one that it called.
    fn passes_on(&self, node: usize) -> bool {
        let (own, callee) = (&self.nodes[node], self.nodes.get(node + 1));
        callee.is_some_and(|callee| callee.parent == Some(node) && callee.width == own.width)
    }
}
