//! What is said of a run that goes on, for who does not see its figures change.

use heapgym_shared::chart::time_label;

use super::{run::Run, tiles::TILES};

/// Figures are said this often at most: oftener, nobody can listen to anything else.
pub const EVERY_NS: u64 = 5_000_000_000;
/// The tiles that are said: what is achieved, at which latency, with how much memory.
const TOLD: [&str; 4] = ["achieved", "p99", "failed", "resident"];

/// How a run goes on, in a sentence.
pub fn spoken(run: &Run) -> String {
    let tiles = TILES.iter().filter(|tile| TOLD.contains(&tile.id));
    let figures = tiles.map(|tile| format!("{} {}", tile.title, tile.figure(run).text));
    let figures: Vec<_> = figures.collect();
    format!("{} at {}: {}.", run.variant(), time_label(run.elapsed_ns()), figures.join(", "))
}

#[cfg(test)]
mod tests {
    use heapgym_shared::protocol::RunId;

    use super::*;

    #[test]
    fn it_says_what_is_known() {
        let run = Run::new(RunId("a".to_owned()), None);
        assert_eq!(spoken(&run), " at 0.0 s: Achieved -, p99 -, Failed -, Resident -.");
    }
}
