//! Flags of other load tools, typed out of habit.

use crate::support::heapgym;

#[track_caller]
fn says(line: &[&str], words: &[&str]) {
    let output = heapgym().args(line).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for words in words {
        assert!(said.contains(words), "{line:?}: no {words:?} in {said}");
    }
    assert!(!said.contains("use '-- -"), "{line:?}: {said}");
}

#[test]
fn a_flag_of_another_load_tool_names_the_flag_that_does_the_same() {
    const URL: &str = "http://127.0.0.1:8081/";
    says(&["attack", URL, "-c", "10"], &["no -c", "wrk", "--concurrency 10"]);
    says(&["attack", URL, "-n", "100"], &["fixed_iterations"]);
    says(&["attack", URL, "-d", "5s"], &["--duration 5s"]);
    says(&["attack", URL, "-H", "A: b"], &["--header 'A: b'"]);
    says(&["attack", URL, "-rate=100"], &["vegeta", "--rate 100"]);
    says(&["attack", URL, "--latency"], &["heapgym has nothing for it"]);
    says(&["run", "-c", "10"], &["--concurrency 10"]);
    says(&["run", "-H", "A: b"], &["only `heapgym attack` has it"]);
    // What no tool has is left without a tip that would not work.
    says(&["run", "-9"], &["unexpected argument '-9'"]);
}
