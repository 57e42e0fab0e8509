//! `heapgym attack`: its flags, and its report, which has vegeta's fields.

use std::{collections::BTreeMap, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Account, Load, Stop};

/// The longest that a number of requests may take.
const MAX_DURATION: &str = "10m";

/// The program as it is shipped.
#[derive(Clone, Debug)]
pub(in crate::bench) struct Heapgym {
    pub(in crate::bench) program: PathBuf,
    /// The CPU that it has to itself.
    pub(in crate::bench) cpu: Option<usize>,
}

impl Heapgym {
    /// Histograms and readings ten times a second are part of it; no flag turns them off.
    pub(super) fn loading(&self, url: &str, load: Load) -> Command {
        let connections = load.connections;
        let mut attack = self.attack(url);
        match load.stop {
            Stop::After { seconds } => {
                attack.args(["--concurrency", &connections.to_string(), "--duration", &format!("{seconds}s")])
            }
            Stop::Requests(requests) => attack.arg("--profile").arg(format!(
                "fixed_iterations iterations={requests} concurrency={connections} max_duration={MAX_DURATION}"
            )),
        };
        attack
    }

    /// A steady rate, in requests per second.
    pub(in crate::bench) fn pacing(&self, url: &str, rate: u32, seconds: u64) -> Command {
        let mut attack = self.attack(url);
        attack.args(["--rate", &rate.to_string(), "--duration", &format!("{seconds}s")]);
        attack
    }

    fn attack(&self, url: &str) -> Command {
        let mut attack = Command::new(&self.program);
        attack.args(["attack", url, "--json", "-"]);
        match self.cpu {
            Some(cpu) => attack.args(["--cpus", &cpu.to_string()]),
            None => attack.args(["--threads", "1"]),
        };
        attack
    }
}

/// What is read of a report in vegeta's fields.
#[derive(Debug, Deserialize)]
pub(in crate::bench) struct Report {
    pub(in crate::bench) requests: u64,
    /// Nanoseconds under load.
    duration: u64,
    /// Nanoseconds from there to the last reply.
    #[serde(default)]
    wait: u64,
    status_codes: BTreeMap<u16, u64>,
    pub(in crate::bench) latencies: Latencies,
    /// What vegeta has no word for.
    pub(in crate::bench) heapgym: Option<Pace>,
}

/// Nanoseconds, from the intended instant in heapgym's case and from the sending in vegeta's.
#[derive(Debug, Deserialize)]
pub(in crate::bench) struct Latencies {
    #[serde(rename = "99th")]
    pub(in crate::bench) p99: u64,
}

/// How well a rate was kept.
#[derive(Debug, Deserialize)]
pub(in crate::bench) struct Pace {
    /// Requests that were due.
    pub(in crate::bench) offered: u64,
    /// Those that began after the instant they were due.
    pub(in crate::bench) late: u64,
    /// By how many nanoseconds, by percentile.
    pub(in crate::bench) lateness: BTreeMap<String, f64>,
}

impl Report {
    /// Reads the report of `heapgym attack --json -` or `vegeta report -type=json`.
    pub(in crate::bench) fn read(printed: &str) -> Result<Self> {
        serde_json::from_str(printed).context("a report in vegeta's fields cannot be read")
    }

    /// What was completed: the time is that of the load, and of the wait for its last replies.
    pub(super) fn account(&self) -> Result<Account> {
        let completed = self.status_codes.range(200..400).map(|(_, count)| count).sum();
        Ok(Account {
            completed,
            failed: self.requests.saturating_sub(completed),
            took: Duration::from_nanos(self.duration + self.wait),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{
        "latencies": {"total": 9, "mean": 3, "50th": 2, "90th": 3, "95th": 4, "99th": 5000, "max": 6, "min": 1},
        "duration": 2000000000, "wait": 500000000, "requests": 1010, "rate": 505.0, "throughput": 400.0,
        "status_codes": {"0": 2, "200": 1000, "500": 8}, "errors": [],
        "heapgym": {"offered": 1011, "late": 3, "lateness": {"mean": 1.5, "p50": 1, "p99": 7}}
    }"#;

    #[test]
    fn only_good_replies_are_completed() {
        let took = Duration::from_millis(2500);
        let account = Report::read(REPORT).unwrap().account().unwrap();
        assert_eq!(account, Account { completed: 1000, failed: 10, took });
    }

    #[test]
    fn a_report_of_vegeta_itself_has_no_pace() {
        let report = Report::read(REPORT).unwrap();
        assert_eq!((report.latencies.p99, report.heapgym.unwrap().lateness["p99"]), (5000, 7.0));
        let vegetas = REPORT.replace("\"heapgym\"", "\"other\"");
        assert!(Report::read(&vegetas).unwrap().heapgym.is_none());
    }

    #[test]
    fn a_number_of_requests_is_a_profile() {
        let load = Load { connections: 64, stop: Stop::Requests(1_000_000) };
        let profile = "fixed_iterations iterations=1000000 concurrency=64 max_duration=10m";
        let heapgym = Heapgym { program: "heapgym".into(), cpu: Some(1) };
        let command = heapgym.loading("http://host/", load);
        let args: Vec<_> = command.get_args().filter_map(|arg| arg.to_str()).collect();
        assert!(args.contains(&profile) && args.ends_with(&["--profile", profile]));
        assert!(args.windows(2).any(|pair| pair == ["--cpus", "1"]));
    }
}
