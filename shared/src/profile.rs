//! A heap profile with names: what allocated, by stack, in Go's four sample types.

use serde::{Deserialize, Serialize};

use crate::unit::Unit;

pub mod flame;
mod svg;

pub use svg::{FlameOptions, flame_svg};

/// What is counted of the allocations of a stack: the sample types of Go's heap profiles, under Go's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleType {
    /// Bytes that were live when the profile was taken.
    #[default]
    InuseSpace,
    /// Allocations that were live when the profile was taken.
    InuseObjects,
    /// Bytes allocated since the beginning, freed or not.
    AllocSpace,
    /// Allocations made since the beginning, freed or not.
    AllocObjects,
}

impl SampleType {
    /// All of them, in the order of [`Stack::values`].
    pub const ALL: [Self; 4] = [Self::InuseSpace, Self::InuseObjects, Self::AllocSpace, Self::AllocObjects];

    /// Its id in links and files.
    pub fn id(self) -> &'static str {
        match self {
            Self::InuseSpace => "inuse_space",
            Self::InuseObjects => "inuse_objects",
            Self::AllocSpace => "alloc_space",
            Self::AllocObjects => "alloc_objects",
        }
    }

    /// The sample type of this id.
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// The unit of its values.
    pub fn unit(self) -> Unit {
        match self {
            Self::InuseSpace | Self::AllocSpace => Unit::Bytes,
            Self::InuseObjects | Self::AllocObjects => Unit::Count,
        }
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::InuseSpace => "Live bytes",
            Self::InuseObjects => "Live allocations",
            Self::AllocSpace => "Allocated bytes",
            Self::AllocObjects => "Allocations made",
        }
    }

    /// What it means, in one sentence.
    pub fn help(self) -> &'static str {
        match self {
            Self::InuseSpace => {
                "Bytes that were allocated and not yet freed when the profile was taken: what memory is held for."
            }
            Self::InuseObjects => "Allocations that were not yet freed when the profile was taken.",
            Self::AllocSpace => {
                "Bytes allocated since the beginning, freed or not: churn, and what a pool saves."
            }
            Self::AllocObjects => {
                "Allocations made since the beginning, freed or not: what the allocator was busy with."
            }
        }
    }
}

/// A heap profile with names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Mean bytes between two samples: jemalloc's 2 to the power of `lg_prof_sample`.
    pub sample_bytes: u64,
    /// Demangled names of functions, each once.
    pub functions: Vec<String>,
    /// Names of threads; empty where the profile is summed over threads.
    pub threads: Vec<String>,
    /// What allocated.
    pub stacks: Vec<Stack>,
}

/// What was allocated from one stack.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Stack {
    /// Indices into [`Profile::functions`], the root first and the frame that allocates last.
    pub frames: Vec<u32>,
    /// Index into [`Profile::threads`]; `None` where it is summed over threads.
    pub thread: Option<u32>,
    /// Values in the order of [`SampleType::ALL`], already scaled up from the samples.
    pub values: [u64; 4],
}

impl Stack {
    /// Its value of a sample type.
    pub fn value(&self, kind: SampleType) -> u64 {
        self.values[kind as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_types_have_their_place_and_their_words() {
        let stack = Stack { values: [1, 2, 3, 4], ..Default::default() };
        for (index, kind) in SampleType::ALL.into_iter().enumerate() {
            assert_eq!(stack.value(kind), stack.values[index]);
            assert_eq!(SampleType::find(kind.id()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.id());
            assert!(kind.help().ends_with('.'));
        }
        assert_eq!(SampleType::find("cpu"), None);
    }

    #[test]
    fn a_profile_reads_back_what_it_wrote() {
        let profile = Profile {
            sample_bytes: 512 << 10,
            functions: vec!["main".to_owned(), "<f\0>".to_owned()],
            threads: vec!["worker".to_owned()],
            stacks: vec![Stack { frames: vec![0, 1], thread: Some(0), values: [1, 2, 3, u64::MAX] }],
        };
        let text = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), profile);
    }
}
