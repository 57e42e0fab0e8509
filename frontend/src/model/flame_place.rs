//! Where the reader is in a flame graph: which frame fills the view, and which has the keyboard.

use heapgym_shared::profile::flame::{Flame, Frame, Layout};

/// Where the reader is, as indices of nodes. The root is 0, and a graph begins there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The frame that fills the view.
    pub zoom: usize,
    /// The frame that has the keyboard.
    pub current: usize,
}

impl Place {
    /// With this frame over the full width.
    pub fn into(node: usize) -> Self {
        Self { zoom: node, current: node }
    }

    /// What a key leads to; `None` for a key that means nothing here, and where there is nothing in its direction.
    pub fn moved(self, key: &str, flame: &Flame, layout: &Layout) -> Option<Self> {
        let current = match key {
            "ArrowUp" => flame.nodes().get(shown(self.current, layout)?.first)?.parent?,
            "ArrowDown" => first_callee(self.current, flame, layout)?,
            "ArrowLeft" => neighbour(self.current, layout, -1)?,
            "ArrowRight" => neighbour(self.current, layout, 1)?,
            "Home" => 0,
            "Enter" | " " => return Some(Self::into(self.current)),
            "Escape" | "Backspace" => return self.out(flame),
            _ => return None,
        };
        Some(Self { current, ..self })
    }

    /// Out to the nearest caller that is wider than the frame that fills the view, or else to the whole.
    fn out(self, flame: &Flame) -> Option<Self> {
        let zoomed = flame.nodes().get(self.zoom)?;
        let mut callers = std::iter::successors(zoomed.parent, |at| flame.nodes()[*at].parent);
        let wider = callers.find(|at| flame.nodes()[*at].width > zoomed.width);
        let part = wider.filter(|at| flame.nodes()[*at].width < flame.nodes()[0].width);
        (self.zoom != 0).then(|| Self { zoom: part.unwrap_or(0), current: self.current })
    }
}

fn shown(node: usize, layout: &Layout) -> Option<&Frame> {
    layout.frames.iter().find(|frame| frame.node == node)
}

/// The leftmost callee that is shown.
fn first_callee(node: usize, flame: &Flame, layout: &Layout) -> Option<usize> {
    let is_callee = |frame: &&Frame| flame.nodes()[frame.first].parent == Some(node);
    layout.frames.iter().find(is_callee).map(|frame| frame.node)
}

/// The next frame that is shown in the same row, to the right or to the left.
fn neighbour(node: usize, layout: &Layout, step: isize) -> Option<usize> {
    let row = shown(node, layout)?.row;
    let row: Vec<usize> =
        layout.frames.iter().filter(|frame| frame.row == row).map(|frame| frame.node).collect();
    let at = row.iter().position(|other| *other == node)?;
    row.get(at.checked_add_signed(step)?).copied()
}

#[cfg(test)]
mod tests {
    use heapgym_shared::profile::{Profile, SampleType, Stack, flame::Calls};

    use super::*;

    /// `main` calls `f`, which calls `h` through `pass`, and `g`.
    fn flame() -> Flame {
        let stack = |frames: &[u32]| Stack { frames: frames.to_vec(), thread: None, values: [10; 4] };
        let profile = Profile {
            functions: ["main", "f", "g", "h", "pass"].map(str::to_owned).to_vec(),
            stacks: vec![stack(&[0, 1]), stack(&[0, 1, 4, 3]), stack(&[0, 2])],
            ..Default::default()
        };
        Flame::new(&profile, SampleType::AllocSpace, None)
    }

    #[track_caller]
    fn walk(keys: &str, calls: Calls) -> [String; 2] {
        let flame = flame();
        let press = |place: Place, key: &str| {
            place.moved(key, &flame, &flame.layout(place.zoom, 0.0, calls)).unwrap_or(place)
        };
        let place = keys.split(' ').fold(Place::default(), press);
        [flame.name(place.current).to_owned(), flame.name(place.zoom).to_owned()]
    }

    #[test]
    fn arrows_go_from_frame_to_frame() {
        assert_eq!(walk("ArrowDown ArrowDown", Calls::All), ["f", "all"]);
        assert_eq!(walk("ArrowDown ArrowDown ArrowRight ArrowRight", Calls::All), ["g", "all"]);
        assert_eq!(walk("ArrowDown ArrowDown ArrowDown", Calls::All), ["pass", "all"]);
        assert_eq!(walk("ArrowDown ArrowDown ArrowDown", Calls::Folded), ["h", "all"]);
        assert_eq!(walk("ArrowDown ArrowDown ArrowDown ArrowUp", Calls::Folded), ["f", "all"]);
        assert_eq!(walk("ArrowDown ArrowUp ArrowUp ArrowLeft x", Calls::All), ["all", "all"]);
        assert_eq!(walk("ArrowDown ArrowDown Home", Calls::All), ["all", "all"]);
    }

    #[test]
    fn enter_zooms_in_and_escape_to_where_more_is_seen() {
        let h = "ArrowDown ArrowDown ArrowDown ArrowDown Enter";
        assert_eq!(walk(h, Calls::All), ["h", "h"]);
        assert_eq!(walk(&format!("{h} ArrowRight"), Calls::All), ["h", "h"], "its row has no other");
        // `pass` is as wide as `h`: out means to `f`.
        assert_eq!(walk(&format!("{h} Escape"), Calls::All), ["h", "f"]);
        assert_eq!(walk(&format!("{h} Escape Backspace Escape Escape"), Calls::All), ["h", "all"]);
    }
}
