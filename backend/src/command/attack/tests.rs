//! Attacks that never were, for the tests of what is reported, and the flags of real ones.

use clap::Parser;
use heapgym_shared::{Rejection, load::LoadProfile, report::LoadSummary};

use super::*;
use crate::load::event::{Latencies, Statuses};

/// The owner of what a [`Report`] borrows; by default of a load that was stopped before it began.
#[derive(Debug)]
pub(super) struct Sketch {
    uri: Uri,
    plan: Plan,
    pub(super) done: Done,
}

impl Default for Sketch {
    fn default() -> Self {
        let done = Done {
            load: Default::default(),
            latencies: Latencies::new().unwrap(),
            statuses: Statuses::default(),
            failure_reasons: Vec::new(),
            body_bytes: 0,
        };
        let args = parse("attack http://127.0.0.1:81/ --rate 1 --duration 1s").unwrap();
        Self { uri: args.url.uri().clone(), plan: args.plan().unwrap(), done }
    }
}

impl Sketch {
    pub(super) fn report(&self) -> Report<'_> {
        let began_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        Report {
            uri: &self.uri,
            plan: &self.plan,
            done: &self.done,
            began_at,
            interrupted: false,
            thresholds: &[],
        }
    }
}

/// One request of 1 KiB in one second, after half a second of warm-up: 2 ms late in all, 1 ms served.
pub(super) fn one_request() -> Sketch {
    let mut sketch = Sketch::default();
    sketch.done.load.summary = LoadSummary {
        offered: 1,
        started: 1,
        completed: 1,
        body_bytes: 1024,
        duration_ns: 1_000_000_000,
        rate_per_s: 1.0,
        throughput_per_s: 1.0,
        ..Default::default()
    };
    sketch.done.load.load_ended_ns = 1_500_000_000;
    sketch.done.load.drained_ns = 1_502_000_000;
    sketch.done.latencies.record(2_000_000, 1_000_000);
    sketch.done.statuses.count(200);
    sketch.done.body_bytes = 1024;
    sketch
}

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

fn parse(line: &str) -> Result<Args, clap::Error> {
    Line::try_parse_from(line.split(' ')).map(|line| line.args)
}

#[test]
fn flags_become_a_plan() {
    let line = "attack http://127.0.0.1:81/a?b --concurrency 8 --duration 2s --warmup 1s --threads 3 \
                --method post --header X-A:1 --header x-a:2";
    let plan = parse(line).unwrap().plan().unwrap();
    assert_eq!(plan.load.profile, LoadProfile::ConstantConcurrency { concurrency: 8, duration_ms: 2_000 });
    assert_eq!((plan.threads, plan.phases.warmup_ms, plan.load.max_in_flight), (3, 1_000, 8));
    assert_eq!(
        String::from_utf8(plan.request.bytes).unwrap(),
        "POST /a?b HTTP/1.1\r\nhost: 127.0.0.1:81\r\ncontent-length: 0\r\nx-a: 1\r\nx-a: 2\r\n\r\n"
    );
}

#[test]
fn refusals_name_the_flag() {
    for (line, flag) in [
        ("attack https://127.0.0.1/", "<URL>"),
        ("attack http://127.0.0.1/ --header none", "--header"),
        ("attack http://127.0.0.1/ --method HEAD", "--method"),
        ("attack http://127.0.0.1/ --threads 0", "allowed: a whole number from 1 to 1,024"),
        ("attack http://127.0.0.1/ --threads -1", "allowed: a whole number from 1 to 1,024"),
        ("attack http://127.0.0.1/ --cpus 0,x", "write CPU numbers separated by commas; allowed: "),
        ("attack http://127.0.0.1/ --seed -1", "allowed: a whole number from 0 to 9,007,199,254,740,991"),
    ] {
        let error = parse(line).unwrap_err().to_string();
        assert!(error.contains(flag), "{error}");
    }
    for (line, field) in [
        ("attack http://192.0.2.1/", "url"),
        ("attack http://192.0.2.1/ --allow-host 192.0.2.2", "url"),
        ("attack http://127.0.0.1/ --rate 0", "load.profile.rate"),
        ("attack http://127.0.0.1/ --warmup 100h", "phases.warmup_ms"),
        ("attack http://127.0.0.1/ --threshold rss", "--threshold"),
    ] {
        let error = parse(line).unwrap().plan().unwrap_err();
        assert_eq!(error.downcast_ref::<Rejection>().unwrap().field, field);
    }
    let allowed = parse("attack http://192.0.2.1:81/ --allow-host 192.0.2.1").unwrap().plan().unwrap();
    assert_eq!(allowed.address, ([192, 0, 2, 1], 81).into());
}

#[test]
fn an_attack_that_measured_nothing_is_no_success() {
    let mut sketch = Sketch::default();
    assert_eq!(sketch.report().exit_status().code(), 1, "nothing completed");
    sketch.done.load.summary.completed = 1;
    assert_eq!(sketch.report().exit_status().code(), 0);
    let mut interrupted = sketch.report();
    interrupted.interrupted = true;
    assert_eq!(interrupted.exit_status().code(), 130);
    sketch.done.load.saturated = Some(4);
    assert_eq!(sketch.report().exit_status().code(), 102);
}
