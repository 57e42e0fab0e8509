//! All variants write the same lines.

use axum::{body::to_bytes, extract::Request, handler::Handler};

use super::*;

#[tokio::test]
async fn variants_differ_in_cost_only() {
    for lines in [1, 100, 1000] {
        let mut batches = Vec::new();
        for (variant, _) in SOURCES {
            let handler = handler(&Logs { lines }, variant, &Resources::default()).unwrap();
            for _used_buffers_must_not_show in 0..2 {
                let response = handler.clone().call(Request::default(), ()).await;
                assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
                batches.push(to_bytes(response.into_body(), usize::MAX).await.unwrap());
            }
        }
        assert!(batches.iter().all(|batch| *batch == batches[0]));
        let text = std::str::from_utf8(&batches[0]).unwrap();
        assert_eq!(text.lines().count() as u64, lines);
        assert!(text.lines().all(|line| line.len() < LINE_BYTES), "a reserved text never grows");
        assert!(text.starts_with(
            "time=1764000000000 level=WARN request=7000000 user=0 path=/api/products status=503 "
        ));
    }
}
