//! `fragment`, `size_classed`: what is kept is copied to slots of its size, which lie close together.

use std::sync::{Arc, Mutex};

use axum::response::Response;
use heapgym_shared::workload::Fragment;

use super::{FILL, KEPT, Object, SIZES, Session, held::Held, locked, reply};

/// Slots of one size, used in a circle.
struct Slots {
    bytes: Vec<u8>,
    next: usize,
}

/// The objects that are kept, by their size.
pub(super) struct Kept([Mutex<Slots>; SIZES.len()]);

impl Kept {
    pub(super) fn new() -> Self {
        let slots = |bytes: usize| Slots { bytes: vec![0; KEPT / SIZES.len() * bytes], next: 0 };
        Self(SIZES.map(|bytes| Mutex::new(slots(bytes))))
    }

    fn keep(&self, object: &[u8]) {
        let Some(class) = SIZES.iter().position(|bytes| *bytes == object.len()) else { return };
        locked(&self.0[class], |slots| {
            let at = slots.next;
            slots.bytes[at..at + object.len()].copy_from_slice(object);
            slots.next = (at + object.len()) % slots.bytes.len();
        });
    }
}

pub(super) async fn handle(state: Arc<(Kept, Held<Session>)>, index: u64, parameters: Fragment) -> Response {
    let (kept, held) = &*state;
    let mut session = Session::with_capacity(parameters.objects as usize);
    for object in Object::all(&parameters, index) {
        let bytes = vec![FILL; object.bytes].into_boxed_slice();
        if object.kept {
            kept.keep(&bytes);
        }
        session.push(bytes);
    }
    // All of them go together, and their pages with them.
    held.hold(session);
    reply(&parameters)
}
