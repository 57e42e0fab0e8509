//! A network between browser and server that can be cut and mended.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// Passes connections on to a server, as long as it is not cut.
pub struct Proxy {
    /// Host and port, such as `127.0.0.1:41234`.
    pub address: String,
    cut: Arc<AtomicBool>,
    cutting: Arc<Notify>,
}

impl Proxy {
    pub async fn start(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (cut, cutting) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
        let proxy = Self { address, cut: Arc::clone(&cut), cutting: Arc::clone(&cutting) };
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                if cut.load(Ordering::SeqCst) {
                    continue; // dropped at once
                }
                let (server, cutting) = (server.clone(), Arc::clone(&cutting));
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(&server).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        () = cutting.notified() => {}
                    }
                });
            }
        });
        proxy
    }

    /// A proxy that replaces its own name in `Host` by that of the server, as nginx does by default. Returns its
    /// address.
    pub async fn start_renaming(server: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let [from, to] = [&address, server].map(|name| format!("Host: {name}"));
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(pass_on_renamed(near, far, from.clone(), to.clone()));
            }
        });
        address
    }

    /// A proxy that adds a header to each reply, as its operator may have it. Returns its address.
    pub async fn start_adding(server: &str, header: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (server, header) = (server.to_owned(), header.to_owned());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(pass_on_with(near, far, header.clone()));
            }
        });
        address
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Breaks all connections, and every new one.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        self.cutting.notify_waiters();
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.cut.store(false, Ordering::SeqCst);
    }
}

/// Passes bytes on both ways, and adds a header to each reply whose status line is read in one piece.
async fn pass_on_with(mut near: TcpStream, mut far: TcpStream, header: String) {
    const STATUS: &[u8] = b"HTTP/1.1 200 OK\r\n";
    let (mut client, mut to_client) = near.split();
    let (mut server, mut to_server) = far.split();
    let replies = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(bytes @ 1..) = server.read(&mut buffer).await {
            let mut reply = buffer[..bytes].to_vec();
            if let Some(place) = reply.windows(STATUS.len()).position(|part| part == STATUS) {
                let after = place + STATUS.len();
                reply.splice(after..after, format!("{header}\r\n").into_bytes());
            }
            if to_client.write_all(&reply).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = replies => {}
        _ = copy(&mut client, &mut to_server) => {}
    }
}

/// Passes bytes on both ways. Browsers write the head of a request at once, and mask what they send over a websocket.
async fn pass_on_renamed(mut near: TcpStream, mut far: TcpStream, from: String, to: String) {
    let (mut client, mut to_client) = near.split();
    let (mut server, mut to_server) = far.split();
    let requests = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(bytes @ 1..) = client.read(&mut buffer).await {
            let request = &mut buffer[..bytes];
            if let Some(place) = request.windows(from.len()).position(|part| part == from.as_bytes()) {
                request[place..place + to.len()].copy_from_slice(to.as_bytes());
            }
            if to_server.write_all(request).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = requests => {}
        _ = copy(&mut server, &mut to_client) => {}
    }
}
