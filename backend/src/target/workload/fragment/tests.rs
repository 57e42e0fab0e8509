//! All variants answer alike, objects are as was asked for, and what is held is let go.

use axum::{body::to_bytes, extract::Request, handler::Handler};

use super::*;

const PARAMETERS: Fragment = Fragment { objects: 300, keep_every: 7, hold_ms: 20 };

#[tokio::test]
async fn variants_differ_in_where_things_lie_only() {
    for (variant, _) in SOURCES {
        let handler = handler(&PARAMETERS, variant, &Resources::default()).unwrap().unwrap();
        for _ in 0..50 {
            let response = handler.clone().call(Request::default(), ()).await;
            assert_eq!(to_bytes(response.into_body(), 100).await.unwrap(), r#"{"objects":300}"#, "{variant}");
        }
    }
}

#[test]
fn one_in_so_many_is_kept_and_they_are_of_all_sizes() {
    let objects: Vec<Object> = (0..10).flat_map(|index| Object::all(&PARAMETERS, index)).collect();
    assert_eq!(objects.len(), 3000);
    let kept: Vec<&Object> = objects.iter().filter(|object| object.kept).collect();
    assert_eq!(kept.len(), 3000_usize.div_ceil(7));
    for size in SIZES {
        let share = kept.iter().filter(|object| object.bytes == size).count() as f64 / kept.len() as f64;
        assert!((share - 1.0 / 6.0).abs() < 0.02, "{size}: {share}");
    }
}

#[test]
fn what_is_held_is_freed_when_its_time_is_over_and_the_oldest_when_there_is_too_much() {
    let alive = Arc::new(());
    let held = Held::start(Duration::from_millis(1)).unwrap();
    (0..10).for_each(|_| held.hold(Arc::clone(&alive)));
    while Arc::strong_count(&alive) > 1 {
        std::thread::yield_now();
    }
    let held = Held::start(Duration::from_secs(3600)).unwrap();
    (0..5000).for_each(|_| held.hold(Arc::clone(&alive)));
    assert_eq!(Arc::strong_count(&alive), 4096 + 1);
}
