//! wrk: its flags and its report, which is text.

use std::{process::Command, time::Duration};

use anyhow::{Context, Result, bail, ensure};

use super::{Account, Load, Stop};

/// Fails where the load stops after a number of requests.
pub(super) fn command(url: &str, load: Load) -> Result<Command> {
    let Stop::After { seconds } = load.stop else { bail!("wrk cannot stop after a number of requests") };
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1".to_owned(), format!("-c{}", load.connections), format!("-d{seconds}s"), url.to_owned()]);
    Ok(wrk)
}

/// Name and version, the first words of its help: it has no flag that shows them and succeeds.
pub(super) fn version() -> Option<String> {
    let help = Command::new("wrk").arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&help.stdout).into_owned() + &String::from_utf8_lossy(&help.stderr);
    let words: Vec<_> = text.lines().next()?.split_whitespace().take(2).map(str::to_owned).collect();
    Some(words.join(" "))
}

/// Reads the report. The time follows from count and rate, which have more digits than the time shown.
pub(in crate::bench) fn account(printed: &str) -> Result<Account> {
    let number_of = |name: &str| printed.lines().find_map(|line| line.trim().strip_prefix(name));
    let requests: u64 = printed
        .lines()
        .find_map(|line| line.trim().split_once(" requests in ")?.0.parse().ok())
        .context("wrk told no number of requests")?;
    let rate: f64 =
        number_of("Requests/sec:").and_then(|rate| rate.trim().parse().ok()).context("wrk told no rate")?;
    ensure!(rate > 0.0, "wrk had no reply at all");
    let refused: u64 = number_of("Non-2xx or 3xx responses:").map_or(Ok(0), |count| count.trim().parse())?;
    // Of a socket no request comes: they are not among those counted.
    let errors: u64 = number_of("Socket errors:")
        .map_or(0, |errors| errors.split([' ', ',']).filter_map(|word| word.parse::<u64>().ok()).sum());
    Ok(Account {
        completed: requests.saturating_sub(refused),
        failed: refused + errors,
        took: Duration::from_secs_f64(requests as f64 / rate),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
Running 1s test @ http://127.0.0.1:18999/nothing
  1 threads and 4 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.29ms    2.17ms  15.75ms   84.51%
    Req/Sec     2.14k   521.23     2.63k    80.00%
  2127 requests in 1.00s, 1.05MB read
  Socket errors: connect 0, read 3, write 0, timeout 2
  Non-2xx or 3xx responses: 27
Requests/sec:   2125.14
Transfer/sec:      1.05MB
";

    #[test]
    fn refused_requests_and_socket_errors_are_failures() {
        let account = account(REPORT).unwrap();
        assert_eq!((account.completed, account.failed), (2100, 32));
        assert!((account.took.as_secs_f64() - 1.000_87).abs() < 0.000_01);
    }

    #[test]
    fn a_clean_report_has_no_failures() {
        let clean: Vec<_> =
            REPORT.lines().filter(|line| !line.contains("errors:") && !line.contains("Non-2xx")).collect();
        assert_eq!(account(&clean.join("\n")).unwrap().failed, 0);
        assert!(account("unable to connect").is_err());
    }

    #[test]
    fn it_cannot_stop_after_a_number_of_requests() {
        let load = Load { connections: 64, stop: Stop::After { seconds: 5 } };
        assert!(command("http://host/", load).unwrap().get_args().eq([
            "-t1",
            "-c64",
            "-d5s",
            "http://host/"
        ]));
        assert!(command("http://host/", Load { stop: Stop::Requests(9), ..load }).is_err());
    }
}
