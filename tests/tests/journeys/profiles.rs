//! Heap profiles: of a target that runs alone, and of runs; read as other tools read them.

use std::{
    fs,
    io::Read,
    process::{Child, Stdio},
};

use heapgym::profile::pprof::message::{self, Profile as Pprof};
use heapgym_shared::{
    Report, Sample,
    adjust::{Adjustment, EventKind},
    profile::{Profile, SampleType, Stack},
    protocol::{ClientMessage, RunId},
};
use prost::Message;
use serde_json::json;
use tokio::net::TcpStream;

use crate::support::{
    alone::{TargetAlone, ask, get},
    client::{Heard, TestClient},
    heapgym,
    processes::{Role, child_of, kill_at_once},
    profiled_run,
    server::TestServer,
    short_run,
};

fn decode(zipped: &[u8]) -> Pprof {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(zipped).read_to_end(&mut plain).unwrap();
    Pprof::decode(plain.as_slice()).unwrap()
}

fn text(profile: &Pprof, index: i64) -> &str {
    &profile.string_table[index as usize]
}

/// Flat values of a sample type by function, the largest first: what `go tool pprof -top` lists.
fn top(profile: &Pprof, kind: SampleType) -> Vec<(String, i64)> {
    let column =
        profile.sample_type.iter().position(|known| text(profile, known.r#type) == kind.id()).unwrap();
    let mut flat = std::collections::BTreeMap::<String, i64>::new();
    for sample in &profile.sample {
        let location: &message::Location = &profile.location[sample.location_id[0] as usize - 1];
        let function = &profile.function[location.line[0].function_id as usize - 1];
        *flat.entry(text(profile, function.name).to_owned()).or_default() += sample.value[column];
    }
    let mut top: Vec<(String, i64)> = flat.into_iter().collect();
    top.sort_by_key(|(_, value)| std::cmp::Reverse(*value));
    top
}

/// What allocates in the naive handler: its own functions, and those of the serialiser that it calls.
fn is_hot(function: &str) -> bool {
    ["heapgym::target::workload::products::naive::", "serde_json::"]
        .iter()
        .any(|hot| function.starts_with(hot))
}

/// Whether there are samples of all these threads.
fn has_threads(profile: &Pprof, expected: &[&str]) -> bool {
    let labels = profile.sample.iter().flat_map(|sample| &sample.label);
    let threads: Vec<&str> = labels.map(|label| text(profile, label.str)).collect();
    expected.iter().all(|thread| threads.contains(thread))
}

/// A target under load, of which a reply is in use at any instant.
struct LoadedTarget {
    target: TargetAlone,
    load: Child,
    _waiting: Vec<TcpStream>,
}

impl LoadedTarget {
    async fn start() -> Self {
        let target = TargetAlone::start(&["--variant", "naive", "--param", "payload_bytes=1MiB"]);
        let load = heapgym()
            .args(["attack", &target.url, "--concurrency", "20", "--duration", "10m"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // At some instants the target works on no request of the load. The replies to clients that do not read are in
        // use at any: 6 MiB are more than their sockets take.
        let mut waiting = Vec::new();
        for _ in 0..10 {
            waiting.push(ask(&target.url).await);
        }
        Self { target, load, _waiting: waiting }
    }

    /// Waits until each kind of thread has been sampled: of a worker's allocations, that is once in some eighty
    /// requests.
    async fn until_it_is_sampled(&self) {
        loop {
            let (_, zipped) = get(&self.target.debug("pprof/allocs")).await;
            if has_threads(&decode(&zipped), &["blocking", "worker"]) {
                return;
            }
        }
    }
}

impl Drop for LoadedTarget {
    fn drop(&mut self) {
        let _ = self.load.kill();
        let _ = self.load.wait();
    }
}

#[tokio::test]
async fn a_target_alone_tells_what_allocates() {
    let loaded = LoadedTarget::start().await;
    let target = &loaded.target;
    let (status, index) = get(&target.debug("pprof/")).await;
    assert_eq!(status, 200);
    assert!(String::from_utf8(index).unwrap().contains("/debug/pprof/heap"));

    // A window of a second, in which the load has begun, is there to be sure of that.
    let (status, window) = get(&target.debug("pprof/allocs?seconds=1")).await;
    assert_eq!(status, 200);
    loaded.until_it_is_sampled().await;
    for (path, kind) in [("heap", SampleType::InuseSpace), ("allocs", SampleType::AllocSpace)] {
        let (status, zipped) = get(&target.debug(&format!("pprof/{path}"))).await;
        assert_eq!(status, 200);
        let profile = decode(&zipped);
        assert_eq!(text(&profile, profile.default_sample_type), kind.id());
        let top = top(&profile, kind);
        assert!(top[0].1 > 0 && is_hot(&top[0].0), "{path}: {top:?}");
        // A worker holds less at a time than lies between two samples; over the load it allocates far more.
        let expected =
            if kind == SampleType::InuseSpace { &["blocking"][..] } else { &["blocking", "worker"] };
        assert!(has_threads(&profile, expected), "{path}: {top:?}");
    }
    let window = decode(&window);
    assert_eq!(window.duration_nanos, 1_000_000_000);
    assert!(is_hot(&top(&window, SampleType::AllocSpace)[0].0), "{:?}", top(&window, SampleType::AllocSpace));

    for path in ["heap?seconds=0", "heap?seconds=x", "heap?debug=1"] {
        let (status, words) = get(&target.debug(&format!("pprof/{path}"))).await;
        assert_eq!(status, 400, "{}", String::from_utf8_lossy(&words));
    }
}

#[tokio::test]
async fn a_target_without_the_profiler_says_so() {
    let target = TargetAlone::start(&["--variant", "naive", "--heap-profiles", "off"]);
    let (status, words) = get(&target.debug("pprof/heap")).await;
    let words = String::from_utf8(words).unwrap();
    assert!(status == 404 && words.contains("prof:true"), "{status} {words}");
}

#[test]
fn a_run_from_the_terminal_leaves_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let (file, json) = (folder.path().join("heap.pb.gz"), folder.path().join("report.json"));
    let output = profiled_run("2s")
        .args(["--param", "payload_bytes=256KiB"])
        .arg("--heap-profile-out")
        .arg(&file)
        .arg("--json")
        .arg(&json)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words} {}", String::from_utf8_lossy(&output.stderr));
    assert!(words.contains("end of the load"), "{words}");
    let report: Report = serde_json::from_str(&fs::read_to_string(&json).unwrap()).unwrap();
    let [taken] = &report.profiles[..] else { panic!("{report:?}") };
    assert!((1_800_000_000..3_500_000_000).contains(&taken.elapsed_ns), "{taken:?}");
    assert_eq!(report.profile_failures, Vec::<String>::new());

    let profile = decode(&fs::read(&file).unwrap());
    for kind in [SampleType::AllocSpace, SampleType::InuseSpace] {
        let top = top(&profile, kind);
        assert!(is_hot(&top[0].0), "{kind:?}: {top:?}");
    }
    // What the profile counted is what the counting allocator counted, from the load's beginning to its end.
    let counted = report.per_request.unwrap().allocated_bytes * report.load.completed as f64;
    let profiled: i64 = top(&profile, SampleType::AllocSpace).iter().map(|(_, value)| value).sum();
    let share = profiled as f64 / counted;
    assert!((0.7..1.3).contains(&share), "{profiled} of {counted}");

    let refused = heapgym().args(["run", "--heap-profile-out"]).arg(&file).output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "there would be no profile");
}

#[test]
fn a_run_from_the_terminal_draws_its_profile() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heap.svg");
    let output = profiled_run("1s").arg("--heap-profile-out").arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("<svg") && text.contains("products, naive, end of the load"), "{text}");
    assert!(text.contains("workload::products::naive::reply"), "{text}");
}

/// A second opinion: Go's own tool reads the same profiles.
mod with_go {
    use std::process::Command;

    use super::{LoadedTarget, is_hot};
    use crate::support::{needs_module, profiled_run};

    /// The function in the first row of `go tool pprof -top`.
    fn first_of_go(flags: &[&str], source: &str) -> String {
        needs_module("with_go");
        let folder = tempfile::tempdir().unwrap();
        let go = Command::new("go")
            .args(["tool", "pprof", "-top"])
            .args(flags)
            .arg(source)
            .env("PPROF_TMPDIR", folder.path())
            .output();
        let output = go.expect("Go starts; `cargo xtask test` installs it");
        let words = String::from_utf8_lossy(&output.stdout);
        let mut rows = words.lines().skip_while(|line| !line.trim_start().starts_with("flat"));
        let first =
            rows.nth(1).unwrap_or_else(|| panic!("{words} {}", String::from_utf8_lossy(&output.stderr)));
        first.split_ascii_whitespace().skip(5).collect::<Vec<_>>().join(" ")
    }

    #[tokio::test]
    async fn go_finds_what_allocates_in_a_target_alone() {
        let loaded = LoadedTarget::start().await;
        loaded.until_it_is_sampled().await;
        for path in ["heap", "allocs"] {
            let first = first_of_go(&[], &loaded.target.debug(&format!("pprof/{path}")));
            assert!(is_hot(&first), "{path}: {first}");
        }
    }

    #[test]
    fn go_finds_what_allocates_in_a_run() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("heap.pb.gz");
        let mut run = profiled_run("2s");
        run.args(["--param", "payload_bytes=256KiB", "--heap-profile-out"]).arg(&file);
        let output = run.output().unwrap();
        let report = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && report.contains("end of the load"), "{report}");
        let first = first_of_go(&["-sample_index=alloc_space"], file.to_str().unwrap());
        assert!(is_hot(&first), "{first}");
    }
}

/// Changes a run, and listens until an event tells what came of it.
async fn change(client: &mut TestClient, run: &RunId, change: Adjustment) -> (EventKind, Vec<Sample>) {
    client.send(&ClientMessage::Adjust { run: run.clone(), change }).await;
    // Some samples more: what it cost would show in them.
    let told = |heard: &Heard| {
        assert!(heard.finished.is_none(), "the run ended: {heard:?}");
        heard.caused().next().is_some_and(|(told, _)| heard.samples.len() > told + 3)
    };
    let heard = client.hear_until(run, told).await;
    let event = heard.caused().next().unwrap().1.clone();
    (event, heard.samples)
}

#[tokio::test]
async fn a_profile_of_an_idle_target_leaves_less_than_a_mebibyte_behind() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut spec = short_run("naive");
    spec["phases"]["baseline_ms"] = json!(20_000);
    let run = client.start(spec).await;
    let idle = client.hear_until(&run, |heard| heard.samples.len() > 5).await;
    let allocated = |sample: &Sample| Some(sample.target?.allocator?.allocated_bytes);
    let before = idle.samples.iter().rev().find_map(allocated).unwrap();

    let (nothing, _) = change(&mut client, &run, Adjustment::TakeProfile).await;
    let EventKind::ProfileFailed { reason } = nothing else { panic!("{nothing:?}") };
    assert!(reason.contains("started first"), "{reason}");
    assert_eq!(change(&mut client, &run, Adjustment::StartProfile).await.0, EventKind::ProfileStarted);
    for _ in 0..2 {
        let (event, samples) = change(&mut client, &run, Adjustment::TakeProfile).await;
        assert_eq!(event, EventKind::ProfileTaken { cause: "asked for".to_owned() });
        let after = samples.iter().rev().find_map(allocated).unwrap();
        assert!(after.abs_diff(before) < 1 << 20, "{before} became {after}");
    }
    assert_eq!(change(&mut client, &run, Adjustment::StopProfile).await.0, EventKind::ProfileStopped);
    client.send(&ClientMessage::Stop { run: run.clone() }).await;
    let heard = client.hear_out(&run).await;
    let (_, report) = heard.finished.unwrap();
    assert_eq!(report.unwrap().profiles.len(), 2);
    let (status, body) = server.request("GET", &format!("/api/runs/{run}/profile.json?at=0"), b"").await;
    assert_eq!(status, 200, "{body}");
    let (status, _) = server.request("GET", &format!("/api/runs/{run}/profile.json?at=2"), b"").await;
    assert_eq!(status, 404, "there are two");
}

#[tokio::test]
async fn the_profile_of_a_run_is_served() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut spec = short_run("naive");
    spec["workload"]["payload_bytes"] = json!(64 << 10);
    // Enough to be sampled, however long they take.
    spec["load"]["profile"] =
        json!({"kind": "fixed_iterations", "iterations": 200, "concurrency": 4, "max_duration_ms": 60_000});
    spec["heap_profile"] = json!("load");
    let run = client.start(spec.clone()).await;
    let heard = client.hear_out(&run).await;
    let events: Vec<&EventKind> = heard.caused().map(|(_, what)| what).collect();
    let cause = "end of the load".to_owned();
    assert_eq!(events, [&EventKind::ProfileStarted, &EventKind::ProfileTaken { cause }]);

    let path = |rest: &str| format!("/api/runs/{run}/profile{rest}");
    let (status, body) = server.request("GET", &path(".json"), b"").await;
    assert_eq!(status, 200, "{body}");
    let profile: Profile = serde_json::from_str(&body).unwrap();
    assert!(profile.sample_bytes == 512 << 10 && !profile.stacks.is_empty());
    let in_handler = |frame: &u32| profile.functions[*frame as usize].contains("products::naive");
    assert!(
        profile.stacks.iter().any(|stack| stack.frames.iter().any(in_handler)),
        "{:?}",
        profile.functions
    );
    let (_, blocking) = server.request("GET", &path(".json?thread=blocking"), b"").await;
    let blocking: Profile = serde_json::from_str(&blocking).unwrap();
    let is_of = |stack: &Stack| stack.thread.map(|thread| blocking.threads[thread as usize].as_str());
    assert!(!blocking.stacks.is_empty());
    assert!(blocking.stacks.iter().all(|stack| is_of(stack) == Some("blocking")), "{:?}", blocking.threads);

    let (status, zipped) = get(&server.url(&path(".pb.gz?sample_type=alloc_space"))).await;
    let pprof = decode(&zipped);
    assert_eq!((status, text(&pprof, pprof.default_sample_type)), (200, "alloc_space"));
    assert!(is_hot(&top(&pprof, SampleType::AllocSpace)[0].0));
    let (status, zipped) = get(&server.url(&path(&format!(".pb.gz?base={run}")))).await;
    let nothing: i64 = top(&decode(&zipped), SampleType::AllocSpace).iter().map(|(_, value)| value).sum();
    assert_eq!((status, nothing), (200, 0), "a run less itself");

    for (rest, status, field) in [
        (".json?at=1", 404, "at"),
        (".json?base=x", 400, "base"),
        (".pb.gz?base=x", 404, "id"),
        (".pb.gz?sample_type=cpu", 400, "query"),
        (".pb.gz?nonsense=1", 400, "query"),
    ] {
        let (found, body) = server.request("GET", &path(rest), b"").await;
        assert_eq!(
            (found, &serde_json::from_str::<serde_json::Value>(&body).unwrap()["field"]),
            (status, &json!(field))
        );
    }
    spec["heap_profile"] = json!("off");
    let without = client.start(spec).await;
    client.hear_out(&without).await;
    let (status, body) = server.request("GET", &format!("/api/runs/{without}/profile.pb.gz"), b"").await;
    assert!(status == 404 && body.contains("no heap profile was taken"), "{status} {body}");
}

#[tokio::test]
async fn a_target_that_dies_takes_its_profile_along_and_the_report_says_so() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut spec = short_run("naive");
    spec["load"]["profile"]["duration_ms"] = json!(60_000);
    spec["heap_profile"] = json!("load");
    let run = client.start(spec).await;
    let begun = |heard: &Heard| {
        assert!(heard.finished.is_none(), "the run ended: {heard:?}");
        heard.caused().next().is_some()
    };
    client.hear_until(&run, begun).await;
    assert!(left_behind(server.pid()), "it is there while the run goes on");
    kill_at_once(child_of(server.pid(), Role::Target));
    let heard = client.hear_out(&run).await;
    let (_, report) = heard.finished.unwrap();
    let report = report.unwrap();
    assert!(report.profiles.is_empty());
    assert_eq!(report.profile_failures, ["the target ended before it was taken"]);
    assert!(!left_behind(server.pid()), "no folder is left");
}

/// Whether a folder for heap profiles that this process made is still there.
fn left_behind(pid: u32) -> bool {
    let names = fs::read_dir(std::env::temp_dir()).unwrap().flatten().map(|entry| entry.file_name());
    names.filter_map(|name| name.into_string().ok()).any(|name| name.starts_with(&format!("heapgym-{pid}-")))
}
