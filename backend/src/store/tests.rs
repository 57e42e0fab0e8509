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
        store.end(&id(name), Ending::of(&Outcome::Completed)).await.unwrap();
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
        store.begin(&id(name)).await.unwrap();
        store.append(&id(name), &samples(0..10)).await.unwrap();
        store.append(&id(name), &samples(10..20)).await.unwrap();
        store.append(&id(name), &samples(10..20)).await.unwrap(); // tried again, after all it was kept
    }
    store.end(&id("done"), Ending::of(&Outcome::Completed)).await.unwrap();
    store.create(&id("waiting"), 7, &spec("logs", "pooled")).await.unwrap();
    store.append(&id("waiting"), &samples(0..1)).await.unwrap(); // before it was stored that it began
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
    let (waiting, waiting_samples) = load(&store, "waiting").await.unwrap();
    assert_eq!((waiting.outcome, waiting_samples), (None, Vec::new()), "it is run from its beginning");
    assert_eq!(store.waiting().await.unwrap()[0].0, id("waiting"));
}

#[tokio::test]
async fn a_directory_belongs_to_one_server() {
    let directory = tempfile::tempdir().unwrap();
    let _first = Store::open(directory.path()).await.unwrap();
    let refused = Store::open(directory.path()).await.unwrap_err();
    assert_eq!(refused.downcast_ref::<InUse>(), Some(&InUse(directory.path().to_owned())));
    assert!(refused.to_string().ends_with("choose another folder with --data"), "{refused}");
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
    assert_eq!(store.delete(&id("a")).await.unwrap(), Deleted::Restorable);
    assert_eq!(store.delete(&id("a")).await.unwrap(), Deleted::NotFound);
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
async fn an_unfinished_run_can_be_deleted_and_is_not_queued_again() {
    let store = Store::in_memory().await.unwrap();
    store.create(&id("a"), 0, &spec("logs", "naive")).await.unwrap();
    assert_eq!(store.waiting().await.unwrap().len(), 1);
    assert_eq!(store.delete(&id("a")).await.unwrap(), Deleted::Restorable);
    assert!(store.waiting().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_import_that_fails_leaves_nothing() {
    let store = with_runs(&["a"]).await;
    let (head, _) = load(&store, "a").await.unwrap();
    let mut run = StoredRun { head, samples: samples(0..200), profiles: Vec::new() };
    assert!(store.import(run.clone()).await.is_err(), "there is a run of this name");
    run.head.id = id("b");
    run.samples.push(samples(0..1).remove(0)); // stored twice: the last piece replaces the first
    store.import(run).await.unwrap();
    assert_eq!(load(&store, "a").await.unwrap().1, []);
    assert_eq!(names(&store, Wanted::default()).await, ["b", "a"]);
}

#[tokio::test]
async fn an_import_that_is_dropped_leaves_nothing_or_all() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).await.unwrap();
    store.create(&id("a"), 0, &spec("logs", "naive")).await.unwrap();
    let (mut head, _) = load(&store, "a").await.unwrap();
    head.id = id("b");
    let run = StoredRun { head, samples: samples(0..2_000), profiles: Vec::new() };
    for polls in 1..60 {
        let mut import = Box::pin(store.import(run.clone()));
        for _ in 0..polls {
            if futures_util::poll!(&mut import).is_ready() {
                return;
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        drop(import);
        if let Some((imported, stored)) = load(&store, "b").await {
            // It was dropped as it had just committed.
            assert_eq!(stored.len(), 2_000, "after {polls} polls");
            return assert_eq!(imported.outcome.unwrap().id(), "lost");
        }
    }
}

/// A store on a disk that has room for this many more pages, as far as SQLite knows.
async fn with_pages(directory: &Path, pages: i64) -> Store {
    let store = Store::open(directory).await.unwrap();
    let used: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&store.pool).await.unwrap();
    // Of each connection: with one, it holds for all that the store does.
    let options =
        store.pool.connect_options().as_ref().clone().pragma("max_page_count", (used + pages).to_string());
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .after_release(|connection, _| Box::pin(is_outside_transaction(connection)));
    // What fills up is not the disk, which has free space all the time.
    Store { pool: pool.connect_with(options).await.unwrap(), reserve: None, ..store }
}

#[tokio::test]
async fn on_a_full_disk_nothing_is_half_stored_and_deleting_makes_room() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_pages(directory.path(), 40).await;
    let is_full =
        |error: anyhow::Error| assert_eq!(StoreError::of(&error), Some(StoreError::DiskFull), "{error:#}");
    let ids: Vec<RunId> = (0..1_000).map(|n| id(&format!("r{n}"))).collect();
    let mut stored = 0;
    // Each takes some pages. One in three is deleted, and could be restored.
    let failed = loop {
        if let Err(error) = store.create(&ids[stored], 0, &spec("logs", "naive")).await {
            break error;
        }
        if let Err(error) = store.append(&ids[stored], &samples(0..2_000)).await {
            break error;
        }
        store.end(&ids[stored], Ending::of(&Outcome::Completed)).await.unwrap();
        if stored % 3 == 2 {
            store.delete(&ids[stored]).await.unwrap();
        }
        stored += 1;
    };
    is_full(failed);
    assert!(stored >= 3, "{stored}");
    let listed = store.list(&Wanted::default()).await.unwrap().total;
    // All or nothing, also of what takes several statements.
    let (mut head, _) = load(&store, &ids[0].0).await.unwrap();
    head.id = id("imported");
    let run = StoredRun { head, samples: samples(0..30_000), profiles: Vec::new() };
    is_full(store.import(run).await.unwrap_err());
    let (one, spec) = ([id("p0"), id("p1")], spec("logs", "naive"));
    let many: Vec<_> = std::iter::repeat_n((&one[0], &spec), 1).chain([(&one[1], &spec)]).collect();
    let pairs = [(one[0].clone(), one[1].clone())];
    let queued = store.create_pairs(&many, 0, &pairs).await;
    let added = if queued.is_ok() { 2 } else { 0 };
    assert_eq!(store.list(&Wanted::default()).await.unwrap().total, listed + added);

    // What could be restored goes first.
    store.make_room().await.unwrap();
    assert!(store.is_full());
    assert!(!store.restore(&ids[2]).await.unwrap());
    assert_eq!(store.delete(&ids[0]).await.unwrap(), Deleted::ForGood);
    assert_eq!(load(&store, &ids[0].0).await, None);
    store.create(&id("new"), 0, &spec).await.unwrap();
    store.append(&id("new"), &samples(0..2_000)).await.unwrap();
    store.end(&id("new"), Ending::of(&Outcome::Completed)).await.unwrap();
    assert!(!store.is_full());
    assert_eq!(store.delete(&ids[1]).await.unwrap(), Deleted::Restorable);
}

#[tokio::test]
async fn a_row_that_does_not_decode_is_one_unreadable_run_and_can_be_deleted() {
    for column in ["spec", "outcome", "report", "tags"] {
        for value in ["{", "[7]", "\"x\"", r#"{"kind": "unknown"}"#] {
            let store = with_runs(&["a", "b"]).await;
            store.set_baseline("main", &id("a")).await.unwrap();
            let update = format!("UPDATE run SET {column} = ? WHERE id = 'a'");
            sqlx::query(sqlx::AssertSqlSafe(update)).bind(value).execute(&store.pool).await.unwrap();
            let case = format!("{column} {value}");
            for order in [Order::Newest, Order::P99, Order::Throughput, Order::Resident] {
                let list = store.list(&Wanted { order, ..Wanted::default() }).await.unwrap();
                let line = list.runs.iter().find(|line| line.id == id("a")).unwrap();
                assert_eq!((list.total, line.unreadable.is_some()), (2, true), "{case}");
            }
            let search = Wanted { search: "naive".to_owned(), ..Wanted::default() };
            assert!(names(&store, search).await.contains(&"b".to_owned()), "{case}");
            let error = store.head(&id("a")).await.unwrap_err();
            assert!(
                matches!(StoreError::of(&error), Some(StoreError::Unreadable { .. })),
                "{case}: {error:#}"
            );
            assert_eq!(store.baselines().await.unwrap().len(), 1, "{case}");
            assert_eq!(store.delete(&id("a")).await.unwrap(), Deleted::Restorable, "{case}");
        }
    }
}

#[tokio::test]
async fn samples_and_profiles_that_do_not_decode_make_their_run_unreadable() {
    let store = with_runs(&["a", "b"]).await;
    store.append(&id("a"), &samples(0..3)).await.unwrap();
    sqlx::query("UPDATE chunk SET samples = x'00'").execute(&store.pool).await.unwrap();
    sqlx::query("INSERT INTO profile SELECT number, 0, x'00' FROM run WHERE id = 'b'")
        .execute(&store.pool)
        .await
        .unwrap();
    let whole = store.packed_samples(&id("a")).await.unwrap().unpack().unwrap_err();
    let piece = store.piece(&id("a"), 0).await.unwrap_err();
    let count = store.sample_count(&id("a")).await.unwrap_err();
    let profile = store.profile(&id("b"), 0).await.unwrap().unwrap().unpack().unwrap_err();
    for error in [whole, piece, count, profile] {
        assert!(matches!(StoreError::of(&error), Some(StoreError::Unreadable { .. })), "{error:#}");
    }
    assert_eq!(names(&store, Wanted::default()).await, ["b", "a"]);
}

#[tokio::test]
async fn a_search_of_many_words_is_refused_or_answered() {
    let store = with_runs(&["a"]).await;
    let search = |words: usize| Wanted { search: "naive ".repeat(words), ..Wanted::default() };
    assert!(search(32).check().is_ok());
    let refused = search(33).check().unwrap_err();
    assert_eq!(
        (refused.field.as_str(), refused.allowed.as_str()),
        ("search", "at most 32 words and 400 characters")
    );
    assert!(Wanted { search: "x".repeat(401), ..Wanted::default() }.check().is_err());
    // The store itself takes any number.
    assert_eq!(names(&store, search(5_000)).await, ["a"]);
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
    assert!(store.relabel(&id("b"), &relabel("Viel Ärger", &["ГЛАЗ", "\"hi\""])).await.unwrap());
    for text in ["ärger", "ÄRGER", "глаз", "\"hi\"", "ärger hi"] {
        assert_eq!(names(&store, search(text)).await, ["b"], "{text}");
    }
    assert!(names(&store, search("[]")).await.is_empty(), "tags are words, not what they are kept as");
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
    let store = Store::in_memory().await.unwrap();
    let pairs = [(id("a1"), id("b1")), (id("a2"), id("b2"))];
    let (ids, spec) = (["a1", "b1", "b2", "a2"].map(id), spec("products", "naive"));
    store.create_pairs(&ids.each_ref().map(|id| (id, &spec)), 0, &pairs).await.unwrap();
    let waiting: Vec<RunId> = store.waiting().await.unwrap().into_iter().map(|(id, _)| id).collect();
    assert_eq!(waiting, ids);
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
