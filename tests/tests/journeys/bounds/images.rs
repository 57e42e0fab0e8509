//! How much memory and time images take.

use heapgym_shared::{Rejection, protocol::RunId};
use tokio::{io::AsyncReadExt, task::JoinSet};

use super::{LONG, LONGEST, all_at_once, is_there, reply, with_long_run};
use crate::support::{
    alone::{ask, get},
    heapgym,
    long_run::document,
    memory::{Growth, MIB},
    server::TestServer,
};

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
async fn clients_that_leave_before_their_picture_is_drawn_block_nobody() {
    let (server, run, _directory) = with_long_run(500).await;
    let path = format!("/i/r/{run}.png?w=1000&h=1000&scale=4");
    for _ in 0..60 {
        drop(ask(&server.url(&path)).await);
    }
    while !is_there(&reply(server.url(&path)).await) {}
}

#[tokio::test]
async fn images_do_not_wait_for_slow_downloads() {
    let (server, run, _directory) = with_long_run(5_000).await;
    let download = server.url(&format!("/api/runs/{run}/samples.json"));
    // Those that are sent and those that wait; one more is refused.
    let mut unread = JoinSet::new();
    for _ in 0..25 {
        let download = download.clone();
        unread.spawn(async move {
            let (mut stream, mut begin) = (ask(&download).await, [0; 12]);
            stream.read_exact(&mut begin).await.unwrap();
            (stream, begin)
        });
    }
    let mut sent = Vec::new();
    loop {
        let (stream, begin) = unread.join_next().await.unwrap().unwrap();
        match &begin[9..] {
            b"503" => break,
            _ => sent.push(stream),
        }
    }
    assert_eq!(get(&server.url(&format!("/i/r/{run}.svg"))).await.0, 200);
}

/// Long loops and figures.
mod slow {
    use std::time::{Duration, Instant};

    use super::*;

    #[tokio::test]
    async fn four_of_the_largest_pictures_of_the_longest_run_take_less_than_300_mib() {
        println!("{}", draw_four_at_once(LONGEST).await);
    }

    /// Other clients are answered while the largest pictures are drawn. Prints the figures; a busy machine decides
    /// them.
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
