//! What a target alone serves below `/debug/`, at Go's addresses.

use crate::support::alone::{TargetAlone, get};

async fn text(target: &TargetAlone, path: &str) -> (u16, String) {
    let (status, body) = get(&target.debug(path)).await;
    let text = String::from_utf8_lossy(&body).into_owned();
    (status, text)
}

#[tokio::test]
async fn parameters_of_gos_tools_are_accepted() {
    let target = TargetAlone::start(&["--workload", "logs"]);
    for query in ["gc=1", "debug=0", "gc=1&debug=0", "seconds=1&gc=1", "seconds="] {
        let (status, profile) = get(&target.debug(&format!("pprof/heap?{query}"))).await;
        assert!(status == 200 && profile.starts_with(b"\x1f\x8b"), "{query}: {status}");
    }
    for (query, words) in [
        ("debug=1", "a text format, which is not available; allowed: 0, gzipped protobuf"),
        ("debug=2", "not available"),
        ("seconds=0", "a whole number from 1 to 600"),
        ("seconds=601", "a whole number from 1 to 600"),
        ("seconds=soon", "a whole number from 1 to 600"),
        ("second=5", "seconds, debug, gc"),
    ] {
        let (status, said) = text(&target, &format!("pprof/allocs?{query}")).await;
        assert!(status == 400 && said.contains(words), "{query}: {status} {said}");
    }
}

#[tokio::test]
async fn an_address_without_anything_lists_what_is_available() {
    let target = TargetAlone::start(&["--workload", "logs", "--heap-profiles", "off"]);
    for path in ["pprof", "pprof/"] {
        let (status, index) = text(&target, path).await;
        assert!(
            status == 200 && index.contains("/debug/pprof/allocs") && index.contains("/debug/vars"),
            "{index}"
        );
    }
    for path in ["pprof/goroutine", "pprof/heap/", "pprof/profile?seconds=5", "", "var", "requests/x"] {
        let (status, said) = text(&target, path).await;
        assert!(status == 404 && said.contains("/debug/pprof/heap"), "{path}: {status} {said}");
    }
    let (status, said) = text(&target, "pprof/heap").await;
    assert!(status == 404 && !said.is_empty(), "{said}");
}
