//! Reads the samples of a run a few at a time: from memory while the run goes on, from the store once it has ended.

use std::{collections::VecDeque, sync::Arc};

use heapgym_shared::Sample;

use super::LiveRun;
use crate::store::Store;

/// Samples that are copied from memory at once: a run that goes on waits meanwhile to add its next one.
const COPIED_AT_ONCE: u64 = 1_024;

/// Reads one run for one client. Its own memory is one stored piece, however long the run is.
#[derive(Debug)]
pub struct Reader {
    run: Arc<LiveRun>,
    store: Arc<Store>,
    /// What was stored together with the last sample that was read, and follows it.
    piece: VecDeque<Sample>,
}

impl Reader {
    pub(super) fn new(run: Arc<LiveRun>, store: Arc<Store>) -> Self {
        Self { run, store, piece: VecDeque::new() }
    }

    /// The run.
    pub fn run(&self) -> &Arc<LiveRun> {
        &self.run
    }

    /// The samples from sequence number `from` up to, not including, `to`; fewer when the run was deleted for good.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(&mut self, from: u64, to: u64) -> anyhow::Result<Vec<Sample>> {
        if let Some(samples) = self.run.samples_in_memory(from, to) {
            return Ok(samples);
        }
        let mut samples = Vec::new();
        for seq in from..to {
            if self.piece.front().is_none_or(|sample| sample.seq != seq) {
                self.piece = self.store.piece(self.run.id(), seq).await?.into();
            }
            match self.piece.pop_front().filter(|sample| sample.seq == seq) {
                Some(sample) => samples.push(sample),
                None => break,
            }
        }
        Ok(samples)
    }

    /// All samples at once, for a drawing. Call it on a thread that may block.
    ///
    /// # Errors
    /// When the store fails.
    pub fn read_all(&self) -> anyhow::Result<Vec<Sample>> {
        let mut samples = Vec::new();
        loop {
            let from = samples.len() as u64;
            match self.run.samples_in_memory(from, from + COPIED_AT_ONCE) {
                Some(next) if next.is_empty() => return Ok(samples),
                Some(next) => samples.extend(next),
                // It has just ended, or did long ago.
                None => break,
            }
        }
        drop(samples);
        let packed = self.store.packed_samples(self.run.id());
        tokio::runtime::Handle::current().block_on(packed)?.unpack()
    }
}
