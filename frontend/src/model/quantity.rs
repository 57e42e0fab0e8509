//! Figures with a sign.

use heapgym_shared::unit::Unit;

/// A number of bytes with its unit, and a minus before what is below zero.
pub fn signed_bytes(bytes: i64) -> String {
    let sign = if bytes < 0 { "-" } else { "" };
    format!("{sign}{}", Unit::Bytes.format(bytes.unsigned_abs() as f64))
}
