//! What the page shows, as the path of its address.

use heapgym_shared::protocol::RunId;

/// What the path of the page's address names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Address {
    /// `/`: nothing yet.
    #[default]
    Start,
    /// `/r/{id}`: one run.
    Run(RunId),
    /// `/c/{a}..{b}`: two runs in the same charts.
    Pair(RunId, RunId),
    /// `/runs`: the list of all runs.
    Runs,
}

impl Address {
    const RUNS: &str = "/runs";

    /// Reads a path; one that names no run is the start.
    pub fn parse(path: &str) -> Self {
        let path = path.strip_suffix('/').unwrap_or(path);
        if path == Self::RUNS {
            return Self::Runs;
        }
        let id = |text: &str| (!text.is_empty() && !text.contains('/')).then(|| RunId(text.to_owned()));
        if let Some(run) = path.strip_prefix("/r/").and_then(id) {
            return Self::Run(run);
        }
        let pair = path.strip_prefix("/c/").and_then(|pair| pair.split_once(".."));
        match pair.and_then(|(first, second)| Some((id(first)?, id(second)?))) {
            Some((first, second)) => Self::Pair(first, second),
            None => Self::Start,
        }
    }

    /// The address of these runs, the first one begun first.
    pub fn of(runs: &[&RunId]) -> Self {
        match runs {
            [] => Self::Start,
            [run] => Self::Run((*run).clone()),
            [first, second, ..] => Self::Pair((*first).clone(), (*second).clone()),
        }
    }

    /// The runs it names.
    pub fn runs(self) -> Vec<RunId> {
        match self {
            Self::Start | Self::Runs => Vec::new(),
            Self::Run(run) => vec![run],
            Self::Pair(first, second) => vec![first, second],
        }
    }

    /// What a link to it says: its path from the page's base on.
    pub fn href(&self) -> String {
        format!(".{}", self.path())
    }

    /// The path.
    pub fn path(&self) -> String {
        match self {
            Self::Start => "/".to_owned(),
            Self::Run(run) => format!("/r/{run}"),
            Self::Pair(first, second) => format!("/c/{first}..{second}"),
            Self::Runs => Self::RUNS.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_back_as_it_was_written() {
        let id = |text: &str| RunId(text.to_owned());
        for address in [Address::Start, Address::Run(id("abc")), Address::Pair(id("abc"), id("def"))] {
            assert_eq!(Address::parse(&address.path()), address);
            let runs = address.clone().runs();
            assert_eq!(Address::of(&runs.iter().collect::<Vec<_>>()), address);
        }
        assert_eq!(Address::parse(&Address::Runs.path()), Address::Runs);
        assert_eq!(["/runs/", "/r/abc/"].map(Address::parse), [Address::Runs, Address::Run(id("abc"))]);
    }

    #[test]
    fn what_names_no_run_is_the_start() {
        for path in ["", "/", "/r/", "/r/a/b", "/c/a", "/c/..b", "/runs/x", "/x/abc", "/play"] {
            assert_eq!(Address::parse(path), Address::Start, "{path}");
        }
    }
}
