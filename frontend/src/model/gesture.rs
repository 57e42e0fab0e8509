//! Fingers and the mouse on a chart: one draws a stretch of time, two pinch.

/// Pixels that a pointer may move and still mean a click.
const STILL: f64 = 5.0;

/// The pointers that are down on a chart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gesture {
    pointers: Vec<Pointer>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Pointer {
    id: i32,
    /// Where it came down.
    from: f64,
    /// Where it is.
    at: f64,
}

/// What a gesture asks for, in CSS pixels from the chart's left edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Asked {
    /// A stretch is being drawn.
    Drawing(f64, f64),
    /// A stretch was drawn.
    Drawn(f64, f64),
    /// What was being drawn is not meant.
    Nothing,
    /// So many times as much is to be shown, around a place.
    Pinched {
        /// The place.
        about: f64,
        /// Below one is closer.
        factor: f64,
    },
}

impl Gesture {
    /// A pointer came down.
    pub fn down(&mut self, id: i32, x: f64) -> Asked {
        self.pointers.retain(|pointer| pointer.id != id);
        self.pointers.push(Pointer { id, from: x, at: x });
        Asked::Nothing
    }

    /// A pointer moved; `None` where that means nothing.
    pub fn moved(&mut self, id: i32, x: f64) -> Option<Asked> {
        let index = self.pointers.iter().position(|pointer| pointer.id == id)?;
        let before = std::mem::replace(&mut self.pointers[index].at, x);
        match self.pointers[..] {
            [Pointer { from, at, .. }] => ((at - from).abs() > STILL).then_some(Asked::Drawing(from, at)),
            [one, other] => {
                let still = if index == 0 { other.at } else { one.at };
                let (old, new) = ((before - still).abs().max(1.0), (x - still).abs().max(1.0));
                Some(Asked::Pinched { about: (x + still) / 2.0, factor: old / new })
            }
            _ => None,
        }
    }

    /// A pointer left the chart's surface; `None` where that means nothing.
    pub fn up(&mut self, id: i32) -> Option<Asked> {
        let index = self.pointers.iter().position(|pointer| pointer.id == id)?;
        let alone = self.pointers.len() == 1;
        let Pointer { from, at, .. } = self.pointers.remove(index);
        // The finger of a pinch that stays longer draws nothing.
        self.pointers.iter_mut().for_each(|pointer| pointer.from = pointer.at);
        if !alone {
            return None;
        }
        Some(if (at - from).abs() > STILL { Asked::Drawn(from, at) } else { Asked::Nothing })
    }

    /// Whether pointers are down.
    pub fn is_on(&self) -> bool {
        !self.pointers.is_empty()
    }

    /// The browser took the pointers away, for scrolling.
    pub fn cancel(&mut self) -> Asked {
        self.pointers.clear();
        Asked::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pointer_draws_a_stretch() {
        let mut gesture = Gesture::default();
        gesture.down(1, 100.0);
        assert_eq!(gesture.moved(1, 103.0), None, "a hand is not that still");
        assert_eq!(gesture.moved(1, 60.0), Some(Asked::Drawing(100.0, 60.0)));
        assert_eq!(gesture.up(1), Some(Asked::Drawn(100.0, 60.0)));
        assert!(!gesture.is_on());
        assert_eq!(gesture.moved(1, 10.0), None, "nothing is down");
    }

    #[test]
    fn a_click_draws_nothing() {
        let mut gesture = Gesture::default();
        gesture.down(1, 100.0);
        assert_eq!(gesture.up(1), Some(Asked::Nothing));
        gesture.down(1, 100.0);
        assert_eq!(gesture.cancel(), Asked::Nothing);
        assert_eq!(gesture.up(1), None);
    }

    #[test]
    fn two_pointers_pinch() {
        let mut gesture = Gesture::default();
        gesture.down(1, 100.0);
        gesture.down(2, 200.0);
        assert_eq!(gesture.moved(2, 300.0), Some(Asked::Pinched { about: 200.0, factor: 0.5 }));
        assert_eq!(gesture.moved(1, 200.0), Some(Asked::Pinched { about: 250.0, factor: 2.0 }));
        assert_eq!(gesture.up(1), None);
        assert_eq!(gesture.moved(2, 302.0), None);
        assert_eq!(gesture.up(2), Some(Asked::Nothing), "what is left of a pinch draws nothing");
    }
}
