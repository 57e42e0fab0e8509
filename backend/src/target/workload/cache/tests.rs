//! All variants answer the same values, and keys come as they were asked for.

use std::{collections::HashSet, time::Instant};

use axum::{body::to_bytes, extract::Request, handler::Handler};

use super::*;

const PARAMETERS: Cache = Cache { value_bytes: 100, new_percent: 20.0, cache_bytes: 1 << 20, ttl_ms: 1000 };

#[tokio::test]
async fn variants_differ_in_what_they_keep_only() {
    let mut replies = Vec::new();
    for (variant, _) in SOURCES {
        let handler = handler(&PARAMETERS, variant, &Resources::default()).unwrap().unwrap();
        let mut values = Vec::new();
        for _ in 0..500 {
            let response = handler.clone().call(Request::default(), ()).await;
            values.push(to_bytes(response.into_body(), usize::MAX).await.unwrap());
        }
        replies.push(values);
    }
    assert!(replies.iter().all(|values| *values == replies[0]));
    assert!(replies[0].iter().all(|value| value.len() == 100));
}

/// Without requests: nobody asks the cache for anything.
#[test]
fn what_has_expired_is_let_go() {
    let values = ttl::values(Duration::from_millis(20)).unwrap();
    for key in 0..5_000 {
        values.insert(key, Bytes::from_static(b"value"));
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    while values.entry_count() > 0 || values.contains_key(&0) {
        assert!(Instant::now() < deadline, "{} entries", values.entry_count());
        std::thread::yield_now();
    }
}

#[test]
fn as_many_keys_are_new_as_was_asked_for() {
    for percent in [0.0, 0.5, 20.0, 25.0, 100.0] {
        let keys = Keys::new(percent);
        let new: Vec<u64> = (0..10_000).map(|index| keys.key(index)).filter(|key| *key >= HOT_KEYS).collect();
        assert_eq!(new.len(), (percent * 100.0) as usize, "{percent} %");
        assert_eq!(new.iter().collect::<HashSet<_>>().len(), new.len(), "none is asked for twice");
    }
    let hot: HashSet<u64> = (0..10_000).map(|index| Keys::new(0.0).key(index)).collect();
    assert_eq!(hot.len(), HOT_KEYS as usize, "all of them are in use");
}
