//! The benchmark's page, served to the browser on this machine.

use std::{
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use anyhow::Result;

/// A file of the page: its path, its type and its content.
pub(super) type File = (String, &'static str, Vec<u8>);

/// Serves these files from a thread of its own until the program ends; answers where.
pub(super) fn serve(files: Vec<File>) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let files = Arc::new(files);
    thread::spawn(move || {
        for stream in listener.incoming().filter_map(Result::ok) {
            let files = Arc::clone(&files);
            // A browser opens connections ahead of its requests: none may wait for another.
            thread::spawn(move || answer(&stream, &files));
        }
    });
    Ok(address)
}

/// Answers one request. A browser that has gone is no failure.
fn answer(mut stream: &TcpStream, files: &[File]) -> Option<()> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    lines.find(String::is_empty)?;
    let found = files.iter().find(|(name, ..)| *name == path);
    let (status, kind, content) = match found {
        Some((_, kind, content)) => ("200 OK", *kind, content.as_slice()),
        None => ("404 Not Found", "text/plain", &b"no such file"[..]),
    };
    // An isolated page has a clock of 5 us instead of 100 us.
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\
         cross-origin-opener-policy: same-origin\r\ncross-origin-embedder-policy: require-corp\r\n\r\n",
        content.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(content).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn files_are_found_by_their_paths() {
        let address = serve(vec![("/a.js".to_owned(), "text/javascript", b"let a;".to_vec())]).unwrap();
        let get = |path: &str| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: here\r\n\r\n").as_bytes()).unwrap();
            let mut reply = String::new();
            stream.read_to_string(&mut reply).unwrap();
            reply
        };
        let found = get("/a.js");
        assert!(found.starts_with("HTTP/1.1 200 OK\r\ncontent-type: text/javascript\r\n"), "{found}");
        assert!(found.ends_with("\r\n\r\nlet a;"), "{found}");
        assert!(get("/b.js").starts_with("HTTP/1.1 404 "));
    }
}
