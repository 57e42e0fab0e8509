//! A web site of somebody else on this machine: one page, at every path.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A site that serves one page until the test ends.
pub struct Site {
    port: u16,
}

impl Site {
    /// Serves this HTML.
    pub async fn start(html: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let reply = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{html}",
            html.len()
        );
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let reply = reply.clone();
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 8192]).await;
                    let _ = stream.write_all(reply.as_bytes()).await;
                });
            }
        });
        Self { port }
    }

    /// Its address under this name, which must be one of this machine. Chromium knows every name that ends with
    /// `.localhost` as such.
    pub fn url(&self, name: &str) -> String {
        format!("http://{name}:{}/", self.port)
    }
}
