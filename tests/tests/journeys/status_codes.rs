//! The status of a refusal is that of its reason, whatever the refused field is called.

use serde_json::json;

use crate::support::{client::TestClient, server::TestServer, short_run};

#[tokio::test]
async fn an_unknown_field_is_400_whatever_its_name() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(short_run("naive")).await;
    client.hear_out(&run).await;
    for name in ["queue", "server", "disk", "id", "pair"] {
        let mut spec = short_run("naive");
        spec[name] = json!(1);
        let comparison = json!({"a": short_run("naive"), "b": short_run("pooled"), name: 1});
        for (method, path, body) in [
            ("POST", "/api/runs".to_owned(), spec.to_string()),
            ("POST", "/api/compare".to_owned(), comparison.to_string()),
            ("PATCH", format!("/api/runs/{run}"), json!({name: 1}).to_string()),
            ("GET", format!("/i/r/{run}.svg?{name}=1"), String::new()),
            ("GET", format!("/api/runs/{run}/samples.csv?{name}=1"), String::new()),
        ] {
            let (status, reply) = server.request(method, &path, body.as_bytes()).await;
            assert!(
                status == 400 && reply.contains(&format!("\"{name}\"")),
                "{method} {path}: {status} {reply}"
            );
        }
    }
}
