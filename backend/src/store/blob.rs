//! What is kept compressed: JSON, so that a later heapgym reads what an earlier one wrote.

use std::io::{Read, Write};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use serde::{Serialize, de::DeserializeOwned};

/// A value as it is kept.
pub(super) fn pack(value: &impl Serialize) -> anyhow::Result<Vec<u8>> {
    // The fastest level: a second's samples take it a millisecond, and others hardly less room.
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    serde_json::to_writer(&mut encoder, value)?;
    encoder.flush()?;
    Ok(encoder.finish()?)
}

/// A value that was kept.
pub(super) fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> anyhow::Result<T> {
    let mut text = Vec::new();
    ZlibDecoder::new(bytes).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}
