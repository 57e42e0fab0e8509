//! A fault of heapgym itself while it executes a run: a panic, provoked by a runner that stands in for the real one.

use std::{
    future::pending,
    sync::atomic::{AtomicU32, Ordering},
};

use heapgym::{
    profile::Profiles,
    runner::{Controlled, Execute, Runner},
    server::{Server, ServerOptions},
};
use heapgym_shared::{Outcome, Report, RunSpec, Sample, protocol::RunId};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::{client::TestClient, run_of, short_run};

/// Panics in its first run before the run starts, in its second after some samples, and executes the others.
struct Faulty {
    runs: AtomicU32,
    runner: Runner,
}

impl Execute for Faulty {
    async fn execute(
        &self,
        spec: &RunSpec,
        controlled: Controlled,
        mut observe: impl FnMut(&Sample) + Send,
    ) -> (Report, Profiles) {
        match self.runs.fetch_add(1, Ordering::Relaxed) {
            0 => panic!("a fault before the start"),
            1 => {
                let mut samples = 0;
                let observe = |sample: &Sample| {
                    observe(sample);
                    samples += 1;
                    assert!(samples < 5, "a fault at sample {samples}");
                };
                self.runner.execute(spec, controlled, observe).await
            }
            _ => self.runner.execute(spec, controlled, observe).await,
        }
    }
}

async fn lost(client: &mut TestClient, spec: Value) -> (RunId, String, usize) {
    let run = client.start(spec).await;
    let heard = client.hear_out(&run).await;
    let Outcome::Lost { reason } = heard.outcome().clone() else { panic!("{heard:?}") };
    (run, reason, heard.samples.len())
}

#[tokio::test]
async fn a_panic_in_a_run_loses_only_that_run() {
    let runner = Runner::with_program(env!("CARGO_BIN_EXE_heapgym-under-test").into());
    let faulty = Faulty { runs: AtomicU32::new(0), runner };
    let server = Server::with_runner(ServerOptions::default(), faulty).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(server.listen(listener, pending()));

    let mut client = TestClient::connect(&address).await;
    let (_, reason, samples) = lost(&mut client, short_run("naive")).await;
    assert!(reason.ends_with("a fault before the start") && samples == 0, "{reason}");
    let (_, reason, samples) = lost(&mut client, run_of(60_000)).await;
    assert!(reason.contains("a fault at sample 5"), "{reason}");
    assert_eq!(samples, 5, "the samples before it are kept");
    let run = client.start(short_run("pooled")).await;
    assert_eq!(client.hear_out(&run).await.outcome(), &Outcome::Completed);
}
