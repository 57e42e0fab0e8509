//! Working on the page: `trunk serve` in front of a running server.

mod slow {
    use std::{
        fs,
        net::TcpListener,
        os::unix::process::CommandExt,
        path::Path,
        process::{Child, Command, Stdio},
        time::{Duration, Instant},
    };

    use nix::{
        sys::signal::{Signal, killpg},
        unistd::Pid,
    };
    use tokio::net::TcpStream;

    use crate::support::{
        client::TestClient,
        server::{TestServer, request_at},
        short_run,
    };

    /// A page that is built for the first time.
    const PATIENCE: Duration = Duration::from_secs(20 * 60);

    /// `trunk serve`, and all that it starts.
    struct Trunk(Child);

    impl Drop for Trunk {
        fn drop(&mut self) {
            let _ = killpg(Pid::from_raw(self.0.id() as i32), Signal::SIGKILL);
            let _ = self.0.wait();
        }
    }

    #[tokio::test]
    async fn trunk_serve_passes_requests_and_the_websocket_on() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let page = free.local_addr().unwrap();
        drop(free);
        let server = TestServer::start_with(&["--listen", "127.0.0.1:0", "--host", &page.to_string()]);
        // The same file, with this server in the place of the usual one.
        let settings = fs::read_to_string(root.join("Trunk.toml")).unwrap();
        let settings = settings
            .replace("127.0.0.1:8080", &server.address)
            .replace("\"frontend/index.html\"", &format!("{:?}", root.join("frontend/index.html")));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trunk");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("Trunk.toml"), settings).unwrap();
        let trunk = Command::new("trunk")
            .args(["serve", "--port", &page.port().to_string(), "--config"])
            .arg(folder.join("Trunk.toml"))
            .current_dir(root)
            .process_group(0)
            .stdin(Stdio::null())
            .spawn()
            .expect("`cargo xtask test` brings trunk");
        let _trunk = Trunk(trunk);

        let start = Instant::now();
        while TcpStream::connect(page).await.is_err() {
            assert!(start.elapsed() < PATIENCE, "trunk serves no page");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let origin = format!("http://{page}");
        let host = page.to_string();
        let mut client = TestClient::connect(&host).await;
        let run = client.start(short_run("naive")).await;
        client.hear_out(&run).await;
        let body = format!(r#"{{"a": "{run}", "b": "{run}", "pairs": 1}}"#);
        let headers = [("Host", &*host), ("Origin", &*origin), ("Content-Type", "application/json")];
        let (status, answer) = request_at(&host, "POST", "/api/compare", &headers, body.as_bytes()).await;
        assert_eq!(status, 202, "{answer}");
    }
}
