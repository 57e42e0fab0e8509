//! What commands read: addresses from a browser, files in any encoding, documents of the wrong kind.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use heapgym_shared::protocol::RunId;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{client::TestClient, heapgym, server::TestServer, short_run};

fn call(args: &[&str]) -> Output {
    heapgym().args(args).output().unwrap()
}

/// What a command prints that succeeds.
#[track_caller]
fn prints(args: &[&str]) -> String {
    let output = call(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Checks that a command fails with this exit code, and says these words.
#[track_caller]
fn fails(args: &[&str], code: i32, words: &[&str]) {
    let output = call(args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    for words in words {
        assert!(said.contains(words), "{args:?}: no {words:?} in {said}");
    }
}

/// A server with two runs that have ended.
async fn server_with_two_runs() -> (TestServer, RunId, RunId) {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut ended = Vec::new();
    for variant in ["naive", "pooled"] {
        let run = client.start(short_run(variant)).await;
        client.hear_out(&run).await;
        ended.push(run);
    }
    let [a, b] = [ended.remove(0), ended.remove(0)];
    (server, a, b)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_that_a_browser_shows_is_an_input() {
    let (server, a, b) = server_with_two_runs().await;
    let (run_a, run_b) = (server.url(&format!("/r/{a}")), server.url(&format!("/r/{b}")));
    let whole = prints(&["export", &run_a, "--format", "csv"]).lines().count();
    for address in [format!("{run_a}/"), format!("{run_a}?utm_source=x"), format!("{run_a}/?a=b#runs")] {
        assert_eq!(prints(&["export", &address, "--format", "csv"]).lines().count(), whole, "{address}");
    }
    // A stretch of time in the address is all that tables and pictures show.
    for flags in [&["--format", "csv"][..], &["--format", "csv", "--chart", "rate"]] {
        let part = prints(&[&["export", &format!("{run_a}#t=0-100")], flags].concat());
        let instants: Vec<u64> = part.lines().skip(1).map(|line| instant(&part, line)).collect();
        assert!(!instants.is_empty() && instants.len() < whole - 1, "{part}");
        assert!(instants.iter().all(|instant| *instant <= 100_000_000), "{instants:?}");
    }
    let [all, part] =
        ["", "#t=200-600"].map(|t| prints(&["export", &format!("{run_a}{t}"), "--format", "svg"]));
    assert!(all.starts_with("<svg") && part.starts_with("<svg") && all != part);
    let (status, picture) = server.request("GET", &format!("/i/r/{a}.svg?t=200-600"), b"").await;
    assert_eq!((status, picture), (200, part), "the picture by link shows the same stretch");

    // A comparison's address is two runs.
    let both = server.url(&format!("/c/{a}..{b}"));
    let table = prints(&["export", &both, "--format", "csv", "--chart", "memory"]);
    assert!(table.contains("\nnaive,") && table.contains("\npooled,"), "{table:.300}");
    fails(&["export", &both, "--format", "json"], 2, &["RUN", "two runs", &run_a, &run_b]);
    for sides in [&[&run_a[..], &run_b][..], &[&both]] {
        let output = call(&[&["compare", "--json", "-"], sides].concat());
        let comparison: Value = serde_json::from_slice(&output.stdout).unwrap();
        let differences = comparison["spec"].as_array().unwrap();
        let variant = differences.iter().find(|difference| difference["what"] == "variant").unwrap();
        assert_eq!((&variant["a"], &variant["b"]), (&json!("naive"), &json!("pooled")));
    }
    fails(&["compare", &both, &run_a], 2, &["is a comparison", &run_a]);
    fails(&["compare", &run_a], 2, &["is one run"]);

    // A run is run again from its address.
    let again = prints(&["run", "--spec", &run_b, "--json", "-"]);
    assert_eq!(serde_json::from_str::<Value>(&again).unwrap()["spec"]["variant"], "pooled");
}

/// The instant of a line of a table, in nanoseconds.
fn instant(table: &str, line: &str) -> u64 {
    let column = table.lines().next().unwrap().split(',').position(|name| name == "elapsed_ns").unwrap();
    line.split(',').nth(column).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_cannot_work_says_why_and_what_does() {
    let server = TestServer::start();
    let export =
        |run: &str, code: i32, words: &[&str]| fails(&["export", run, "--format", "svg"], code, words);
    export(
        "https://gym.test/r/abc",
        2,
        &["no TLS", "curl -o run.json https://gym.test/api/runs/abc/export.json"],
    );
    export("http:/127.0.0.1/r/abc", 2, &["begins with http://"]);
    export(&server.url("/runs"), 2, &["not the address of a run", "/r/ID"]);
    export("/r/abc", 1, &["No such file", "write http://127.0.0.1:8080/r/abc"]);
    export("localhost:8080/r/abc", 1, &["write http://localhost:8080/r/abc"]);
    export(&server.url("/r/nobody"), 1, &["404", "no run"]);
    export("http://127.0.0.1:1/r/abc", 1, &["no server answers at `http://127.0.0.1:1/"]);
    export(&server.url("/r/abc#t=9-1"), 2, &["`t=9-1`", "milliseconds"]);
    fails(&["compare", "https://gym.test/r/abc", "b.json"], 2, &["https://gym.test/r/abc", "no TLS"]);
    fails(&["compare", "a.json", &server.url("/r/nobody")], 1, &["cannot read `a.json`"]);
    fails(&["compare", "--a", "https://gym.test/r/a", "--b", "logs/naive"], 2, &["`--a`", "no TLS"]);
    fails(&["compare", "-", "-"], 2, &["stdin"]);
    fails(&["run", "--spec", "https://gym.test/r/abc"], 2, &["--spec", "no TLS"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_has_not_ended_is_refused_with_the_servers_reason() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(crate::support::run_of(60_000)).await;
    client.hear_until(&run, |heard| !heard.samples.is_empty()).await;
    fails(&["export", &server.url(&format!("/r/{run}")), "--format", "svg"], 1, &["409", "not ended"]);
}

/// Documents of each kind, in a folder.
struct Documents {
    folder: TempDir,
}

impl Documents {
    fn make() -> Self {
        let documents = Self { folder: tempfile::tempdir().unwrap() };
        let (run, report) = (documents.path("run.json"), documents.path("report.json"));
        let short = [
            "--concurrency",
            "2",
            "--duration",
            "1s",
            "--baseline",
            "0s",
            "--warmup",
            "0s",
            "--recovery",
            "0s",
        ];
        let (run, report) = (run.to_str().unwrap(), report.to_str().unwrap());
        let flags = ["run", "--param", "payload_bytes=1KiB", "--save", run, "--json", report];
        prints(&[&flags, &short[..]].concat());
        let spec = documents.json("report.json")["spec"].to_string();
        documents.write("spec.json", spec.as_bytes());
        let comparison = documents.path("comparison.json");
        let compared = call(&["compare", report, run, "--json", comparison.to_str().unwrap()]);
        assert!(comparison.exists(), "{}", String::from_utf8_lossy(&compared.stderr));
        documents
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.read(name)).unwrap()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// Writes a document again with each of these changes to its bytes.
    fn again(&self, name: &str, to: &str, change: impl Fn(&str) -> Vec<u8>) -> String {
        let text = String::from_utf8(self.read(name)).unwrap();
        self.write(to, &change(&text));
        self.text(to)
    }
}

fn marked(text: &str) -> Vec<u8> {
    ["\u{feff}", text].concat().into_bytes()
}

fn utf16le(text: &str) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn utf16be_without_a_mark(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_order_mark_is_read_and_another_encoding_is_named() {
    let documents = Documents::make();
    let run = documents.again("run.json", "marked-run.json", marked);
    let report = documents.again("report.json", "marked-report.json", marked);
    let spec = documents.again("spec.json", "marked-spec.json", marked);
    assert!(prints(&["export", &run, "--format", "svg"]).starts_with("<svg"));
    assert!(prints(&["run", "--spec", &spec]).contains("completed"));
    let compared = call(&["compare", &run, &report]);
    assert!(!compared.stdout.is_empty(), "{}", String::from_utf8_lossy(&compared.stderr));
    let server = TestServer::start();
    let (status, reply) =
        server.request("POST", "/api/runs/import", &documents.read("marked-run.json")).await;
    assert_eq!(status, 201, "{reply}");
    let (status, reply) = server.request("POST", "/api/runs", &documents.read("marked-spec.json")).await;
    assert_eq!(status, 202, "{reply}");

    for (encode, name) in [
        (utf16le as fn(&str) -> Vec<u8>, "UTF-16LE"),
        (utf16be_without_a_mark, "UTF-16BE"),
        (
            |text| text.replacen("\"workload\"", "\"caf\u{e9}\"", 1).chars().map(|c| c as u8).collect(),
            "unknown encoding",
        ),
    ] {
        let run = documents.again("run.json", "other-run.json", encode);
        let report = documents.again("report.json", "other-report.json", encode);
        let spec = documents.again("spec.json", "other-spec.json", encode);
        fails(&["export", &run, "--format", "svg"], 1, &["other-run.json", name, "save it as UTF-8"]);
        fails(&["compare", &run, &report], 1, &["other-run.json", name]);
        fails(&["compare", "--a", &spec, "--b", "logs/naive"], 1, &["other-spec.json", name]);
        fails(&["run", "--spec", &spec], 1, &["--spec", "other-spec.json", name]);
        for (path, file) in [("/api/runs/import", "other-run.json"), ("/api/runs", "other-spec.json")] {
            let (status, reply) = server.request("POST", path, &documents.read(file)).await;
            assert!(
                status == 400 && reply.contains(name) && reply.contains("\"body\""),
                "{path}: {status} {reply}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_the_wrong_kind_says_what_it_is_and_where_the_right_one_comes_from() {
    let documents = Documents::make();
    let [run, report, spec, comparison] =
        ["run.json", "report.json", "spec.json", "comparison.json"].map(|name| documents.text(name));
    let a_run = ["a run, from `heapgym run --save FILE` or Export"];
    fails(&["export", &report, "--format", "svg"], 2, &["RUN", "report.json", "is a report", a_run[0]]);
    fails(&["export", &spec, "--format", "csv"], 2, &["is a specification", a_run[0]]);
    fails(&["export", &comparison, "--format", "html"], 2, &["is a comparison", a_run[0]]);
    fails(
        &["compare", &report, &spec],
        2,
        &["spec.json", "is a specification", "a report, from `heapgym run --json"],
    );
    fails(&["compare", &comparison, &report], 2, &["is a comparison", "a run, from `heapgym run --save"]);
    fails(&["compare", "--a", &comparison, "--b", "logs/naive"], 2, &["is a comparison", "a specification"]);
    fails(&["compare", &report], 2, &["is a report", "a second one beside it, or a comparison"]);
    fails(&["run", "--spec", &comparison], 2, &["--spec", "is a comparison"]);
    // A report and a run have a specification, and a comparison can be read again.
    assert!(prints(&["run", "--spec", &report]).contains("completed"));
    assert!(!call(&["compare", &comparison]).stdout.is_empty());

    let attack = documents.path("attack.json");
    let target = crate::support::alone::TargetAlone::start(&["--workload", "logs"]);
    let flags =
        ["attack", &target.url, "--rate", "50", "--duration", "1s", "--json", attack.to_str().unwrap()];
    prints(&flags);
    fails(&["export", attack.to_str().unwrap(), "--format", "svg"], 2, &["is a report of `heapgym attack`"]);
    for (text, words) in [("{}", "is not a document of heapgym's"), ("[]", "is a list")] {
        documents.write("other.json", text.as_bytes());
        fails(&["export", &documents.text("other.json"), "--format", "svg"], 2, &[words, a_run[0]]);
    }
    for (text, words) in
        [("", "is empty"), ("<html>", "is not JSON"), ("{\"spec\": {}, \"samples\": 7}", "is damaged")]
    {
        documents.write("other.json", text.as_bytes());
        fails(&["export", &documents.text("other.json"), "--format", "svg"], 1, &["other.json", words]);
    }

    let server = TestServer::start();
    for (file, words) in [
        ("report.json", "is a report"),
        ("spec.json", "is a specification"),
        ("comparison.json", "is a comparison"),
    ] {
        let (status, reply) = server.request("POST", "/api/runs/import", &documents.read(file)).await;
        println!("import of {file}: {reply}");
        assert!(
            status == 400 && reply.contains(words) && reply.contains("--save"),
            "{file}: {status} {reply}"
        );
    }
    let (status, reply) = server.request("POST", "/api/runs/import", &documents.read("run.json")).await;
    assert_eq!(status, 201, "{reply}");
    // Through a pipe, too.
    let mut piped = heapgym();
    piped.args(["export", "-", "--format", "svg"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = piped.spawn().unwrap();
    process.stdin.take().unwrap().write_all(&documents.read("run.json")).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success() && output.stdout.starts_with(b"<svg"));
    assert!(Path::new(&run).exists());
}

#[test]
fn a_flag_beside_a_spec_file_is_refused_by_its_name() {
    for flags in
        [["--heap-profile", "load"], ["--pool", "none"], ["--timeout", "5s"], ["--preset", "article"]]
    {
        let line = [&["run", "--spec", "spec.json"], &flags[..]].concat();
        fails(&line, 2, &["--spec", flags[0], "cannot be used with"]);
    }
}

#[test]
fn a_value_that_cannot_be_read_is_answered_with_what_to_write() {
    let address = "write an IP address and a port, such as 127.0.0.1:8080";
    fails(&["serve", "--listen", "0.0.0.0"], 2, &["--listen", address]);
    fails(&["target", "--listen", "foo"], 2, &["--listen", address]);
    fails(&["run", "--seed", "-1"], 2, &["--seed", "allowed: a whole number from 0 to 9,007"]);
    let compare = ["compare", "--a", "logs/naive", "--b", "logs/pooled", "--pairs", "0"];
    fails(&compare, 2, &["--pairs", "allowed: a whole number from 1 to 20"]);
    let attack = ["attack", "http://127.0.0.1:8081/"];
    fails(&[&attack[..], &["--cpus", "x"]].concat(), 2, &["--cpus", "write CPU numbers separated by commas"]);
    fails(&[&attack[..], &["--threads", "0"]].concat(), 2, &["allowed: a whole number from 1 to 1,024"]);
}
