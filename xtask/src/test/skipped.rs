//! Tests that are skipped because something that they need is missing: found by name before the run, and reported after it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Tier, nextest::Nextest};
use crate::{
    needs::{self, Need},
    say,
    shell::output,
};

/// The names of skipped tests, by what each needs.
pub(super) type Skipped = BTreeMap<String, Vec<String>>;

/// The tests of a run that need something that is `missing`.
pub(super) fn find(nextest: &Nextest, tier: Tier, missing: &[Need], args: &[String]) -> Result<Skipped> {
    if missing.is_empty() {
        return Ok(Skipped::new());
    }
    let json = output(nextest.list(tier, args)?).context("nextest could not list the tests")?;
    let list: List = serde_json::from_str(&json).context("nextest listed the tests in another format")?;
    Ok(by_need(&list, missing))
}

/// Names the skipped tests, and counts them.
pub(super) fn report(skipped: &Skipped) {
    for (programs, tests) in skipped {
        say::remark(&format!("{} skipped. Missing: {programs}", count(tests.len())));
        for test in tests {
            say::remark(&format!("  {test}"));
        }
    }
}

fn count(tests: usize) -> String {
    format!("{tests} {}", if tests == 1 { "test was" } else { "tests were" })
}

fn by_need(list: &List, missing: &[Need]) -> Skipped {
    let mut skipped = Skipped::new();
    let suites = list.rust_suites.values();
    let selected = suites.flat_map(|suite| &suite.testcases).filter(|(_, test)| test.filter_match.is_match());
    for (name, _) in selected {
        let needed: Vec<Need> = missing.iter().filter(|need| need.is_needed_by(name)).copied().collect();
        if !needed.is_empty() {
            skipped.entry(needs::names(&needed)).or_default().push(name.clone());
        }
    }
    skipped
}

/// What `nextest list --message-format json` prints, as far as it is needed.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct List {
    rust_suites: BTreeMap<String, Suite>,
}

#[derive(Deserialize)]
struct Suite {
    testcases: BTreeMap<String, Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Test {
    filter_match: FilterMatch,
}

#[derive(Deserialize)]
struct FilterMatch {
    status: String,
}

impl FilterMatch {
    fn is_match(&self) -> bool {
        self.status == "matches"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_tests_are_named_by_what_they_need() {
        let list: List = serde_json::from_str(
            r#"{"test-count": 4, "rust-suites": {"heapgym-tests::journeys": {"kind": "test", "testcases": {
                "in_browser::charts::a": {"ignored": false, "filter-match": {"status": "matches"}},
                "in_browser::charts::b": {"filter-match": {"status": "mismatch", "reason": "string"}},
                "profiles::with_go::c": {"filter-match": {"status": "matches"}},
                "profiles::d": {"filter-match": {"status": "matches"}}
            }}}}"#,
        )
        .unwrap();
        let skipped = by_need(&list, &needs::TEST);
        assert_eq!(
            skipped.into_iter().collect::<Vec<_>>(),
            [
                ("Chromium, chromedriver".to_owned(), vec!["in_browser::charts::a".to_owned()]),
                ("Go".to_owned(), vec!["profiles::with_go::c".to_owned()]),
            ]
        );
    }

    #[test]
    fn one_test_is_counted_as_one() {
        assert_eq!((count(1), count(2)), ("1 test was".to_owned(), "2 tests were".to_owned()));
    }
}
