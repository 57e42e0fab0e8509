//! `fragment`, `arena`: the objects of a request lie in an arena of its own, which goes at once.

use std::sync::Arc;

use axum::response::Response;
use bumpalo::Bump;
use heapgym_shared::workload::Fragment;

use super::{FILL, Object, held::Held, naive::Kept, reply};

pub(super) async fn handle(state: Arc<(Kept, Held<Bump>)>, index: u64, parameters: Fragment) -> Response {
    let (kept, held) = &*state;
    let arena = Bump::new();
    for object in Object::all(&parameters, index) {
        let bytes = arena.alloc_slice_fill_copy(object.bytes, FILL);
        if object.kept {
            // Copied out, it lies among others that are kept.
            kept.keep((&*bytes).into());
        }
    }
    held.hold(arena);
    reply(&parameters)
}
