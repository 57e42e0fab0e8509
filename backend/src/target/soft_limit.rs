//! The target's soft memory limit: what it gives back, and whom it tells.

use std::{fs::File, io};

use heapgym_probe::{
    Delivery, SoftLimit,
    soft_limit::{Gate, Service},
};
use heapgym_shared::soft_limit::SoftLimitChange;

use super::pool::Pools;
use crate::child::{FrameWriter, TargetFrame};

/// A limit that may be set, changed and lifted at any time. Until it is set for the first time, it is nothing.
#[derive(Debug)]
pub struct Limiter<T> {
    limit: Option<SoftLimit>,
    gate: Gate,
    pools: Pools,
    cpus: Vec<usize>,
    teller: T,
}

/// Where changes are told.
pub trait Teller: Send + 'static {
    /// Another one, for the thread that holds the limit.
    ///
    /// # Errors
    /// When the system refuses it.
    fn again(&self) -> io::Result<Self>
    where
        Self: Sized;
    /// Tells a change that was made at an instant of `CLOCK_MONOTONIC`.
    fn tell(&mut self, at_ns: u64, change: &SoftLimitChange) -> Delivery;
}

impl<T: Teller> Limiter<T> {
    /// No limit yet. Its thread will run on the CPUs `cpus`; on any when that is empty.
    pub fn new(gate: Gate, pools: Pools, cpus: Vec<usize>, teller: T) -> Self {
        Self { limit: None, gate, pools, cpus, teller }
    }

    /// Sets the limit, in bytes; `None` lifts it.
    ///
    /// # Errors
    /// When the thread that is to hold it cannot be started.
    pub fn set(&mut self, limit_bytes: Option<u64>) -> anyhow::Result<()> {
        match (&self.limit, limit_bytes) {
            (Some(limit), _) => limit.set(limit_bytes),
            (None, None) => {}
            (None, Some(bytes)) => {
                let service = Held { pools: self.pools.clone(), teller: self.teller.again()? };
                self.limit = Some(SoftLimit::spawn(bytes, self.cpus.clone(), self.gate.clone(), service)?);
            }
        }
        Ok(())
    }
}

/// What is held to the limit.
struct Held<T> {
    pools: Pools,
    teller: T,
}

impl<T: Teller> Service for Held<T> {
    fn empty_pools(&mut self) -> u64 {
        self.pools.empty()
    }

    fn tell(&mut self, at_ns: u64, change: &SoftLimitChange) -> Delivery {
        self.teller.tell(at_ns, change)
    }
}

/// Tells the supervisor, through a pipe that refuses what it has no room for.
#[derive(Debug)]
pub(super) struct Pipe {
    pipe: File,
    frames: FrameWriter<File>,
}

impl Pipe {
    pub(super) fn new(pipe: File) -> io::Result<Self> {
        Ok(Self { frames: FrameWriter::new(pipe.try_clone()?), pipe })
    }
}

impl Teller for Pipe {
    fn again(&self) -> io::Result<Self> {
        Self::new(self.pipe.try_clone()?)
    }

    fn tell(&mut self, at_ns: u64, change: &SoftLimitChange) -> Delivery {
        match self.frames.write(&TargetFrame::SoftLimit { at_ns, change: *change }) {
            Ok(()) => Delivery::Delivered,
            Err(_) => Delivery::Dropped,
        }
    }
}

/// Tells whoever reads the log.
#[derive(Debug)]
pub struct Log;

impl Teller for Log {
    fn again(&self) -> io::Result<Self> {
        Ok(Self)
    }

    fn tell(&mut self, _at_ns: u64, change: &SoftLimitChange) -> Delivery {
        tracing::warn!("{}", change.describe());
        Delivery::Delivered
    }
}
