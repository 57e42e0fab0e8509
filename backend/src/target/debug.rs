//! `/debug/pprof/`: heap profiles of a target that runs alone, at the addresses that Go's services have them.

use std::{fs::File, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use heapgym_probe::profile as probe;
use heapgym_shared::{
    Rejection,
    field::{Number, Reader},
    profile::SampleType,
    unit::Unit,
};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::{
    profile::child::symbolized,
    scratch::{self, Scratch},
};

/// How long to count.
const SECONDS: Number = Number {
    name: "seconds",
    title: "Seconds",
    unit: Unit::Count,
    min: 1.0,
    max: 600.0,
    default: None,
    whole: true,
    help: "Count only what is allocated in so many seconds from now.",
};

const INDEX: &str = "\
/debug/pprof/ of heapgym

heap     /debug/pprof/heap    live memory by stack; shows inuse_space first
allocs   /debug/pprof/allocs  all memory ever allocated, by stack; shows alloc_space first
vars     /debug/vars          one reading of all figures, as JSON

Both profiles hold alloc_objects, alloc_space, inuse_objects and inuse_space, with names, lines and threads, since
the process began. One allocation in 512 KiB is sampled, and scaled up.

    go tool pprof -top http://ADDRESS/debug/pprof/heap

seconds=N   what changed in N seconds from now, 1 to 600: memory that was freed counts below zero
debug=0     gzipped protobuf, which is the only format; Go's text formats, debug=1 and debug=2, are not available
gc=1        accepted for Go's tools: there is no collector to run first
";

/// One profile at a time: naming takes a second of a CPU that the handler wants too.
type OneAtATime = State<Arc<Mutex<()>>>;

/// Routes below `/debug/pprof/`.
pub fn router() -> Router {
    Router::new()
        .route("/debug/pprof", get(async || INDEX))
        .route("/debug/pprof/", get(async || INDEX))
        .route("/debug", any(unknown))
        .route("/debug/", any(unknown))
        .route("/debug/{*path}", any(unknown))
        .route("/debug/pprof/heap", get(heap))
        .route("/debug/pprof/allocs", get(allocs))
        .with_state(Arc::default())
}

/// What is available, for an address that has nothing.
async fn unknown(address: Uri) -> impl IntoResponse {
    (StatusCode::NOT_FOUND, format!("nothing is at {}; available are:\n\n{INDEX}", address.path()))
}

async fn heap(State(turn): OneAtATime, Query(query): Query<Map<String, Value>>) -> Response {
    answer(SampleType::InuseSpace, &turn, query).await
}

async fn allocs(State(turn): OneAtATime, Query(query): Query<Map<String, Value>>) -> Response {
    answer(SampleType::AllocSpace, &turn, query).await
}

async fn answer(default: SampleType, turn: &Mutex<()>, query: Map<String, Value>) -> Response {
    if !probe::is_there() {
        // Go's own handlers answer 404 for what they do not have.
        return (StatusCode::NOT_FOUND, format!("{}\n", probe::Refused::NotThere)).into_response();
    }
    let seconds = match seconds(query) {
        Ok(seconds) => seconds,
        Err(rejection) => return (StatusCode::BAD_REQUEST, format!("{rejection}\n")).into_response(),
    };
    match profile(default, turn, seconds).await {
        Ok(profile) => {
            let headers = [
                (header::CONTENT_TYPE, "application/octet-stream"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"heap.pb.gz\""),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, profile).into_response()
        }
        Err(error) => {
            tracing::error!("{error:#}");
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}\n")).into_response()
        }
    }
}

/// Reads the parameters that Go's handlers know, as they do: a number that cannot be read counts as 0 where Go does so.
fn seconds(mut query: Map<String, Value>) -> Result<Option<Duration>, Rejection> {
    let number = |value: Option<Value>| {
        value.as_ref().and_then(Value::as_str).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0)
    };
    if number(query.remove("debug")) > 0 {
        let reason = "asks for a text format, which is not available";
        return Err(Rejection::new(
            "debug",
            reason,
            "0, gzipped protobuf: read it with `go tool pprof -top URL`",
        ));
    }
    query.remove("gc"); // there is no collector to run first
    match query.get_mut(SECONDS.name) {
        Some(Value::String(text)) if text.is_empty() => drop(query.remove(SECONDS.name)),
        Some(value) => {
            if let Some(number) = value.as_str().and_then(|text| text.parse::<u64>().ok()) {
                *value = number.into();
            }
        }
        None => {}
    }
    if let Some(name) = query.keys().find(|name| *name != SECONDS.name) {
        return Err(Rejection::new(name, "is not a known parameter", "seconds, debug, gc"));
    }
    let query = Value::Object(query);
    let mut reader = Reader::new("", &query)?;
    Ok(reader.optional_number(&SECONDS)?.map(Duration::from_secs_f64))
}

async fn profile(
    default: SampleType,
    turn: &Mutex<()>,
    seconds: Option<Duration>,
) -> anyhow::Result<Vec<u8>> {
    scratch::remove_abandoned();
    let folder = Scratch::new().context("no temporary folder can be made")?;
    if let Some(seconds) = seconds {
        dump(&folder, "before").await?;
        tokio::time::sleep(seconds).await;
    }
    let _turn = turn.lock().await;
    dump(&folder, "now").await?;
    let file = File::open(folder.path().join("now")).context("the profile cannot be read")?;
    let before = folder.path().join("before");
    symbolized(file, default, seconds.map(|seconds| (Path::new(&before), seconds))).await
}

/// On a thread that may block: jemalloc writes to the disk.
async fn dump(folder: &Scratch, name: &str) -> anyhow::Result<()> {
    let path = folder.path().join(name);
    Ok(tokio::task::spawn_blocking(move || probe::dump(&path)).await??)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(query: Value) -> Result<Option<Duration>, Rejection> {
        seconds(query.as_object().unwrap().clone())
    }

    #[test]
    fn a_window_is_a_whole_number_of_seconds() {
        assert_eq!(read(json!({})), Ok(None));
        assert_eq!(read(json!({"seconds": "30"})), Ok(Some(Duration::from_secs(30))));
        for (query, field) in [
            (json!({"seconds": "0"}), "seconds"),
            (json!({"seconds": "1.5"}), "seconds"),
            (json!({"seconds": "601"}), "seconds"),
            (json!({"seconds": "-1"}), "seconds"),
            (json!({"debug": "1"}), "debug"),
            (json!({"debug": "2", "seconds": "5"}), "debug"),
            (json!({"second": "5"}), "second"),
        ] {
            assert_eq!(read(query).unwrap_err().field, field);
        }
    }

    #[test]
    fn parameters_are_accepted_as_go_does() {
        for query in [
            json!({"debug": "0"}),
            json!({"gc": "1"}),
            json!({"gc": "0", "debug": "0", "seconds": ""}),
            json!({"debug": "", "gc": ""}),
            json!({"debug": "x", "gc": "x"}), // 0 to Go
            json!({"debug": "-1"}),
        ] {
            assert_eq!(read(query.clone()), Ok(None), "{query}");
        }
        assert_eq!(read(json!({"gc": "1", "seconds": "5"})), Ok(Some(Duration::from_secs(5))));
    }

    #[tokio::test]
    async fn a_process_without_the_profiler_says_so() {
        let turn = Mutex::new(());
        let response = answer(SampleType::InuseSpace, &turn, Map::new()).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
}
