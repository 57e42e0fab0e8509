//! A heap profile as plain data for pages: stacks of names, those that read the same summed up.

use std::collections::HashMap;

use heapgym_shared::profile::{Profile, Stack};

use super::HeapProfile;

impl HeapProfile {
    /// The profile as pages read it; of the threads of one name only where `thread` gives one.
    pub fn to_profile(&self, thread: Option<&str>) -> Profile {
        let mut names = HashMap::new();
        let mut functions: Vec<String> = Vec::new();
        // Functions of one name in several files are one here.
        let indices: Vec<u32> = self
            .functions
            .iter()
            .map(|function| {
                *names.entry(function.name.as_str()).or_insert_with(|| {
                    functions.push(function.name.clone());
                    functions.len() as u32 - 1
                })
            })
            .collect();
        let mut places: HashMap<(Vec<u32>, Option<u32>), usize> = HashMap::new();
        let mut stacks: Vec<Stack> = Vec::new();
        for stack in
            self.stacks.iter().filter(|stack| thread.is_none() || self.thread_of(stack.thread) == thread)
        {
            let lines = stack.locations.iter().flat_map(|location| &self.locations[*location as usize].lines);
            let mut frames: Vec<u32> = lines.map(|line| indices[line.function as usize]).collect();
            frames.reverse();
            let place = *places.entry((frames.clone(), stack.thread)).or_insert_with(|| {
                stacks.push(Stack { frames, thread: stack.thread, values: [0; 4] });
                stacks.len() - 1
            });
            for (sum, value) in stacks[place].values.iter_mut().zip(stack.values) {
                *sum = sum.saturating_add(value.max(0) as u64);
            }
        }
        Profile { sample_bytes: self.sample_bytes, functions, threads: self.threads.clone(), stacks }
    }

    /// The name of a thread.
    pub(super) fn thread_of(&self, index: Option<u32>) -> Option<&str> {
        index.and_then(|index| self.threads.get(index as usize)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Function, HeapStack, Line, Location},
        *,
    };

    fn profile() -> HeapProfile {
        let function = |name: &str, file: &str| Function {
            name: name.to_owned(),
            linkage: String::new(),
            file: file.to_owned(),
        };
        let line = |function| Line { function, line: 1 };
        let location = |address, lines: &[u32]| Location {
            address,
            mapping: None,
            lines: lines.iter().copied().map(line).collect(),
        };
        let stack = |locations: &[u32], thread, value| HeapStack {
            locations: locations.to_vec(),
            thread,
            values: [value; 4],
        };
        HeapProfile {
            sample_bytes: 1,
            mappings: Vec::new(),
            functions: vec![function("main", "a"), function("leaf", "a"), function("leaf", "b")],
            locations: vec![location(10, &[0]), location(20, &[1, 0]), location(30, &[2])],
            threads: vec!["worker".to_owned()],
            stacks: vec![
                stack(&[1, 0], Some(0), 5), // leaf inlined into main, called by main
                stack(&[2, 0, 0], Some(0), 6),
                stack(&[2, 0, 0], None, 7),
                stack(&[2, 0, 0], None, -9),
            ],
        }
    }

    #[test]
    fn stacks_that_read_the_same_are_one_with_the_root_first() {
        let profile = profile().to_profile(None);
        assert_eq!(profile.functions, ["main", "leaf"]);
        let stack = |thread, value| Stack { frames: vec![0, 0, 1], thread, values: [value; 4] };
        assert_eq!(profile.stacks, [stack(Some(0), 11), stack(None, 7)]);
    }

    #[test]
    fn one_thread_can_be_looked_at_alone() {
        assert_eq!(profile().to_profile(Some("worker")).stacks.len(), 1);
        assert_eq!(profile().to_profile(Some("nobody")).stacks, []);
    }
}
