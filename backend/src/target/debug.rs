//! `/debug/pprof/`: heap profiles of a target that runs alone, at the addresses that Go's services have them.

use std::{fs::File, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use heapgym_probe::profile as probe;
use heapgym_shared::{
    Rejection,
    field::{Number, Reader},
    profile::SampleType,
    unit::Unit,
};
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::profile::child::symbolized;

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

Both hold alloc_objects, alloc_space, inuse_objects and inuse_space, with names, lines and threads, since the
process began. With ?seconds=N they hold what changed in N seconds from now: memory that was freed counts below
zero. One allocation in 512 KiB is sampled, and scaled up.

    go tool pprof -top http://ADDRESS/debug/pprof/heap
";

/// One profile at a time: naming takes a second of a processor that the handler wants too.
type OneAtATime = State<Arc<Mutex<()>>>;

/// Routes below `/debug/pprof/`.
pub fn router() -> Router {
    Router::new()
        .route("/debug/pprof/", get(async || INDEX))
        .route("/debug/pprof/heap", get(heap))
        .route("/debug/pprof/allocs", get(allocs))
        .with_state(Arc::default())
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

fn seconds(mut query: Map<String, Value>) -> Result<Option<Duration>, Rejection> {
    if let Some(value) = query.get_mut(SECONDS.name)
        && let Some(number) = value.as_str().and_then(|text| text.parse::<u64>().ok())
    {
        *value = number.into();
    }
    let query = Value::Object(query);
    let mut reader = Reader::new("", &query)?;
    let seconds = reader.optional_number(&SECONDS)?.map(Duration::from_secs_f64);
    reader.finish()?;
    Ok(seconds)
}

async fn profile(
    default: SampleType,
    turn: &Mutex<()>,
    seconds: Option<Duration>,
) -> anyhow::Result<Vec<u8>> {
    let folder =
        tempfile::Builder::new().prefix("heapgym-").tempdir().context("there is no folder for it")?;
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
async fn dump(folder: &TempDir, name: &str) -> anyhow::Result<()> {
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
            (json!({"debug": "1"}), "debug"),
        ] {
            assert_eq!(read(query).unwrap_err().field, field);
        }
    }

    #[tokio::test]
    async fn a_process_without_the_profiler_says_so() {
        let turn = Mutex::new(());
        let response = answer(SampleType::InuseSpace, &turn, Map::new()).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
}
