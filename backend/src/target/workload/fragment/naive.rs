//! `fragment`, `naive`: every object is an allocation, and those that are kept stay where they are.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::response::Response;
use heapgym_shared::workload::Fragment;

use super::{FILL, KEPT, Object, Session, held::Held, locked, reply};

/// The objects that are kept, the oldest first.
#[derive(Default)]
pub(super) struct Kept(Mutex<VecDeque<Box<[u8]>>>);

impl Kept {
    pub(super) fn keep(&self, object: Box<[u8]>) {
        locked(&self.0, |kept| {
            if kept.len() == KEPT {
                kept.pop_front();
            }
            kept.push_back(object);
        });
    }
}

pub(super) async fn handle(state: Arc<(Kept, Held<Session>)>, index: u64, parameters: Fragment) -> Response {
    let (kept, held) = &*state;
    let mut session = Session::with_capacity(parameters.objects as usize);
    for object in Object::all(&parameters, index) {
        let bytes = vec![FILL; object.bytes].into_boxed_slice();
        // It lies among the others, and when they are gone it still holds the page that they shared.
        if object.kept { kept.keep(bytes) } else { session.push(bytes) }
    }
    held.hold(session);
    reply(&parameters)
}
