//! How much memory exports take, and that replies without samples read none.

use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, task::JoinSet};

use super::{LONGEST, is_there, reply, with_long_run};
use crate::support::{
    alone::ask,
    long_run::document,
    memory::{Growth, MIB},
};

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

/// Long loops and figures.
mod slow {
    use super::*;

    #[tokio::test]
    async fn exports_of_the_longest_run_take_little_memory_whether_they_are_read_or_not() {
        println!("{}", export_in_all_formats(LONGEST).await);
    }
}
