//! What holds of every variant of every workload.

use std::{net::Ipv4Addr, time::Duration};

use heapgym_shared::{field::Reader, pool::PoolOptions, workload::WORKLOADS};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};

use super::*;
use crate::{downstream, target};

fn workload(id: &str) -> Workload {
    let value = serde_json::json!({"kind": id});
    Workload::parse(Reader::new("workload", &value).unwrap()).unwrap()
}

#[test]
fn every_variant_of_the_catalogue_has_a_handler_and_a_source() {
    let resources = Resources { downstream: Some(([127, 0, 0, 1], 1).into()), ..Resources::default() };
    for info in WORKLOADS {
        let workload = workload(info.id);
        for variant in info.variants {
            assert!(router(&workload, variant.id, &resources).is_ok(), "{}", variant.id);
            let source = source(info.id, variant.id).unwrap();
            assert!(source.contains("async fn handle"), "{}", variant.id);
        }
        assert!(router(&workload, "no such variant", &resources).is_err());
    }
}

#[test]
fn orders_need_an_inventory() {
    assert!(router(&workload("orders"), "naive", &Resources::default()).is_err());
}

/// Serves a variant as the target does, with an inventory beside it where there is one to ask.
async fn serve(workload: &Workload, variant: &str, servers: &mut JoinSet<()>) -> (SocketAddr, Resources) {
    let mut listen = async |router: Router| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        servers.spawn(async move { match target::serve(listener, router).await {} });
        address
    };
    let downstream = match workload.downstream() {
        Some(inventory) => Some(listen(downstream::router(inventory, 1)).await),
        None => None,
    };
    let pools = Pools::new(PoolOptions { capacity: 2, ..PoolOptions::default() });
    let resources = Resources { pools, downstream, ..Resources::default() };
    (listen(router(workload, variant, &resources).unwrap()).await, resources)
}

async fn ask(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").await.unwrap();
    stream
}

/// Waits until something holds.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), wait).await.unwrap_or_else(|_| panic!("{what}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_ends_its_request_and_gives_its_buffers_back() {
    for info in WORKLOADS {
        let mut value = serde_json::json!({"kind": info.id});
        if info.id == "orders" {
            value["hang_percent"] = 50.into(); // so that there are calls to be ended
        }
        let workload = Workload::parse(Reader::new("workload", &value).unwrap()).unwrap();
        for variant in info.variants {
            let who = format!("{} {}", info.id, variant.id);
            let mut servers = JoinSet::new();
            let (address, Resources { requests, pools, .. }) =
                serve(&workload, variant.id, &mut servers).await;
            for client in 0..24 {
                let mut stream = ask(address).await;
                let mut some = vec![0; [0, 1, 1000][client % 3]];
                let _ = timeout(Duration::from_millis(20), stream.read(&mut some)).await;
            }
            until(&format!("{who}: all requests end"), || requests.begun() == requests.ended()).await;

            // Whoever comes next is served whole.
            let mut reply = Vec::new();
            ask(address).await.read_to_end(&mut reply).await.unwrap();
            let status = String::from_utf8_lossy(&reply[..12]).into_owned();
            assert!(["HTTP/1.1 200", "HTTP/1.1 202"].contains(&status.as_str()), "{who}: {status}");
            until(&who, || requests.begun() == requests.ended() && requests.begun() > 0).await;
            // Handlers on threads of their own may be the last to give a buffer back.
            until(&format!("{who}: all buffers are back"), || {
                let pool = pools.reading();
                pool.misses == pool.drops + pool.idle && pool.idle <= 4
            })
            .await;
            assert_eq!(pools.reading().misses > 0, variant.pool, "{who} says whether it has a pool");
        }
    }
}
