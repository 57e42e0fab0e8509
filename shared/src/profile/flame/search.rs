//! Frames whose name contains what is searched for, and how much of the whole they are.

use super::{Amount, Flame};

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Of each node whether its name matches; empty where nothing was searched for.
    pub nodes: Vec<bool>,
    /// What they allocated, with what they called. A match within a match counts once.
    pub covered: Amount,
}

impl Flame {
    /// Searches all names for a text, whatever the case of its ASCII letters. Blanks around it do not count; nothing
    /// finds nothing.
    pub fn search(&self, text: &str) -> Found {
        let text = text.trim().to_ascii_lowercase();
        let mut found = Found::default();
        if text.is_empty() {
            return found;
        }
        let matching: Vec<bool> =
            self.names.iter().map(|name| name.to_ascii_lowercase().contains(&text)).collect();
        found.nodes = self.nodes.iter().map(|node| node.parent.is_some() && matching[node.name]).collect();
        let mut covered_to = 0;
        for (at, node) in self.nodes.iter().enumerate().skip(1) {
            if found.nodes[at] && at >= covered_to {
                found.covered.add(node.total);
                covered_to = node.end;
            }
        }
        found
    }
}
