//! The generators that keep a rate: heapgym, and wrk2 and vegeta where they are installed.

use std::{collections::BTreeMap, process::Command};

use anyhow::{Context, Result};

use super::milliseconds;
use crate::{
    bench::generator::{
        heapgym::{Heapgym, Report},
        wrk,
    },
    say,
    shell::on_path,
};

/// A load generator that keeps a rate.
#[derive(Clone, Debug)]
pub(super) enum Pacer {
    Heapgym(Heapgym),
    Wrk2,
    Vegeta,
}

/// How a rate was kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// Requests that were due; wrk2 and vegeta tell only of those sent.
    pub(super) offered: u64,
    /// Those that began late.
    pub(super) late: Option<u64>,
    /// By how many nanoseconds, by percentile.
    pub(super) lateness: BTreeMap<String, f64>,
    /// From the intended instant; vegeta measures from the sending.
    pub(super) response_p99: Option<String>,
}

impl Pacer {
    /// Those that can run, and a sentence about each that cannot.
    pub(super) fn installed(heapgym: &Heapgym) -> (Vec<Self>, Vec<String>) {
        let (present, missing): (Vec<_>, Vec<_>) =
            [Self::Wrk2, Self::Vegeta].into_iter().partition(|pacer| on_path(pacer.name()));
        let sentences = missing.iter().map(|pacer| {
            let sentence = format!("{0} is left out: put a program named `{0}` on PATH.", pacer.name());
            say::remark(&sentence);
            sentence
        });
        let skipped = sentences.collect();
        ([Self::Heapgym(heapgym.clone())].into_iter().chain(present).collect(), skipped)
    }

    /// Its name in the table; that of a peer is its program's.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Heapgym(_) => "heapgym",
            Self::Wrk2 => "wrk2",
            Self::Vegeta => "vegeta",
        }
    }

    /// Sends `rate` requests per second to `url`.
    pub(super) fn command(&self, url: &str, rate: u32, seconds: u64) -> Command {
        match self {
            Self::Heapgym(heapgym) => heapgym.pacing(url, rate, seconds),
            Self::Wrk2 => {
                let mut wrk2 = Command::new("wrk2");
                wrk2.args(["-t1", "-c64", "--latency"]);
                wrk2.args([format!("-d{seconds}s"), format!("-R{rate}"), url.to_owned()]);
                wrk2
            }
            Self::Vegeta => {
                let pipeline =
                    r#"echo "GET $1" | vegeta attack -rate="$2" -duration="$3s" | vegeta report -type=json"#;
                let mut sh = Command::new("sh");
                sh.args(["-c", pipeline, "sh", url, &rate.to_string(), &seconds.to_string()]);
                sh
            }
        }
    }

    /// Reads what the generator printed.
    pub(super) fn kept(&self, printed: &str) -> Result<Kept> {
        match self {
            Self::Heapgym(_) => {
                let report = Report::read(printed)?;
                let response_p99 = Some(milliseconds(report.latencies.p99 as f64));
                let pace = report.heapgym.context("heapgym told nothing of its pace")?;
                Ok(Kept {
                    offered: pace.offered,
                    late: Some(pace.late),
                    lateness: pace.lateness,
                    response_p99,
                })
            }
            Self::Wrk2 => {
                let account = wrk::account(printed)?;
                let p99 = printed.lines().find_map(|line| line.trim().strip_prefix("99.000%"));
                let response_p99 = p99.map(|p99| p99.trim().to_owned());
                Ok(Kept { offered: account.completed, late: None, lateness: BTreeMap::new(), response_p99 })
            }
            Self::Vegeta => {
                let report = Report::read(printed)?;
                let response_p99 = Some(milliseconds(report.latencies.p99 as f64));
                Ok(Kept { offered: report.requests, late: None, lateness: BTreeMap::new(), response_p99 })
            }
        }
    }
}
