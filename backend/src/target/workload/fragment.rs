//! `fragment`: objects of many sizes, of which most live for a moment and a few are kept.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Json,
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use heapgym_shared::workload::Fragment;
use serde::Serialize;

use self::held::Held;
use super::{Resources, counted, spread};

mod arena;
mod held;
mod naive;
mod size_classed;

/// The handlers' sources by variant.
pub(super) const SOURCES: &[(&str, &str)] = &[
    ("naive", include_str!("fragment/naive.rs")),
    ("size_classed", include_str!("fragment/size_classed.rs")),
    ("arena", include_str!("fragment/arena.rs")),
];

/// Objects that outlive their request, of all requests together: the latest ones.
const KEPT: usize = 8_192;

/// Sizes of objects: no two of them share a size class of the allocator.
const SIZES: [usize; 6] = [48, 80, 112, 160, 224, 320];

/// Written to every byte, so that the kernel has to give the pages too.
const FILL: u8 = 0xA5;

/// The objects of a request that are not kept.
type Session = Vec<Box<[u8]>>;

/// An object of a request: its size, and whether it outlives the request's others.
#[derive(Debug, Clone, Copy)]
struct Object {
    bytes: usize,
    kept: bool,
}

impl Object {
    /// The objects of the request with this index.
    ///
    /// Those that are kept are of all sizes and lie far from each other, in a request as over requests.
    fn all(parameters: &Fragment, index: u64) -> impl Iterator<Item = Self> {
        let Fragment { objects, keep_every, .. } = *parameters;
        let first = index * objects;
        (first..first + objects).map(move |number| Self {
            bytes: SIZES[spread(number, SIZES.len() as u64) as usize],
            kept: number % keep_every == 0,
        })
    }
}

/// What a request is answered with.
#[derive(Debug, Serialize)]
struct Made {
    objects: u64,
}

fn reply(parameters: &Fragment) -> Response {
    Json(Made { objects: parameters.objects }).into_response()
}

/// Takes a lock; a panic elsewhere leaves what is behind it whole.
fn locked<T, R>(mutex: &Mutex<T>, change: impl FnOnce(&mut T) -> R) -> R {
    change(&mut mutex.lock().unwrap_or_else(PoisonError::into_inner))
}

pub(super) fn handler(
    parameters: &Fragment,
    variant: &str,
    resources: &Resources,
) -> io::Result<Option<MethodRouter>> {
    let (parameters, requests) = (*parameters, &resources.requests);
    let hold = Duration::from_millis(parameters.hold_ms);
    let indices = Arc::new(AtomicU64::new(0));
    let index = move || indices.fetch_add(1, Relaxed);
    Ok(Some(match variant {
        "naive" => {
            let state = Arc::new((naive::Kept::default(), Held::start(hold)?));
            counted(requests, move || naive::handle(Arc::clone(&state), index(), parameters))
        }
        "size_classed" => {
            let state = Arc::new((size_classed::Kept::new(), Held::start(hold)?));
            counted(requests, move || size_classed::handle(Arc::clone(&state), index(), parameters))
        }
        "arena" => {
            let state = Arc::new((naive::Kept::default(), Held::start(hold)?));
            counted(requests, move || arena::handle(Arc::clone(&state), index(), parameters))
        }
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests;
