//! oha: the flags of its fast path, and its report.

use std::{collections::BTreeMap, path::Path, process::Command, time::Duration};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Account, Load, Stop};

/// Without a rate and without its live view, which take oha off its fast path.
pub(super) fn command(program: &Path, url: &str, load: Load) -> Command {
    let mut oha = Command::new(program);
    oha.args(["--no-tui", "--output-format", "json", "--worker-threads", "1"]);
    oha.args(["-c", &load.connections.to_string()]);
    match load.stop {
        Stop::After { seconds } => oha.args(["-z", &format!("{seconds}s")]),
        Stop::Requests(requests) => oha.args(["-n", &requests.to_string()]),
    };
    oha.arg(url);
    oha
}

/// What is read of the report; its own rate counts requests that were cut off too.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    summary: Summary,
    status_code_distribution: BTreeMap<u16, u64>,
    error_distribution: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct Summary {
    /// Seconds.
    total: f64,
}

pub(super) fn account(printed: &str) -> Result<Account> {
    let report: Report = serde_json::from_str(printed).context("oha's report cannot be read")?;
    let statuses = &report.status_code_distribution;
    let completed = statuses.range(200..400).map(|(_, count)| count).sum();
    Ok(Account {
        completed,
        failed: statuses.values().chain(report.error_distribution.values()).sum::<u64>() - completed,
        took: Duration::try_from_secs_f64(report.summary.total)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cut_off_is_not_completed() {
        let printed = r#"{
            "summary": {"successRate": 1.0, "total": 2.5, "requestsPerSec": 692.0},
            "statusCodeDistribution": {"200": 1700, "304": 19, "503": 7},
            "errorDistribution": {"aborted due to deadline": 4}
        }"#;
        let took = Duration::from_millis(2500);
        assert_eq!(account(printed).unwrap(), Account { completed: 1719, failed: 11, took });
        assert!(account("{}").is_err());
    }

    #[test]
    fn it_stops_after_a_time_or_a_number_of_requests() {
        let ends = |stop, flags: [&str; 3]| {
            let command = command(Path::new("oha"), "http://host/", Load { connections: 8, stop });
            let args: Vec<_> = command.get_args().map(|arg| arg.to_str().unwrap()).collect();
            assert!(args.ends_with(&flags), "{args:?}");
        };
        ends(Stop::After { seconds: 5 }, ["-z", "5s", "http://host/"]);
        ends(Stop::Requests(400_000), ["-n", "400000", "http://host/"]);
    }
}
