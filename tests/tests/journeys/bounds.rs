//! What one client can cost the server.

use heapgym_shared::protocol::RunId;
use tokio::{io::AsyncReadExt, task::JoinSet};

use crate::support::{alone::ask, reply::Reply, server::TestServer};

mod changes;
mod exports;
mod images;
mod imports;
mod websockets;

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
