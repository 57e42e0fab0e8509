//! What one client can cost the server: images, files, websockets, imports.

use std::collections::BTreeSet;

use heapgym_shared::{
    Rejection,
    protocol::{ClientMessage, RunId, ServerMessage},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::support::{
    alone::{ask, get},
    client::TestClient,
    heapgym,
    long_run::{document, sample},
    memory::{Growth, MIB},
    reply::Reply,
    run_of,
    server::TestServer,
};

/// Samples of the longest run: 1,000 s at one every 20 ms.
const LONGEST: u64 = 50_000;
/// Samples of a run of eleven minutes at the shortest interval.
const LONG: u64 = 33_000;

/// A server that has a run of this many samples, and has not touched it yet.
async fn with_long_run(samples: u64) -> (TestServer, RunId, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let mut first = TestServer::start_in(directory.path());
    let run = first.import_long_run(samples).await;
    first.kill();
    let server = TestServer::start_in(directory.path());
    assert_eq!(server.request("GET", "/api/catalog", b"").await.0, 200);
    (server, RunId(run), directory)
}

/// Asks for each of these at once; returns the replies in any order.
async fn all_at_once(urls: Vec<String>) -> Vec<Reply> {
    let mut replies: JoinSet<Reply> = urls.into_iter().map(reply).collect();
    let mut all = Vec::new();
    while let Some(reply) = replies.join_next().await {
        all.push(reply.unwrap());
    }
    all
}

async fn reply(url: String) -> Reply {
    let mut bytes = Vec::new();
    let _ = ask(&url).await.read_to_end(&mut bytes).await;
    Reply::read(bytes)
}

/// Checks that a reply is there, or says when to ask again; returns whether it is there.
#[track_caller]
fn is_there(reply: &Reply) -> bool {
    let words = || String::from_utf8_lossy(&reply.body[..reply.body.len().min(300)]).into_owned();
    match reply.status {
        200 => assert!(reply.is_whole, "cut off after {} bytes", reply.body.len()),
        503 => assert!(reply.head.to_lowercase().contains("retry-after: 5"), "{}", reply.head),
        status => panic!("{status} {}", words()),
    }
    reply.status == 200
}

#[tokio::test]
async fn an_image_with_too_many_pixels_is_refused_by_its_fields() {
    let server = TestServer::start();
    let run = server.import_long_run(100).await;
    for path in [
        format!("/i/r/{run}.png?w=4000&h=2000&scale=4"),
        format!("/i/r/{run}.png?w=4000&h=2000"), // the scale is 2 where none is given
        format!("/i/c/{run}..{run}.png?w=1100&h=1000&scale=4"),
    ] {
        let (status, body) = get(&server.url(&path)).await;
        let refused: Rejection = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, refused.field.as_str()), (400, "w, h, scale"), "{path}");
        assert!(refused.allowed.contains("at most 16 megapixels"), "{refused}");
    }
    // What has no pixels may be as wide, and the largest image is drawn.
    for path in [format!("/i/r/{run}.svg?w=4000&h=2000"), format!("/i/r/{run}.png?w=1000&h=1000&scale=4")] {
        assert_eq!(get(&server.url(&path)).await.0, 200, "{path}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    serde_json::to_writer(&file, &document(10)).unwrap();
    let size = ["--format", "png", "--width", "4000", "--height", "2000", "--scale", "4"];
    let output = heapgym().arg("export").arg(file.path()).args(size).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && words.contains("at most 16 megapixels"), "{words}");
}

/// Pictures of the longest run that are as large as they may be, of several kinds.
fn largest(run: &RunId) -> Vec<String> {
    let charts = ["memory", "latency_heatmap", "latency_distribution", "response_time"];
    let sizes =
        ["w=4000&h=1000&scale=2", "w=2000&h=2000&scale=2", "w=1000&h=1000&scale=4", "w=4000&h=1000&scale=2"];
    charts.iter().zip(sizes).map(|(chart, size)| format!("/i/r/{run}.png?chart={chart}&{size}")).collect()
}

#[tokio::test]
async fn four_of_the_largest_pictures_of_a_long_run_take_less_than_300_mib() {
    println!("{}", draw_four_at_once(LONG).await);
}

/// Returns the figures.
async fn draw_four_at_once(samples: u64) -> String {
    let (server, run, _directory) = with_long_run(samples).await;
    let growth = Growth::of(server.pid());
    let urls = largest(&run).iter().map(|path| server.url(path)).collect();
    let drawn = all_at_once(urls).await.iter().filter(|reply| is_there(reply)).count();
    let grown = growth.peak() / MIB;
    let figures = format!("{drawn} of 4 pictures of {samples} samples were drawn, {grown} MiB");
    assert!(drawn >= 2, "{drawn} pictures");
    assert!(grown < 300, "{grown} MiB");
    // Two runs in one picture are as much work as two pictures.
    let growth = Growth::of(server.pid());
    let pair = format!("/i/c/{run}..{run}.png?chart=latency_heatmap&w=4000&h=1000&scale=2");
    for reply in all_at_once(vec![server.url(&pair); 3]).await {
        is_there(&reply);
    }
    let grown = growth.peak() / MIB;
    assert!(grown < 300, "{grown} MiB for two runs in one picture");
    format!("{figures}; of two runs {grown} MiB")
}

#[tokio::test]
async fn exports_of_a_long_run_take_little_memory_whether_they_are_read_or_not() {
    println!("{}", export_in_all_formats(5_000).await);
}

/// Returns the figures.
async fn export_in_all_formats(samples: u64) -> String {
    let (server, run, _directory) = with_long_run(samples).await;
    let paths = [
        format!("/api/runs/{run}/export.json"),
        format!("/api/runs/{run}/samples.json"),
        format!("/api/runs/{run}/samples.csv?chart=latency_heatmap"),
        format!("/api/runs/{run}/export.html"),
        format!("/api/runs/{run}/samples.csv"),
        format!("/api/runs/{run}/samples.csv?chart=memory"),
        format!("/i/r/{run}.svg?chart=latency_heatmap&w=4000&h=2000"),
    ];
    let growth = Growth::of(server.pid());
    // Clients that read how the reply begins, and no more.
    let mut unread = JoinSet::new();
    for path in paths.iter().cycle().take(60) {
        let url = server.url(path);
        unread.spawn(async move {
            let (mut stream, mut begin) = (ask(&url).await, [0; 12]);
            stream.read_exact(&mut begin).await.unwrap();
            (stream, String::from_utf8_lossy(&begin[9..]).into_owned())
        });
    }
    let (mut begun, mut refused) = (Vec::new(), 0);
    while begun.len() < 8 || refused == 0 {
        let (stream, status) = unread.join_next().await.unwrap().unwrap();
        match status.as_str() {
            "200" => begun.push(stream),
            "503" => refused += 1,
            _ => panic!("{status}"),
        }
    }
    let unread_grown = growth.peak() / MIB;
    drop((unread, begun));

    // Their places are free again, and a client that reads gets everything.
    let whole = serde_json::to_value(document(samples)).unwrap();
    let growth = Growth::of(server.pid());
    for path in paths {
        let reply = loop {
            let reply = reply(server.url(&path)).await;
            if is_there(&reply) {
                break reply;
            }
        };
        if path.ends_with("export.json") {
            let exported: Value = serde_json::from_slice(&reply.body).unwrap();
            assert!(exported == whole, "the file is another run");
        }
    }
    let read_grown = growth.peak() / MIB;
    assert!(unread_grown < 300 && read_grown < 200, "{unread_grown} MiB, {read_grown} MiB");
    format!("{samples} samples: {unread_grown} MiB while nobody reads, {read_grown} MiB while each is read")
}

#[tokio::test]
async fn what_is_not_about_samples_does_not_read_them() {
    let (server, run, _directory) = with_long_run(10_000).await;
    let sides = json!({"a": run.0, "b": {}}).to_string(); // `b` is refused, after `a` was looked up
    let ask = async || {
        let head = server.request("GET", &format!("/api/runs/{run}"), b"").await;
        assert!(head.0 == 200 && head.1.contains("completed"), "{head:?}");
        assert_eq!(server.request("GET", &format!("/api/runs/{run}/profile.json"), b"").await.0, 404);
        assert_eq!(server.request("GET", &format!("/api/runs/{run}/profile.pb.gz"), b"").await.0, 404);
        assert_eq!(server.request("POST", "/api/compare", sides.as_bytes()).await.0, 400);
    };
    ask().await; // the first of each kind grows stacks and arenas
    let growth = Growth::of(server.pid());
    for _ in 0..20 {
        ask().await;
    }
    let grown = growth.peak() / MIB;
    assert!(grown < 8, "{grown} MiB");
}

/// Clients that follow runs and never read what they get.
async fn followers(server: &TestServer, count: usize, runs: &[RunId]) -> Vec<TestClient> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = TestClient::connect_narrow(&server.address).await;
        for run in runs {
            client.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: None }).await;
        }
        clients.push(client);
    }
    clients
}

/// Reads an ended run to its end; returns how many samples it has.
async fn read_to_end(server: &TestServer, run: &RunId) -> u64 {
    let mut client = TestClient::connect(&server.address).await;
    client.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: None }).await;
    let mut next = 0;
    loop {
        match client.receive().await {
            ServerMessage::Samples { first_seq, batch, .. } => {
                assert_eq!(first_seq, next);
                next += batch.len() as u64;
            }
            ServerMessage::Finished { .. } => return next,
            ServerMessage::State { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn two_hundred_websockets_that_never_read_share_one_ended_run() {
    let (server, run, _directory) = with_long_run(LONG).await;
    let growth = Growth::of(server.pid());
    let clients = followers(&server, 200, std::slice::from_ref(&run)).await;
    // One that reads is served meanwhile, and the others had as much time to take what they can.
    assert_eq!(read_to_end(&server, &run).await, LONG);
    let grown = growth.peak() / MIB;
    println!("{} websockets, {grown} MiB", clients.len());
    assert!(grown < 100, "{grown} MiB");
}

#[tokio::test]
async fn websockets_that_never_read_hold_no_run_however_many_runs_they_follow() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = TestServer::start_in(directory.path());
    let mut runs = Vec::new();
    for _ in 0..8 {
        runs.push(RunId(first.import_long_run(500).await));
    }
    first.kill();
    let server = TestServer::start_in(directory.path());
    assert_eq!(server.request("GET", "/api/catalog", b"").await.0, 200);
    let growth = Growth::of(server.pid());
    let _clients = followers(&server, 50, &runs).await;
    assert_eq!(read_to_end(&server, &runs[7]).await, 500);
    let grown = growth.peak() / MIB;
    println!("50 websockets and 8 runs, {grown} MiB");
    assert!(grown < 100, "{grown} MiB");
}

#[tokio::test]
async fn a_websocket_follows_a_bounded_number_of_runs() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut runs = vec![client.start(run_of(60_000)).await];
    for _ in 0..8 {
        let (status, body) = server.request("POST", "/api/runs", run_of(60_000).to_string().as_bytes()).await;
        assert_eq!(status, 202, "{body}");
        let accepted: Value = serde_json::from_str(&body).unwrap();
        runs.push(RunId(accepted["id"].as_str().unwrap().to_owned()));
    }
    for run in &runs[1..] {
        client.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: None }).await;
    }
    let refused = loop {
        if let ServerMessage::Rejected { field, allowed, .. } = client.receive().await {
            break (field, allowed);
        }
    };
    assert_eq!(refused, ("run".to_owned(), "at most 8 runs at once".to_owned()));
}

#[tokio::test]
async fn ten_thousand_live_changes_leave_few_events_and_name_the_limit() {
    use heapgym_shared::adjust::Adjustment;

    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(run_of(600_000)).await;
    client.hear_until(&run, |heard| heard.samples.len() > 10).await;
    let (mut refused, mut events) = (0, 0);
    let mut kinds = BTreeSet::new();
    // Two hands at once: the limit is the run's, not the connection's.
    let mut other = TestClient::connect(&server.address).await;
    for step in 0..100 {
        for _ in 0..50 {
            let change = if step % 2 == 0 { Adjustment::Pause } else { Adjustment::Purge };
            client.adjust(&run, change).await;
            other.adjust(&run, change).await;
        }
        // An unknown run is refused in turn: all before it was answered then.
        let nobody = RunId("nobody".to_owned());
        for hand in [&mut client, &mut other] {
            hand.send(&ClientMessage::Stop { run: nobody.clone() }).await;
            loop {
                match hand.receive().await {
                    ServerMessage::Rejected { field, .. } if field == "run" => break,
                    ServerMessage::Rejected { field, allowed, .. } => {
                        assert_eq!(field, "change");
                        kinds.insert(allowed);
                        refused += 1;
                    }
                    ServerMessage::Samples { batch, .. } => {
                        events += batch.iter().map(|sample| sample.events.len()).sum::<usize>();
                    }
                    _ => {}
                }
            }
        }
    }
    client.send(&ClientMessage::Stop { run: run.clone() }).await;
    let rest = client.hear_out(&run).await;
    let (_, report) = rest.finished.as_ref().unwrap();
    let seconds = report.as_ref().unwrap().samples / 20;
    events += rest.samples.iter().map(|sample| sample.events.len()).sum::<usize>();
    let made = 10_000 - refused;
    println!("{made} changes made, {events} events, {seconds} s");
    assert!(
        kinds.iter().any(|allowed| allowed.contains("at most 10 live changes of a run per second")),
        "{kinds:?}"
    );
    assert!(made <= 10 * (seconds as usize + 3), "{made} changes in {seconds} s");
    // Besides the changes: what the purges gave back, and the stop.
    assert!(events <= 2 * made + 10, "{events} events of {made} changes");
}

#[tokio::test]
async fn a_file_with_too_much_in_it_is_refused_by_the_part_that_is_too_large() {
    let server = TestServer::start();
    let file = |samples: Vec<Value>| {
        let mut file = serde_json::to_value(document(0)).unwrap();
        file["samples"] = json!(samples);
        file
    };
    let small = json!({"seq": 0, "elapsed_ns": 0, "phase": "load", "target": null, "load": null});
    let mut large = serde_json::to_value(sample(0)).unwrap();
    large["load"]["response_times"] = json!(vec![7; 20_000]);
    let mut wordy = file(vec![small.clone()]);
    wordy["spec"]["note"] = json!("x".repeat(100_000));
    let mut long_report = file(vec![small.clone()]);
    long_report["report"] = json!({"profile_failures": vec![""; 100_000]});
    let mut long_outcome = file(vec![small.clone()]);
    long_outcome["outcome"] = json!({"kind": "lost", "reason": "x".repeat(100_000)});
    for (file, part) in [
        (file(vec![small.clone(); LONGEST as usize + 1]), "at most 50000 samples"),
        (file(vec![large]), "at most 32 KiB"),
        (wordy, "\"spec\""),
        (long_report, "\"report\""),
        (long_outcome, "\"outcome\""),
    ] {
        let (status, body) = server.request("POST", "/api/runs/import", file.to_string().as_bytes()).await;
        assert!(status == 400 && body.contains(part), "{part}: {status} {body}");
    }
    let (status, body) = server.request("POST", "/api/runs/import", &vec![b' '; 130 << 20]).await;
    // The connection may break before the answer can be read: the server does not read on to its end.
    assert!(status == 0 || body.contains("at most 128 MiB"), "{status} {body}");
}

#[tokio::test]
async fn a_client_that_leaves_during_its_upload_frees_its_place() {
    let server = TestServer::start();
    for _ in 0..20 {
        let mut half = TcpStream::connect(&server.address).await.unwrap();
        let head = format!(
            "POST /api/runs/import HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: 50000000\r\n\r\n{{",
            server.address
        );
        half.write_all(head.as_bytes()).await.unwrap();
    }
    let file = serde_json::to_vec(&document(10)).unwrap();
    // Those that wait are noticed when it is their turn, one right after the other.
    while server.request("POST", "/api/runs/import", &file).await.0 != 201 {}
}

#[tokio::test]
async fn clients_that_leave_before_their_picture_is_drawn_block_nobody() {
    let (server, run, _directory) = with_long_run(500).await;
    let path = format!("/i/r/{run}.png?w=1000&h=1000&scale=4");
    for _ in 0..60 {
        drop(ask(&server.url(&path)).await);
    }
    while !is_there(&reply(server.url(&path)).await) {}
}

#[tokio::test]
async fn baselines_have_a_limit_that_is_named() {
    let server = TestServer::start();
    let run = server.import_long_run(1).await;
    let body = json!({"run": run}).to_string();
    let set =
        async |name: String| server.request("PUT", &format!("/api/baselines/{name}"), body.as_bytes()).await;
    for number in 0..200 {
        assert_eq!(set(format!("b{number}")).await.0, 204);
    }
    let (status, words) = set("one-more".to_owned()).await;
    assert!(status == 400 && words.contains("at most 200 baselines"), "{status} {words}");
    assert_eq!(set("b7".to_owned()).await.0, 204, "an existing name may be set again");
}

/// Long loops and figures.
mod slow {
    use std::time::{Duration, Instant};

    use super::*;

    #[tokio::test]
    async fn four_of_the_largest_pictures_of_the_longest_run_take_less_than_300_mib() {
        println!("{}", draw_four_at_once(LONGEST).await);
    }

    #[tokio::test]
    async fn exports_of_the_longest_run_take_little_memory_whether_they_are_read_or_not() {
        println!("{}", export_in_all_formats(LONGEST).await);
    }

    /// Other clients are answered while the largest pictures are drawn. Prints the figures; a busy machine decides them.
    #[tokio::test]
    async fn the_catalog_is_answered_while_the_largest_pictures_are_drawn() {
        let (server, run, _directory) = with_long_run(LONGEST).await;
        let growth = Growth::of(server.pid());
        let urls = largest(&run).iter().map(|path| server.url(path)).collect();
        let drawing = tokio::spawn(all_at_once(urls));
        let mut took: Vec<Duration> = Vec::new();
        for _ in 0..100 {
            let begin = Instant::now();
            assert_eq!(server.request("GET", "/api/catalog", b"").await.0, 200);
            took.push(begin.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await; // spreads the polls over the drawing
        }
        let still_drawing = !drawing.is_finished();
        let drawn = drawing.await.unwrap().iter().filter(|reply| is_there(reply)).count();
        took.sort_unstable();
        println!(
            "median {:?}, most {:?}, {} MiB, {drawn} of 4 drawn, still drawing after the polls: {still_drawing}",
            took[50],
            took[99],
            growth.peak() / MIB
        );
    }
}
