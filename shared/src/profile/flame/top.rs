//! The functions that allocate most, as `pprof -top` lists them.

use std::cmp::Reverse;

use super::{Amount, Flame};

/// One function, over all its frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopRow {
    /// The function.
    pub name: String,
    /// What it allocated itself.
    pub flat: Amount,
    /// What it and all that it called allocated; once where it calls itself.
    pub cum: Amount,
}

impl Flame {
    /// The `count` functions that allocated most themselves, or in a difference those that changed most.
    pub fn top(&self, count: usize) -> Vec<TopRow> {
        let empty =
            |name: &String| TopRow { name: name.clone(), flat: Amount::default(), cum: Amount::default() };
        let mut rows: Vec<TopRow> = self.names.iter().map(empty).collect();
        // Where the outermost frame of each function ends that is on the path.
        let mut counted_to = vec![0; rows.len()];
        for (at, node) in self.nodes.iter().enumerate().skip(1) {
            rows[node.name].flat.add(node.own);
            if at >= counted_to[node.name] {
                rows[node.name].cum.add(node.total);
                counted_to[node.name] = node.end;
            }
        }
        let weight = |amount: Amount| match self.is_difference {
            true => amount.changed(),
            false => amount.value,
        };
        let key = |row: &TopRow| Reverse((weight(row.flat), weight(row.cum)));
        rows.sort_unstable_by(|one, other| key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name)));
        rows.truncate(count);
        rows
    }
}
