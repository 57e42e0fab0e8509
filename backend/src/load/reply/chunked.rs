//! Where a chunked body ends (RFC 9112, section 7.1), byte by byte and without keeping any.

use super::Malformed;

/// The place in a chunked body.
#[derive(Debug)]
pub(super) struct Chunked(State);

#[derive(Debug)]
enum State {
    /// In the size of a chunk.
    Size { bytes: u64, is_empty: bool },
    /// In whitespace after the size, where an extension must follow.
    SizeBlank { bytes: u64 },
    /// In an extension, which is skipped.
    Extension { bytes: u64 },
    /// Before the line feed of the size's line.
    SizeEnd { bytes: u64 },
    /// In the bytes of a chunk.
    Data { remaining: u64 },
    /// Before the carriage return that ends a chunk.
    DataReturn,
    /// Before the line feed that ends a chunk.
    DataEnd,
    /// At the beginning of a line after the last chunk: a trailer field, or the end.
    TrailerStart,
    /// In a trailer field, which is skipped.
    Trailer,
    /// Before the line feed that ends the body.
    BodyEnd,
}

impl Chunked {
    /// The beginning of a body.
    pub(super) fn new() -> Self {
        Self(State::Size { bytes: 0, is_empty: true })
    }

    /// Takes the next bytes; adds to `body_bytes` those of the decoded body. When the body ends in them,
    /// how many belong to it.
    pub(super) fn feed(&mut self, bytes: &[u8], body_bytes: &mut u64) -> Result<Option<usize>, Malformed> {
        let mut used = 0;
        while used < bytes.len() {
            if let State::Data { remaining } = &mut self.0 {
                let taken = (*remaining).min((bytes.len() - used) as u64);
                *remaining -= taken;
                *body_bytes += taken;
                used += taken as usize;
                if *remaining == 0 {
                    self.0 = State::DataReturn;
                }
                continue;
            }
            let byte = bytes[used];
            used += 1;
            if matches!((&self.0, byte), (State::BodyEnd, b'\n')) {
                return Ok(Some(used));
            }
            self.0 = self.after(byte)?;
        }
        Ok(None)
    }

    /// The state after one byte that is not of a chunk's data.
    fn after(&self, byte: u8) -> Result<State, Malformed> {
        Ok(match (&self.0, byte) {
            (&State::Size { bytes, .. }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16).ok_or(Malformed::ChunkSize)?;
                let shifted = bytes.checked_mul(16).ok_or(Malformed::ChunkSizeOverflow)?;
                State::Size { bytes: shifted | u64::from(digit), is_empty: false }
            }
            (State::Size { is_empty: true, .. }, _) => return Err(Malformed::ChunkSize),
            (
                &State::Size { bytes, .. } | &State::SizeBlank { bytes } | &State::Extension { bytes },
                b';',
            ) => State::Extension { bytes },
            (&State::Size { bytes, .. } | &State::Extension { bytes }, b'\r') => State::SizeEnd { bytes },
            (State::Size { .. } | State::Extension { .. }, b'\n') => return Err(Malformed::ChunkLineFeed),
            (&State::Size { bytes, .. } | &State::SizeBlank { bytes }, b' ' | b'\t') => {
                State::SizeBlank { bytes }
            }
            (State::Size { .. }, _) => return Err(Malformed::ChunkSize),
            (State::SizeBlank { .. }, _) => return Err(Malformed::ChunkSizeBlank),
            (&State::Extension { bytes }, _) => State::Extension { bytes },
            (State::SizeEnd { bytes: 0 }, b'\n') => State::TrailerStart,
            (&State::SizeEnd { bytes }, b'\n') => State::Data { remaining: bytes },
            (State::DataReturn, b'\r') => State::DataEnd,
            (State::DataEnd, b'\n') => State::Size { bytes: 0, is_empty: true },
            (State::DataReturn, b'\n') | (State::TrailerStart, b'\n') => {
                return Err(Malformed::ChunkLineFeed);
            }
            (State::Data { .. } | State::DataReturn | State::DataEnd, _) => return Err(Malformed::ChunkEnd),
            (State::TrailerStart, b'\r') => State::BodyEnd,
            (State::Trailer, b'\n') => State::TrailerStart,
            (State::TrailerStart | State::Trailer, _) => State::Trailer,
            (State::SizeEnd { .. } | State::BodyEnd, _) => return Err(Malformed::BareReturn),
        })
    }
}
