//! A reply of a server, taken apart.

/// A reply that has arrived whole, or as far as its connection lasted.
#[derive(Debug)]
pub struct Reply {
    /// 0 when there is none.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// Without the marks of chunks.
    pub body: Vec<u8>,
    /// Whether the last chunk has arrived, of a reply in chunks.
    pub is_whole: bool,
}

impl Reply {
    /// Takes the bytes of a connection apart.
    pub fn read(bytes: Vec<u8>) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let (head, body) = match end {
            Some(end) => (&bytes[..end], &bytes[end + 4..]),
            None => (&bytes[..], &[][..]),
        };
        let head = String::from_utf8_lossy(head).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let is_chunked = head.to_lowercase().contains("transfer-encoding: chunked");
        let (body, is_whole) = if is_chunked { joined(body) } else { (body.to_vec(), true) };
        Self { status, head, body, is_whole }
    }
}

/// The content of chunks, and whether the last one is there.
fn joined(mut chunks: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = chunks.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&chunks[..end]), 16).unwrap();
        let Some(chunk) = chunks.get(end + 2..end + 2 + size) else { break };
        if size == 0 {
            return (body, true);
        }
        body.extend_from_slice(chunk);
        chunks = chunks.get(end + 2 + size + 2..).unwrap_or_default();
    }
    (body, false)
}
