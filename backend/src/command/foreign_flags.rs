//! Flags of other load tools, typed out of habit, and what heapgym has for them.

use clap::{Command, error::ContextKind, error::ContextValue};

/// What heapgym has for a flag of another tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Here {
    /// This flag, with the same value.
    Flag(&'static str),
    /// This, with the value in place of `{}`.
    Text(&'static str),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

use Here::{Flag, Nothing, Text};

/// A flag of other tools.
#[derive(Debug)]
struct Foreign {
    /// The tools that have it with this meaning.
    tools: &'static str,
    /// How it is written there.
    names: &'static [&'static str],
    here: Here,
}

const fn of(tools: &'static str, names: &'static [&'static str], here: Here) -> Foreign {
    Foreign { tools, names, here }
}

const ITERATIONS: Here = Text("--profile 'fixed_iterations iterations={} concurrency=10'");
const NO_BODY: Here = Nothing("requests have no body");
const ALWAYS_REUSED: Here = Nothing("connections are always kept open and used again");
const CHARTS: Here = Nothing("the report always has the percentiles, and --json has them as data");
const PLAIN: Here = Nothing("requests are HTTP/1.1 without TLS");

/// The flags of wrk, wrk2, oha, hey, vegeta, ab and k6. One name may have several meanings.
const FOREIGN: &[Foreign] = &[
    // How many at once, how many in all, how long, how fast.
    of("wrk, wrk2, oha, hey, ab", &["-c", "--connections"], Flag("--concurrency")),
    of("k6", &["-u", "--vus"], Flag("--concurrency")),
    of("vegeta", &["-workers", "-max-workers", "-connections", "-max-connections"], Flag("--max-in-flight")),
    of("oha, hey, ab", &["-n"], ITERATIONS),
    of("k6", &["-i", "--iterations"], ITERATIONS),
    of("wrk, wrk2, k6", &["-d"], Flag("--duration")),
    of("oha, hey", &["-z"], Flag("--duration")),
    of("vegeta", &["-duration"], Flag("--duration")),
    of("ab", &["-t", "--timelimit"], Flag("--duration")),
    of("wrk2", &["-R"], Flag("--rate")),
    of("vegeta", &["-rate"], Flag("--rate")),
    of("oha", &["-q", "--qps"], Flag("--rate")),
    of("hey", &["-q"], Text("--rate RATE, of all connections together")),
    of("k6", &["--rps"], Flag("--rate")),
    of("k6", &["-s", "--stage"], Text("--profile 'ramping_concurrency stages=10:5s,0:5s'")),
    of("oha", &["--burst-delay", "--burst-rate"], Text("--profile 'burst burst_rate=10 burst_delay=1s'")),
    // What is asked for.
    of("wrk, wrk2, oha, hey, ab", &["-H"], Flag("--header")),
    of("vegeta", &["-header"], Flag("--header")),
    of("oha, hey, ab", &["-m"], Flag("--method")),
    of("oha, hey", &["-A"], Text("--header 'Accept: {}'")),
    of("oha, hey, ab", &["-T"], NO_BODY),
    of("oha, hey", &["-d", "-D"], NO_BODY),
    of("vegeta", &["-body"], NO_BODY),
    of("ab", &["-p", "-u"], NO_BODY),
    of("oha, hey", &["-a"], Text("--header 'Authorization: Basic ...'")),
    of("ab", &["-A"], Text("--header 'Authorization: Basic ...'")),
    of("ab", &["-C"], Text("--header 'Cookie: NAME=VALUE'")),
    of("oha, hey", &["-host", "--host"], Text("--header 'Host: {}'")),
    of("ab", &["-i"], Nothing("HEAD is not sent")),
    of(
        "vegeta",
        &["-targets", "-format", "-lazy"],
        Text("one URL; start a second attack beside it for another one"),
    ),
    of("wrk, wrk2", &["-s", "--script"], Nothing("requests are all the same; there are no scripts")),
    // How.
    of("wrk, wrk2", &["-t"], Flag("--threads")),
    of("hey", &["-cpus"], Flag("--threads")),
    of("oha, hey", &["-t"], Flag("--timeout")),
    of("vegeta", &["-timeout"], Flag("--timeout")),
    of("ab", &["-s"], Flag("--timeout")),
    of("oha, hey", &["--disable-keepalive", "-disable-keepalive"], ALWAYS_REUSED),
    of("ab", &["-k"], ALWAYS_REUSED),
    of("vegeta", &["-keepalive"], ALWAYS_REUSED),
    of("hey, oha", &["-h2", "--http2", "--http-version", "-http2", "-insecure", "--insecure"], PLAIN),
    of("hey, oha", &["-disable-redirects", "--redirect", "-r"], Nothing("redirects are not followed")),
    of("vegeta", &["-redirects"], Nothing("redirects are not followed")),
    of(
        "hey, oha",
        &["-disable-compression", "--disable-compression"],
        Nothing("compression is not asked for"),
    ),
    of("hey, oha", &["-x"], Nothing("there is no proxy")),
    of("oha", &["-w", "--wait-ongoing-requests-after-deadline"], Text("--graceful-stop 5s, or longer")),
    of("oha", &["--latency-correction"], Nothing("response times always count from the intended start")),
    // What is written.
    of("wrk, wrk2", &["-L", "-U", "--latency", "--u_latency"], CHARTS),
    of("oha", &["-j", "--output-format"], Text("--json -")),
    of("oha", &["--no-tui", "--fps"], Nothing("progress is one line, and only on a terminal")),
    of("hey", &["-o"], Text("--json FILE")),
    of("vegeta", &["-output", "-o"], Text("--json FILE")),
    of("ab", &["-e", "-g"], Text("--hdr FILE")),
    of("k6", &["-o", "--out", "--summary-export"], Text("--json FILE")),
    of("k6", &["--summary-trend-stats"], CHARTS),
];

/// Commands that send load, whose flags are mistaken.
const COMMANDS: [&str; 3] = ["attack", "run", "compare"];

/// What to write instead of the flag that clap does not know, and of all others like it; `None` where no other tool has
/// it.
///
/// `words` are those of the command line, without the name of the program.
pub(super) fn instead(error: &clap::Error, command: &Command, words: &[String]) -> Option<String> {
    let subcommand = words.iter().find(|word| COMMANDS.contains(&word.as_str()))?;
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { return None };
    let unknown = unknown.split(['=', ' ']).next().unwrap_or_default();
    let (mut names, mut lines) = (Vec::new(), String::new());
    for (place, word) in words.iter().enumerate().filter(|(_, word)| word.starts_with('-')) {
        let (name, value) = name_and_value(word, words.get(place + 1));
        for Foreign { tools, here, .. } in FOREIGN.iter().filter(|foreign| foreign.names.contains(&name)) {
            lines.push_str(&format!(
                "\n  {name} of {tools}: {}",
                described(*here, command, subcommand, value)
            ));
            names.push(name);
        }
    }
    names.dedup();
    let is_foreign = names.iter().any(|name| name.starts_with(unknown));
    is_foreign.then(|| format!("heapgym {subcommand} has no {}{lines}", names.join(", ")))
}

/// Splits `-c10`, `-rate=100` and `-c 10` into a known name and its value.
fn name_and_value<'a>(word: &'a str, next: Option<&'a String>) -> (&'a str, Option<&'a str>) {
    let is_known = |name: &str| FOREIGN.iter().any(|foreign| foreign.names.contains(&name));
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    let next = next.map(String::as_str).filter(|next| !next.starts_with('-') && !next.contains("://"));
    if is_known(name) {
        return (name, value.or(next));
    }
    match word.char_indices().nth(2) {
        Some((end, _)) if !word.starts_with("--") => {
            (&word[..end], Some(word[end..].trim_start_matches('=')))
        }
        _ => (name, value.or(next)),
    }
}

/// What heapgym has, in half a sentence.
fn described(here: Here, command: &Command, subcommand: &str, value: Option<&str>) -> String {
    match here {
        Text(text) => {
            let is_plain = |value: &&str| value.chars().all(|c| c.is_alphanumeric() || "._-/:+@".contains(c));
            format!("write {}", text.replace("{}", value.filter(is_plain).unwrap_or("VALUE")))
        }
        Nothing(reason) => format!("heapgym has nothing for it: {reason}"),
        Flag(flag) => {
            let written = match value.map(quoted) {
                Some(value) => format!("{flag} {value}"),
                None => flag.to_owned(),
            };
            match has(command, subcommand, flag) {
                true => format!("write {written}"),
                false => format!("only `heapgym attack` has it, as {written}"),
            }
        }
    }
}

fn has(command: &Command, subcommand: &str, flag: &str) -> bool {
    let (Some(subcommand), Some(name)) = (command.find_subcommand(subcommand), flag.strip_prefix("--"))
    else {
        return false;
    };
    subcommand.get_arguments().any(|known| known.get_long() == Some(name))
}

/// A value as a shell takes it.
fn quoted(value: &str) -> String {
    shlex::try_quote(value).map_or_else(|_| "VALUE".to_owned(), |quoted| quoted.into_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::command::Args;

    fn said(line: &[&str]) -> String {
        let words: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
        let error = Args::command().try_get_matches_from([&["heapgym"], line].concat()).unwrap_err();
        instead(&error, &Args::command(), &words).unwrap_or_else(|| panic!("{line:?}: {error}"))
    }

    #[track_caller]
    fn names(line: &[&str], expect: &str) {
        let said = said(line);
        assert!(said.contains(expect), "{line:?}: {said}");
    }

    const URL: &str = "http://127.0.0.1:8081/";

    #[test]
    fn the_flag_that_does_the_same_is_named_with_its_value() {
        names(&["attack", URL, "-c", "10"], "-c of wrk, wrk2, oha, hey, ab: write --concurrency 10");
        names(&["attack", "-c10", URL], "--concurrency 10");
        names(&["attack", "-c", URL], "write --concurrency");
        names(&["attack", URL, "-n", "100"], "fixed_iterations iterations=100 concurrency=10");
        names(&["attack", URL, "-d", "5s"], "-d of wrk, wrk2, k6: write --duration 5s");
        names(&["attack", URL, "-d5s"], "--duration 5s");
        names(&["attack", URL, "-z", "5s"], "--duration 5s");
        names(&["attack", URL, "-H", "A: b"], "--header 'A: b'");
        names(&["attack", URL, "-m", "POST"], "--method POST");
        names(&["attack", URL, "-R", "2000"], "--rate 2000");
        names(&["attack", URL, "-q", "5"], "-q of oha: write --rate 5");
        names(&["attack", URL, "-q", "5"], "of all connections together");
        names(&["attack", URL, "-t", "2"], "-t of wrk, wrk2: write --threads 2");
        names(&["attack", URL, "-t", "2"], "-t of oha, hey: write --timeout 2");
        names(&["attack", URL, "-rate", "100/s"], "-rate of vegeta: write --rate 100/s");
        names(&["attack", URL, "-rate=100"], "--rate 100");
        names(&["attack", URL, "-duration=5s"], "--duration 5s");
        names(&["attack", URL, "--vus", "5"], "--vus of k6: write --concurrency 5");
        names(&["attack", URL, "--vus=5"], "--concurrency 5");
    }

    #[test]
    fn all_flags_of_a_line_are_named_at_once() {
        let said = said(&["attack", "-t2", "-c100", "-d30s", "-R2000", "--latency", URL]);
        for words in [
            "no -t, -c, -d, -R, --latency",
            "--threads 2",
            "--concurrency 100",
            "--duration 30s",
            "--rate 2000",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
    }

    #[test]
    fn what_heapgym_does_not_have_says_so() {
        names(&["attack", URL, "--latency"], "nothing for it: the report always has the percentiles");
        names(&["attack", URL, "-L"], "nothing for it");
        names(&["attack", URL, "-s", "post.lua"], "no scripts");
        names(&["attack", URL, "-D", "body.json"], "no body");
        names(&["attack", URL, "-k"], "kept open");
    }

    #[test]
    fn a_run_names_its_own_flags_and_those_of_attack() {
        names(&["run", "-c", "10"], "--concurrency 10");
        names(&["run", "-d", "5s"], "--duration 5s");
        names(&["run", "-H", "A: b"], "only `heapgym attack` has it, as --header 'A: b'");
        names(&["run", "-m", "POST"], "only `heapgym attack` has it");
        names(&["compare", "--a", "logs/naive", "--b", "logs/pooled", "-c", "10"], "--concurrency 10");
    }

    #[test]
    fn an_unknown_flag_of_no_tool_is_left_to_clap() {
        for line in [&["attack", URL, "--speed", "5"][..], &["run", "-9"], &["serve", "-c", "10"]] {
            let words: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
            let error = Args::command().try_get_matches_from([&["heapgym"], line].concat()).unwrap_err();
            assert_eq!(instead(&error, &Args::command(), &words), None, "{line:?}");
        }
    }

    #[test]
    fn every_row_names_a_flag_that_there_is_and_none_that_heapgym_has_itself() {
        let command = Args::command();
        for Foreign { tools, names, here } in FOREIGN {
            if let Flag(flag) = here {
                assert!(has(&command, "attack", flag), "{tools}: {flag}");
            }
            if let Text(text) = here
                && let Some(flag) = text.strip_prefix("--")
            {
                let flag = format!("--{}", flag.split([' ', ',']).next().unwrap());
                assert!(has(&command, "attack", &flag), "{tools}: {flag}");
            }
            for name in *names {
                assert!(name.starts_with('-') && !has(&command, "attack", name), "{tools}: {name}");
            }
        }
    }
}
