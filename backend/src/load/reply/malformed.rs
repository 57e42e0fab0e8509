//! Why a reply is refused: one reason for each way to break RFC 9112, and for each of heapgym's own limits.

/// Why a reply cannot be read. Its connection is closed, and its request has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::load) enum Malformed {
    /// RFC 9112, section 4: a reply begins with a status line. Section 2.2 lets only a server skip an empty line.
    EmptyFirstLine,
    /// RFC 9112, sections 2.3 and 4: `HTTP/`, two digits with a point between them, a space.
    NotHttp,
    /// RFC 9110, section 2.5: another major version is another protocol. A higher minor version is read as 1.1.
    Version,
    /// RFC 9112, section 4: three digits.
    StatusCode,
    /// RFC 9112, section 4: no control characters in the status line.
    StatusLineControl,
    /// RFC 9110, section 15.2.2: status 101 hands the connection to a protocol that heapgym does not speak.
    SwitchedProtocols,
    /// RFC 9112, section 2.2: no whitespace between the status line and the first field.
    LeadingWhitespace,
    /// RFC 9112, section 5: each field has a colon after its name.
    NoColon,
    /// RFC 9112, section 5: a field name is never empty.
    EmptyFieldName,
    /// RFC 9110, section 5.6.2: a field name is a token.
    FieldName,
    /// RFC 9110, section 5.5: no control characters in a field.
    FieldControl,
    /// RFC 9112, section 2.2: a carriage return stands before a line feed only.
    BareReturn,
    /// RFC 9110, section 8.6: a length is decimal digits.
    ContentLength,
    /// RFC 9110, section 8.6: no integer conversion may overflow.
    ContentLengthOverflow,
    /// RFC 9112, section 6.3: several lengths must be equal.
    ContentLengthsDiffer,
    /// RFC 9112, section 6.1: a transfer coding in HTTP/1.0 means that the framing is faulty.
    TransferCodingInHttp10,
    /// RFC 9112, section 7.1: `chunked` has no parameters.
    ChunkedParameters,
    /// RFC 9112, section 7.1: a chunk size is hexadecimal digits.
    ChunkSize,
    /// RFC 9112, section 7.1: no integer conversion may overflow.
    ChunkSizeOverflow,
    /// RFC 9112, section 7.1.1: only an extension may follow whitespace after a chunk size.
    ChunkSizeBlank,
    /// RFC 9112, section 7.1: the lines of chunks end with CRLF. Only the head and the trailers may end theirs with LF
    /// alone (section 2.2).
    ChunkLineFeed,
    /// RFC 9112, section 7.1: CRLF follows the bytes of a chunk.
    ChunkEnd,
    /// heapgym's own limit, so that no connection takes more memory.
    HeadTooLong,
    /// heapgym's own limit, so that interim replies come to an end.
    InterimTooLong,
}

impl Malformed {
    /// All reasons. The position of each is its `as usize`.
    pub(in crate::load) const ALL: [Self; 24] = [
        Self::EmptyFirstLine,
        Self::NotHttp,
        Self::Version,
        Self::StatusCode,
        Self::StatusLineControl,
        Self::SwitchedProtocols,
        Self::LeadingWhitespace,
        Self::NoColon,
        Self::EmptyFieldName,
        Self::FieldName,
        Self::FieldControl,
        Self::BareReturn,
        Self::ContentLength,
        Self::ContentLengthOverflow,
        Self::ContentLengthsDiffer,
        Self::TransferCodingInHttp10,
        Self::ChunkedParameters,
        Self::ChunkSize,
        Self::ChunkSizeOverflow,
        Self::ChunkSizeBlank,
        Self::ChunkLineFeed,
        Self::ChunkEnd,
        Self::HeadTooLong,
        Self::InterimTooLong,
    ];

    /// The reason in a few words, for reports.
    pub(in crate::load) fn sentence(self) -> &'static str {
        match self {
            Self::EmptyFirstLine => "an empty line stands before the status line",
            Self::NotHttp => "it does not begin with an HTTP status line",
            Self::Version => "its major version is not HTTP/1",
            Self::StatusCode => "its status code is not three digits",
            Self::StatusLineControl => "its status line has a control character",
            Self::SwitchedProtocols => "it switches to another protocol",
            Self::LeadingWhitespace => "whitespace is before its first header field",
            Self::NoColon => "a header field has no colon",
            Self::EmptyFieldName => "a header field has no name",
            Self::FieldName => "a header field name has a forbidden character",
            Self::FieldControl => "a header field has a control character",
            Self::BareReturn => "a carriage return stands without a line feed",
            Self::ContentLength => "its Content-Length is not a number",
            Self::ContentLengthOverflow => "its Content-Length does not fit into 64 bits",
            Self::ContentLengthsDiffer => "it has two Content-Lengths that differ",
            Self::TransferCodingInHttp10 => "HTTP/1.0 has no Transfer-Encoding",
            Self::ChunkedParameters => "its transfer coding `chunked` has parameters",
            Self::ChunkSize => "a chunk size is not hexadecimal",
            Self::ChunkSizeOverflow => "a chunk size does not fit into 64 bits",
            Self::ChunkSizeBlank => "whitespace follows a chunk size, and no extension",
            Self::ChunkLineFeed => "a line of its chunks ends with a line feed alone",
            Self::ChunkEnd => "a chunk is longer than its size says",
            Self::HeadTooLong => "its head is longer than 16 KiB",
            Self::InterimTooLong => "the interim replies before it are longer than 16 KiB",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_own_place_and_words() {
        for (index, reason) in Malformed::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index, "{reason:?}");
            let same = Malformed::ALL.iter().filter(|other| other.sentence() == reason.sentence());
            assert_eq!(same.count(), 1, "{reason:?}");
        }
    }
}
