//! Stacks merged into a tree: of one profile, or of two to see the difference between them.
//!
//! In a difference a frame is as wide as the larger of the two sides, stack by stack, so that what went away keeps its
//! place. Values are not normalised, as in `pprof -diff_base`: a run that allocated half as much shows half as much.

use std::cmp::Ordering;

use super::{Profile, SampleType};

mod label;
mod layout;
mod paint;
mod search;
mod top;
mod words;

#[cfg(test)]
mod tests;

pub use label::{label, visible};
pub use layout::{Calls, Frame, Layout};
pub use paint::{Change, neutral, of_change, text_color};
pub use search::Found;
pub use top::TopRow;
pub use words::{names, percent};

use words::part;

/// The name of the frame that holds all others.
pub const ROOT_NAME: &str = "all";
/// What a frame is called whose function the profile does not name.
const UNKNOWN: &str = "(unknown)";

/// What two profiles say of one frame. Of a profile alone, the base is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// In the profile that is shown.
    pub value: u64,
    /// In the one that it is compared with.
    pub base: u64,
}

impl Amount {
    /// By how much it changed, either way.
    pub fn changed(self) -> u64 {
        self.value.abs_diff(self.base)
    }

    /// Which way it changed: greater than the base, less, or equal.
    pub fn way(self) -> Ordering {
        self.value.cmp(&self.base)
    }

    /// The larger of the two sides.
    fn larger(self) -> u64 {
        self.value.max(self.base)
    }

    fn add(&mut self, other: Self) {
        self.value = self.value.saturating_add(other.value);
        self.base = self.base.saturating_add(other.base);
    }
}

/// One frame of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Index of its caller; `None` for the root.
    pub parent: Option<usize>,
    /// Frames above it; 0 for the root.
    pub depth: usize,
    /// What it allocated itself.
    pub own: Amount,
    /// What it and all that it called allocated.
    pub total: Amount,
    /// Where it begins, in the unit of the values, from the left end of the root.
    pub offset: u64,
    /// Its width in the unit of the values: its total, or in a difference what both sides take.
    pub width: u64,
    /// Index after its last descendant's.
    pub end: usize,
    name: usize,
}

/// The stacks of one profile, or of two, as a tree.
///
/// Callers come before what they call, callees in the order of their names: the same profile is always the same
/// tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Flame {
    /// What is counted.
    pub sample_type: SampleType,
    /// Whether two profiles were compared.
    pub is_difference: bool,
    names: Vec<String>,
    nodes: Vec<Node>,
}

impl Flame {
    /// The tree of a profile; of one thread when it is named.
    pub fn new(profile: &Profile, sample_type: SampleType, thread: Option<&str>) -> Self {
        Self::merge(profile, None, sample_type, thread)
    }

    /// The tree of a profile and of the base it is compared with.
    pub fn diff(profile: &Profile, base: &Profile, sample_type: SampleType, thread: Option<&str>) -> Self {
        Self::merge(profile, Some(base), sample_type, thread)
    }

    fn merge(
        profile: &Profile,
        base: Option<&Profile>,
        sample_type: SampleType,
        thread: Option<&str>,
    ) -> Self {
        let shown =
            paths(profile, sample_type, thread).map(|(path, value)| (path, Amount { value, base: 0 }));
        let base_paths = base.into_iter().flat_map(|base| paths(base, sample_type, thread));
        let compared = base_paths.map(|(path, base)| (path, Amount { value: 0, base }));
        let stacks: Vec<_> = shown.chain(compared).collect();

        let mut names: Vec<&str> = stacks.iter().flat_map(|(path, _)| path.iter().copied()).collect();
        names.sort_unstable();
        names.dedup();
        let rank = |name: &&str| names.binary_search(name).unwrap_or_default();
        let ranked = |path: Vec<&str>| path.iter().map(rank).collect::<Vec<_>>();
        let mut stacks: Vec<_> = stacks.into_iter().map(|(path, amount)| (ranked(path), amount)).collect();
        stacks.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));

        let names = names.into_iter().map(str::to_owned).collect();
        let mut flame = Self { sample_type, is_difference: base.is_some(), names, nodes: nodes(&stacks) };
        flame.sum_up();
        flame
    }

    /// Totals, widths and places of all nodes, from what each allocated itself.
    fn sum_up(&mut self) {
        for at in (0..self.nodes.len()).rev() {
            let node = &mut self.nodes[at];
            node.total.add(node.own);
            node.width = node.width.saturating_add(node.own.larger());
            let (total, width, end) = (node.total, node.width, node.end);
            if let Some(parent) = node.parent {
                let parent = &mut self.nodes[parent];
                parent.total.add(total);
                parent.width = parent.width.saturating_add(width);
                parent.end = parent.end.max(end);
            }
        }
        // Callees stand at the left of their caller, what it allocated itself is the rest.
        let mut free: Vec<u64> = vec![0; self.nodes.len()];
        for at in 1..self.nodes.len() {
            let Some(parent) = self.nodes[at].parent else { continue };
            let right = self.nodes[parent].offset.saturating_add(self.nodes[parent].width);
            let node = &mut self.nodes[at];
            node.offset = free[parent];
            // Sums stop at the largest number there is; a callee still ends where its caller does.
            node.width = node.width.min(right - node.offset);
            free[parent] = node.offset + node.width;
            free[at] = node.offset;
        }
    }

    /// All frames; the first is the root.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The name of a frame.
    pub fn name(&self, node: usize) -> &str {
        let node = &self.nodes[node];
        if node.parent.is_none() { ROOT_NAME } else { &self.names[node.name] }
    }

    /// What all frames together are.
    pub fn total(&self) -> Amount {
        self.nodes[0].total
    }

    /// Whether nothing was sampled.
    pub fn is_empty(&self) -> bool {
        self.nodes[0].width == 0
    }

    /// A frame's callees, in their order.
    pub fn children(&self, node: usize) -> impl Iterator<Item = usize> {
        let last = self.nodes[node].end;
        let next = move |at: &usize| Some(self.nodes[*at].end).filter(|end| *end < last);
        std::iter::successors(Some(node + 1).filter(|first| *first < last), next)
    }

    /// What a frame is of the whole, from 0 to 1: of the profile that is shown, or of the base where only that has
    /// something.
    pub fn share(&self, amount: Amount) -> f64 {
        match self.total() {
            Amount { value: 0, base } => part(amount.base, base),
            Amount { value, .. } => part(amount.value, value),
        }
    }
}

/// The stacks that have a value, by names.
fn paths<'a>(
    profile: &'a Profile,
    sample_type: SampleType,
    thread: Option<&'a str>,
) -> impl Iterator<Item = (Vec<&'a str>, u64)> {
    let name = |frame: &u32| profile.functions.get(*frame as usize).map_or(UNKNOWN, String::as_str);
    let thread_of = |index: Option<u32>| profile.threads.get(index? as usize).map(String::as_str);
    let stacks = profile.stacks.iter();
    stacks
        .filter(move |stack| stack.value(sample_type) > 0)
        .filter(move |stack| thread.is_none() || thread_of(stack.thread) == thread)
        .map(move |stack| (stack.frames.iter().map(name).collect(), stack.value(sample_type)))
}

/// The nodes of sorted stacks, each with what it allocated itself.
fn nodes(stacks: &[(Vec<usize>, Amount)]) -> Vec<Node> {
    let node = |parent, depth, at: usize, name| Node {
        parent,
        depth,
        own: Amount::default(),
        total: Amount::default(),
        offset: 0,
        width: 0,
        end: at + 1,
        name,
    };
    let mut nodes = vec![node(None, 0, 0, 0)];
    // The path of the last stack: its names, and their nodes with the root before them.
    let (mut path, mut at): (&[usize], Vec<usize>) = (&[], vec![0]);
    for (names, amount) in stacks {
        let common = names.iter().zip(path).take_while(|(one, other)| one == other).count();
        at.truncate(common + 1);
        for name in &names[common..] {
            let (depth, parent) = (at.len(), at.last().copied());
            at.push(nodes.len());
            nodes.push(node(parent, depth, nodes.len(), *name));
        }
        path = names;
        if let Some(leaf) = at.last() {
            nodes[*leaf].own.add(*amount);
        }
    }
    nodes
}
