//! The store against real databases, on disk where they must outlive it.

use heapgym_shared::{RunSpec, history::Relabel, sample::Phase};
use serde_json::json;

use super::*;

fn id(text: &str) -> RunId {
    RunId(text.to_owned())
}

fn spec(workload: &str, variant: &str) -> RunSpec {
    let spec = json!({
        "workload": {"kind": workload}, "variant": variant,
        "load": {"profile": {"kind": "constant_concurrency", "concurrency": 1}},
    });
    RunSpec::parse(&spec, &Default::default()).unwrap()
}

fn samples(seqs: std::ops::Range<u64>) -> Vec<Sample> {
    let sample = |seq| Sample {
        seq,
        elapsed_ns: seq * 100_000_000,
        phase: Phase::Load,
        target: None,
        load: None,
        events: Vec::new(),
    };
    seqs.map(sample).collect()
}

/// A store in memory with finished runs of these names.
async fn with_runs(names: &[&str]) -> Store {
    let store = Store::in_memory().await.unwrap();
    for (name, created_at_ms) in names.iter().zip(1_000..) {
        store.create(&id(name), created_at_ms, &spec("products", "naive")).await.unwrap();
        store.finish(&id(name), &Outcome::Completed, None).await.unwrap();
    }
    store
}

async fn names(store: &Store, wanted: Wanted) -> Vec<String> {
    store.list(&wanted).await.unwrap().runs.into_iter().map(|run| run.id.0).collect()
}

/// A run without its profiles.
async fn load(store: &Store, name: &str) -> Option<(RunHead, Vec<Sample>)> {
    let head = store.head(&id(name)).await.unwrap()?;
    Some((head, store.packed_samples(&id(name)).await.unwrap().unpack().unwrap()))
}

#[tokio::test]
async fn what_was_kept_is_there_after_the_server_was_killed() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    for name in ["done", "going"] {
        store.create(&id(name), 7, &spec("logs", "pooled")).await.unwrap();
        store.append(&id(name), &samples(0..10)).await.unwrap();
        store.append(&id(name), &samples(10..20)).await.unwrap();
        store.append(&id(name), &samples(10..20)).await.unwrap(); // tried again, after all it was kept
    }
    store.finish(&id("done"), &Outcome::Completed, None).await.unwrap();
    drop(store); // nothing is closed or flushed

    let store = Store::open(directory.path()).await.unwrap();
    let (done, done_samples) = load(&store, "done").await.unwrap();
    assert_eq!(
        (done.created_at_ms, done.spec, done.outcome),
        (7, spec("logs", "pooled"), Some(Outcome::Completed))
    );
    let (going, going_samples) = load(&store, "going").await.unwrap();
    assert_eq!(going.outcome, Some(Outcome::Lost { reason: INTERRUPTED.to_owned() }));
    assert_eq!((done_samples, going_samples), (samples(0..20), samples(0..20)));
}

#[tokio::test]
async fn a_directory_belongs_to_one_server() {
    let directory = tempfile::tempdir().unwrap();
    let _first = Store::open(directory.path()).await.unwrap();
    let refused = Store::open(directory.path()).await.unwrap_err().to_string();
    assert!(refused.contains("choose another directory with --data"), "{refused}");
}

#[tokio::test]
async fn a_name_is_given_once() {
    let store = with_runs(&["a"]).await;
    assert!(store.create(&id("a"), 0, &spec("logs", "naive")).await.is_err());
}

#[tokio::test]
async fn a_deleted_run_is_out_of_sight_until_it_is_restored() {
    let store = with_runs(&["a", "b"]).await;
    store.append(&id("a"), &samples(0..3)).await.unwrap();
    assert!(store.delete(&id("a")).await.unwrap());
    assert!(!store.delete(&id("a")).await.unwrap());
    assert_eq!(load(&store, "a").await, None);
    assert_eq!(names(&store, Wanted::default()).await, ["b"]);
    let deleted = || Wanted { deleted: true, ..Wanted::default() };
    assert_eq!(names(&store, deleted()).await, ["a"]);
    assert!(store.restore(&id("a")).await.unwrap());
    assert!(names(&store, deleted()).await.is_empty());
    assert!(!store.restore(&id("a")).await.unwrap());
    assert_eq!(load(&store, "a").await.unwrap().1, samples(0..3));

    // An hour later it is gone for good, and its samples with it.
    store.delete(&id("a")).await.unwrap();
    sqlx::query("UPDATE run SET deleted_at_ms = 1 WHERE id = 'a'").execute(&store.pool).await.unwrap();
    store.delete(&id("b")).await.unwrap();
    assert!(!store.restore(&id("a")).await.unwrap());
    let chunks: i64 = sqlx::query_scalar("SELECT count(*) FROM chunk").fetch_one(&store.pool).await.unwrap();
    assert_eq!(chunks, 0);
}

#[tokio::test]
async fn a_run_that_goes_on_is_not_deleted() {
    let store = Store::in_memory().await.unwrap();
    store.create(&id("a"), 0, &spec("logs", "naive")).await.unwrap();
    assert!(!store.delete(&id("a")).await.unwrap());
}

#[tokio::test]
async fn the_list_is_searched_filtered_and_cut() {
    let store = with_runs(&["a", "b", "c"]).await;
    store.create(&id("d"), 9, &spec("logs", "pooled")).await.unwrap();
    assert_eq!(names(&store, Wanted::default()).await, ["d", "c", "b", "a"]);
    let relabel = |note: &str, tags: &[&str]| Relabel {
        note: Some(note.to_owned()),
        tags: Some(tags.iter().map(|tag| (*tag).to_owned()).collect()),
        pinned: None,
    };
    assert!(store.relabel(&id("a"), &relabel("100% \"odd\" note", &["Release"])).await.unwrap());
    assert!(store.relabel(&id("a"), &Relabel { pinned: Some(true), ..Relabel::default() }).await.unwrap());
    assert!(!store.relabel(&id("x"), &Relabel::default()).await.unwrap());
    assert_eq!(names(&store, Wanted::default()).await, ["a", "d", "c", "b"], "pinned ones come first");
    let labels = load(&store, "a").await.unwrap().0.labels;
    assert_eq!(
        (labels.note.as_str(), labels.tags, labels.pinned),
        ("100% \"odd\" note", vec!["Release".to_owned()], true)
    );

    let search = |search: &str| Wanted { search: search.to_owned(), ..Wanted::default() };
    assert_eq!(names(&store, search("release")).await, ["a"]);
    assert_eq!(names(&store, search("100% odd")).await, ["a"]);
    assert_eq!(names(&store, search("logs pooled")).await, ["d"]);
    assert!(names(&store, search("logs naive")).await.is_empty());
    let workload = Wanted { workload: "products".to_owned(), pinned: true, ..Wanted::default() };
    assert_eq!(names(&store, workload).await, ["a"]);
    let outcome = Wanted { outcome: "completed".to_owned(), order: Order::Oldest, ..Wanted::default() };
    assert_eq!(names(&store, outcome).await, ["a", "b", "c"]);
    let part = store.list(&Wanted { offset: 1, limit: Some(2), ..Wanted::default() }).await.unwrap();
    assert_eq!((part.total, part.runs.len(), part.runs[0].id.0.as_str()), (4, 2, "d"));
}

#[tokio::test]
async fn every_order_is_understood_by_the_database() {
    let store = with_runs(&["a", "b"]).await;
    for order in [Order::Newest, Order::Oldest, Order::P99, Order::Throughput, Order::Resident] {
        assert_eq!(names(&store, Wanted { order, ..Wanted::default() }).await.len(), 2, "{order:?}");
    }
}

#[tokio::test]
async fn a_baseline_names_one_run_at_a_time() {
    let store = with_runs(&["a", "b"]).await;
    assert!(store.set_baseline("main", &id("a")).await.unwrap());
    assert!(store.set_baseline("main", &id("b")).await.unwrap());
    assert!(!store.set_baseline("main", &id("x")).await.unwrap());
    assert_eq!(store.baselines().await.unwrap(), [("main".to_owned(), id("b"))]);
    assert_eq!(store.list(&Wanted::default()).await.unwrap().runs[0].baselines, ["main"]);
    assert!(store.drop_baseline("main").await.unwrap());
    assert!(!store.drop_baseline("main").await.unwrap());
}

#[tokio::test]
async fn pairs_come_back_in_their_order() {
    let store = with_runs(&["a1", "b1", "a2", "b2"]).await;
    let pairs = [(id("a1"), id("b1")), (id("a2"), id("b2"))];
    store.keep_pairs(&pairs).await.unwrap();
    assert_eq!(store.pairs(&id("a1"), &id("b1")).await.unwrap(), pairs);
    assert!(store.pairs(&id("a2"), &id("b2")).await.unwrap().is_empty());
    store.delete(&id("b2")).await.unwrap();
    assert_eq!(store.pairs(&id("a1"), &id("b1")).await.unwrap(), pairs[..1]);
}

#[tokio::test]
async fn a_piece_of_a_run_is_read_without_the_others() {
    let store = with_runs(&["a", "b"]).await;
    store.append(&id("a"), &samples(0..40)).await.unwrap();
    store.append(&id("a"), &samples(40..43)).await.unwrap();
    assert_eq!(store.sample_count(&id("a")).await.unwrap(), 43);
    assert_eq!(store.piece(&id("a"), 0).await.unwrap(), samples(0..16));
    assert_eq!(store.piece(&id("a"), 20).await.unwrap(), samples(20..32));
    assert_eq!(store.piece(&id("a"), 42).await.unwrap(), samples(42..43));
    assert_eq!(store.piece(&id("a"), 43).await.unwrap(), []);
    assert_eq!(
        (store.sample_count(&id("b")).await.unwrap(), store.piece(&id("b"), 0).await.unwrap()),
        (0, vec![])
    );
}
