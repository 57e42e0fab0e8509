//! Reads the JSON body of a request.

use heapgym_shared::Rejection;
use serde::de::DeserializeOwned;

use crate::json;

/// The value that a body holds, with or without a byte order mark.
///
/// # Errors
/// A refusal of the body, with what is allowed instead.
pub(super) fn json<T: DeserializeOwned>(body: &[u8], allowed: &str) -> Result<T, Rejection> {
    json::read(body).map_err(|why| Rejection::new("body", why.to_string(), allowed))
}
