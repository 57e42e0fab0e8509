//! `heapgym target`: one handler alone, for use with any other load tool.

use std::{net::SocketAddr, process::ExitCode};

use anyhow::Context;
use bytesize::ByteSize;
use heapgym_shared::{
    Rejection, field::Reader, pool::PoolOptions, soft_limit::SOFT_MEMORY_BYTES, workload::Workload,
};
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use super::{print, quantity, workload::WorkloadArgs};
use crate::{
    child::program::Program,
    runner::downstream::Downstream,
    target::{
        self, debug,
        pool::Pools,
        soft_limit::{Limiter, Log},
        threads, vars,
        workload::{self, Resources},
    },
};

mod profiler;

use profiler::HeapProfiles;

/// Seed of the service that a workload calls.
const SEED: u64 = 1;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    workload: WorkloadArgs,
    /// Where to listen; port 0 lets the kernel choose. Whoever can reach this address can send requests and read what
    /// is at /debug/, heap profiles included: see docs/SECURITY.md.
    #[arg(long, default_value = "127.0.0.1:8081", value_parser = quantity::socket_address)]
    listen: SocketAddr,
    /// Stay below this by itself: give memory back, and answer 503 to requests that would not fit. What is done is
    /// logged with `RUST_LOG=warn`; beyond the limit it goes on.
    #[arg(long, value_parser = quantity::size)]
    soft_limit: Option<ByteSize>,
    /// Whether to serve heap profiles at /debug/pprof/heap and /debug/pprof/allocs, for `go tool pprof`. As in Go,
    /// one allocation in 512 KiB is sampled from the start, which takes some microseconds each time.
    #[arg(long, value_enum, default_value = "on")]
    heap_profiles: HeapProfiles,
}

pub(super) fn execute(args: &Args) -> anyhow::Result<ExitCode> {
    let (workload, variant, pool) = args.parse()?;
    let soft_limit_bytes = args.soft_limit_bytes()?;
    profiler::start(args.heap_profiles)?;
    let runtime = threads::runtime(std::thread::available_parallelism().map_or(1, usize::from))?;
    runtime.block_on(async {
        let downstream = Downstream::start(&Program::this()?, &workload, SEED, &[]).await?;
        let resources = Resources {
            pools: pool.map(Pools::new).unwrap_or_default(),
            downstream: downstream.as_ref().map(|downstream| downstream.address),
            ..Resources::default()
        };
        let router = workload::router(&workload, variant, &resources)?
            .merge(debug::router())
            .merge(vars::router(&resources)?);
        let (gate, pools) = (resources.requests.gate().clone(), resources.pools.clone());
        let mut limiter = Limiter::new(gate, pools, Vec::new(), Log);
        limiter.set(soft_limit_bytes)?;
        let listener = TcpListener::bind(args.listen)
            .await
            .with_context(|| format!("cannot listen on {}", args.listen))?;
        let address = listener.local_addr()?;
        if !address.ip().to_canonical().is_loopback() {
            print::remark(&format!(
                "heapgym: warning: {address} is open to other machines. Whoever can reach it there can send requests \
                 and read what is at /debug/."
            ));
        }
        print::result(&format!("http://{address}{}", workload::path(&workload)));
        match target::serve(listener, router).await {}
    })
}

impl Args {
    /// The soft memory limit.
    ///
    /// # Errors
    /// When it is out of range.
    fn soft_limit_bytes(&self) -> Result<Option<u64>, Rejection> {
        let Some(bytes) = self.soft_limit.map(|size| size.as_u64()) else { return Ok(None) };
        SOFT_MEMORY_BYTES.accept("soft-limit", bytes as f64)?;
        Ok(Some(bytes))
    }

    /// What the flags ask for.
    ///
    /// # Errors
    /// When one of them is refused, by the flag's or the field's name.
    fn parse(&self) -> Result<(Workload, &'static str, Option<PoolOptions>), Rejection> {
        let mut spec = Map::new();
        self.workload.write_over(&mut spec)?;
        let spec = Value::Object(spec);
        let mut reader = Reader::new("", &spec)?;
        let workload = Workload::parse(reader.required_object("workload", &Workload::allowed())?)?;
        let variant = reader.word("variant", &workload.info().variant_ids(), None)?;
        let pool = PoolOptions::read(&mut reader, workload.info(), variant)?;
        Ok((workload, variant, pool))
    }
}
