//! The heap profiles of the runs in sight: which there are, and which of them the reader looks at.

use heapgym_shared::{
    chart::time_label,
    profile::{SampleType, flame::names},
    protocol::RunId,
};

use super::run::Run;

/// A heap profile that can be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The run that it is of.
    pub run: RunId,
    /// How the run is written.
    pub variant: String,
    /// Its index among the run's profiles.
    pub at: usize,
    /// When it was taken.
    pub when: String,
    /// Why it was taken, in a few words.
    pub cause: String,
}

impl Known {
    /// Whether it has this place on the server: its run, and its index there.
    pub fn is_at(&self, (run, at): &(RunId, usize)) -> bool {
        self.run == *run && self.at == *at
    }

    /// What a list says of it.
    pub fn title(&self) -> String {
        format!("{}, {}: {}", self.variant, self.when, self.cause)
    }
}

/// All that can be looked at, in the order in which they were taken. A run tells of them when it has ended.
pub fn known(runs: &[Run]) -> Vec<Known> {
    let of_run = |run: &Run| {
        let taken = run.report.iter().flat_map(|report| &report.profiles).enumerate();
        let known = taken.map(|(at, taken)| Known {
            run: run.id.clone(),
            variant: run.variant().to_owned(),
            at,
            when: time_label(taken.elapsed_ns),
            cause: taken.cause.clone(),
        });
        known.collect::<Vec<_>>()
    };
    // A file of a run has no profiles in it.
    runs.iter().filter(|run| run.is_on_server()).flat_map(of_run).collect()
}

/// What there is to say where there is no profile to look at, and what to do about it.
pub fn why_none(runs: &[Run]) -> String {
    let failures: Vec<&str> = runs
        .iter()
        .filter_map(|run| run.report.as_deref())
        .flat_map(|report| report.profile_failures.iter().map(String::as_str))
        .collect();
    if !failures.is_empty() {
        return format!("A heap profile was asked for, and there is none: {}.", failures.join("; "));
    }
    if runs.iter().any(|run| run.outcome().is_none() && run.profiling().is_some()) {
        return "The profiles of this run can be looked at when it has ended.".to_owned();
    }
    "A heap profile says which functions the memory was allocated by. No run here has one. Set \u{201C}Heap profile\u{201D} \
     to load under More settings and press Run; or press \u{201C}Profile from now on\u{201D} while a run is under load."
        .to_owned()
}

/// What the reader looks at, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Index of the profile that is looked at.
    pub shown: usize,
    /// Index of the one that it is compared with.
    pub base: Option<usize>,
    /// What is counted.
    pub sample_type: SampleType,
    /// The thread, if it is one alone.
    pub thread: Option<String>,
}

impl Choice {
    /// What is looked at before anybody picks: the newest, and of two runs their difference. What was allocated over
    /// the load, and not the little that was live at its end.
    pub fn first(known: &[Known]) -> Self {
        let run = known.last().map(|last| &last.run);
        let base = known.iter().rposition(|other| Some(&other.run) != run);
        Self { shown: known.len().saturating_sub(1), base, sample_type: SampleType::AllocSpace, thread: None }
    }

    /// Looks at another one; nothing is compared with itself.
    pub fn show(&mut self, shown: usize) {
        self.shown = shown;
        self.base = self.base.filter(|base| *base != shown);
    }

    /// What the two are called.
    pub fn names(&self, known: &[Known]) -> [String; 2] {
        let name = |known: &Known| (known.variant.clone(), known.when.clone());
        let base = self.base.and_then(|base| known.get(base)).map(name);
        known.get(self.shown).map(|shown| names(name(shown), base)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(run: &str, variant: &str, at: usize, when: &str) -> Known {
        let (run, variant, when) = (RunId(run.to_owned()), variant.to_owned(), when.to_owned());
        Known { run, variant, at, when, cause: "asked for".to_owned() }
    }

    #[test]
    fn the_newest_is_looked_at_and_two_runs_are_compared() {
        let one = [profile("a", "naive", 0, "3 s"), profile("a", "naive", 1, "5 s")];
        let first = |known: &[Known]| (Choice::first(known).shown, Choice::first(known).base);
        assert_eq!(first(&[]), (0, None));
        assert_eq!(first(&one), (1, None));
        let two = [&one[..], &[profile("b", "pooled", 0, "4 s")]].concat();
        assert_eq!(first(&two), (2, Some(1)));
        let mut choice = Choice::first(&two);
        assert_eq!(choice.names(&two), ["pooled", "naive"]);
        choice.show(1);
        assert_eq!((choice.shown, choice.base), (1, None));
    }

    #[test]
    fn profiles_of_one_variant_are_told_apart_by_when_they_were_taken() {
        let one = [profile("a", "naive", 0, "3 s"), profile("a", "naive", 1, "5 s")];
        let mut choice = Choice::first(&one);
        choice.base = Some(0);
        assert_eq!(choice.names(&one), ["naive at 5 s", "naive at 3 s"]);
        assert_eq!(one[0].title(), "naive, 3 s: asked for");
        assert_eq!(choice.names(&[]), ["", ""]);
    }
}
