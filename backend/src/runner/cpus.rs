//! Disjoint CPU sets for target and load generator.

use heapgym_probe::process;

/// Which CPUs each child runs on; empty means any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CpuSets {
    pub(super) target: Vec<usize>,
    pub(super) load: Vec<usize>,
}

impl CpuSets {
    /// Splits the CPUs that this process may use.
    pub(super) fn of_this_process() -> Self {
        Self::split(&process::usable_cpus())
    }

    /// The first half for the target, the rest for the load generator; with one CPU they share it.
    fn split(cpus: &[usize]) -> Self {
        if cpus.len() < 2 {
            return Self { target: Vec::new(), load: Vec::new() };
        }
        let (target, load) = cpus.split_at(cpus.len() / 2);
        Self { target: target.to_vec(), load: load.to_vec() }
    }
}

/// A set as the report shows it, such as `0,1`.
pub(super) fn describe(cpus: &[usize]) -> String {
    if cpus.is_empty() {
        return "shared".to_owned();
    }
    cpus.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_and_load_share_nothing_where_there_are_two() {
        let sets = CpuSets::split(&[2, 3, 6]);
        assert_eq!((describe(&sets.target), describe(&sets.load)), ("2".to_owned(), "3,6".to_owned()));
        assert_eq!(describe(&CpuSets::split(&[0]).target), "shared");
    }
}
