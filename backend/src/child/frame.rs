//! Length-prefixed postcard frames: what the children tell the supervisor on stdout.

use std::{io, net::SocketAddr};

use heapgym_shared::{
    adjust::Effect,
    report::{FailureReason, Latency, LoadSummary},
    sample::{LoadReading, SizeClass, TargetReading},
    soft_limit::SoftLimitChange,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::ProfileStep;

/// Largest frame, without its length. At most `PIPE_BUF` less the length, so that a write to a pipe
/// is all or nothing (POSIX `write`).
pub const MAX_FRAME_BYTES: usize = 4096 - LENGTH_BYTES;

const LENGTH_BYTES: usize = 4;

/// What the target tells.
#[expect(
    clippy::large_enum_variant,
    reason = "a sample is written from the stack: a box would be an allocation"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TargetFrame {
    /// It listens, and waits for `begin`.
    Ready {
        /// Where it listens.
        address: SocketAddr,
        /// Version of the allocator.
        allocator: String,
        /// Allocator options in effect, in jemalloc's notation.
        allocator_options: String,
    },
    /// One reading.
    Sample {
        /// Which instant of the schedule it is for: `tick * sample_interval` after the origin.
        tick: u64,
        /// What was read.
        reading: TargetReading,
    },
    /// Some of the size classes with something live in them; larger ones follow in further frames.
    SizeClasses(Vec<SizeClass>),
    /// It has made the next of the changes that it was asked for, in their order.
    Adjusted {
        /// When it began to, in nanoseconds of `CLOCK_MONOTONIC`.
        at_ns: u64,
        /// What came of it; `None` for a change that has no effect of its own.
        effect: Option<Effect>,
    },
    /// It did something about its soft memory limit.
    SoftLimit {
        /// When, in nanoseconds of `CLOCK_MONOTONIC`.
        at_ns: u64,
        /// What.
        change: SoftLimitChange,
    },
    /// The answer to what it was told about heap profiles.
    Profile {
        /// What it was told.
        step: ProfileStep,
        /// When it was done, in nanoseconds of `CLOCK_MONOTONIC`.
        at_ns: u64,
        /// Why it could not be done.
        refused: Option<String>,
    },
    /// The last frame of an orderly end.
    Done {
        /// High-water mark of resident memory, where the kernel keeps one.
        rss_peak_bytes: Option<u64>,
    },
}

/// What the service tells that a target calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum DownstreamFrame {
    /// It listens.
    Ready {
        /// Where.
        address: SocketAddr,
    },
}

/// Figures of thresholds, by their position in the specification; `None` where there is nothing new to judge by.
pub type Figures = Vec<Option<f64>>;

/// What the load generator tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LoadFrame {
    /// It waits for `begin`.
    Ready,
    /// One reading.
    Sample {
        /// Which instant of the schedule it is for.
        tick: u64,
        /// What was counted.
        reading: Box<LoadReading>,
        /// What its thresholds are to be told.
        figures: Figures,
    },
    /// The last reply is in, or was given up. Samples go on until stdin ends.
    Done(Box<LoadDone>),
}

/// The summary of a finished load phase.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadDone {
    /// Counters over the load phase and its drain.
    pub summary: LoadSummary,
    /// Why requests failed, the most frequent reason first; a list that is too long for a frame is cut.
    pub failure_reasons: Vec<FailureReason>,
    /// Latency from the intended start.
    pub response_time: Latency,
    /// Latency from the actual start.
    pub service_time: Latency,
    /// From the intended to the actual start; all 0 for closed profiles.
    pub lateness: Latency,
    /// When the load phase ended, since the origin.
    pub load_ended_ns: u64,
    /// When the last reply was in, since the origin.
    pub drained_ns: u64,
    /// What thresholds are to be told last.
    pub figures: Figures,
    /// Requests in flight when the profile's `abort` ended the load early; `None` otherwise.
    pub saturated: Option<u64>,
}

/// Why a frame could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// It has more than [`MAX_FRAME_BYTES`] bytes.
    #[error("frame does not fit: {0}")]
    TooLarge(#[from] postcard::Error),
    /// The pipe failed; on a non-blocking pipe `WouldBlock` means that it is full.
    #[error("pipe failed: {0}")]
    Pipe(#[from] io::Error),
}

/// Writes frames without allocating.
#[derive(Debug)]
pub struct FrameWriter<W> {
    pipe: W,
    buffer: Box<[u8; LENGTH_BYTES + MAX_FRAME_BYTES]>,
}

impl<W: io::Write> FrameWriter<W> {
    /// A writer to `pipe`, which must not buffer.
    pub fn new(pipe: W) -> Self {
        Self { pipe, buffer: Box::new([0; LENGTH_BYTES + MAX_FRAME_BYTES]) }
    }

    /// Writes one frame in one call, so that a full pipe refuses it whole.
    ///
    /// # Errors
    /// When it is too large or the pipe refuses it.
    pub fn write(&mut self, frame: &impl Serialize) -> Result<(), FrameError> {
        let (length, body) = self.buffer.split_at_mut(LENGTH_BYTES);
        let bytes = postcard::to_slice(frame, body)?.len();
        length.copy_from_slice(&(bytes as u32).to_le_bytes());
        Ok(self.pipe.write_all(&self.buffer[..LENGTH_BYTES + bytes])?)
    }

    /// As [`FrameWriter::write`], but waits a little for room where the pipe is full: for what cannot be left out, on a
    /// pipe that samples made non-blocking.
    ///
    /// # Errors
    /// When it is too large, or the pipe refuses it for longer.
    pub fn write_patiently(&mut self, frame: &impl Serialize) -> Result<(), FrameError> {
        const LOOKS: usize = 200;
        for _ in 0..LOOKS {
            match self.write(frame) {
                Err(FrameError::Pipe(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    std::thread::sleep(std::time::Duration::from_millis(2));
                }
                done => return done,
            }
        }
        self.write(frame)
    }
}

/// Reads the next frame; `None` at the end of the pipe.
///
/// # Errors
/// When the pipe fails, or what it holds is not such a frame.
pub async fn read_frame<T: DeserializeOwned>(pipe: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<T>> {
    let mut length = [0; LENGTH_BYTES];
    match pipe.read_exact(&mut length).await {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a frame of {length} bytes")));
    }
    let mut body = [0; MAX_FRAME_BYTES];
    pipe.read_exact(&mut body[..length]).await?;
    postcard::from_bytes(&body[..length])
        .map(Some)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use heapgym_shared::{
        buckets::{Buckets, begin_ns},
        sample::{AllocatorReading, LatencyWindow},
    };

    use super::*;

    fn largest_sample() -> TargetFrame {
        let reading = TargetReading {
            allocator: Some(AllocatorReading { allocated_bytes: u64::MAX, ..Default::default() }),
            rss_bytes: u64::MAX,
            minor_faults: u64::MAX,
            allocation_bytes: u64::MAX,
            ..Default::default()
        };
        TargetFrame::Sample { tick: u64::MAX, reading }
    }

    #[tokio::test]
    async fn frames_read_back_in_order_and_then_end() {
        let mut pipe = Vec::new();
        let mut writer = FrameWriter::new(&mut pipe);
        writer.write(&largest_sample()).unwrap();
        let profile = TargetFrame::Profile {
            step: ProfileStep::Take { index: 3, last: true },
            at_ns: 7,
            refused: Some("the disk is full".to_owned()),
        };
        writer.write(&profile).unwrap();
        writer.write(&TargetFrame::Done { rss_peak_bytes: None }).unwrap();
        let mut pipe = pipe.as_slice();
        assert_eq!(read_frame(&mut pipe).await.unwrap(), Some(largest_sample()));
        assert_eq!(read_frame(&mut pipe).await.unwrap(), Some(profile));
        assert_eq!(read_frame(&mut pipe).await.unwrap(), Some(TargetFrame::Done { rss_peak_bytes: None }));
        assert_eq!(read_frame::<TargetFrame>(&mut pipe).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_sample_with_all_its_figures_fits() {
        let latency = LatencyWindow {
            count: u64::MAX,
            p50_ns: u64::MAX,
            p90_ns: u64::MAX,
            p99_ns: u64::MAX,
            max_ns: u64::MAX,
        };
        // One in each bucket, up to the longest that is measured.
        let every = (0..256_u32).map(|bucket| (begin_ns(bucket) as u64 + 1, u64::MAX));
        let reading = LoadReading {
            response_time: latency,
            service_time: latency,
            response_times: Buckets::of_ascending(every),
            ..Default::default()
        };
        let figures = vec![Some(f64::MAX); heapgym_shared::threshold::MOST];
        let frame = LoadFrame::Sample { tick: u64::MAX, reading: Box::new(reading), figures };
        let mut pipe = Vec::new();
        FrameWriter::new(&mut pipe).write(&frame).unwrap();
        assert!((1_792..MAX_FRAME_BYTES * 3 / 4).contains(&pipe.len()), "{} bytes", pipe.len());
        assert_eq!(read_frame(&mut pipe.as_slice()).await.unwrap(), Some(frame));
    }

    #[tokio::test]
    async fn a_summary_with_all_its_reasons_fits() {
        let longest =
            FailureReason { kind: "no_file_descriptor".to_owned(), reason: "x".repeat(100), count: u64::MAX };
        let done = LoadDone {
            failure_reasons: vec![longest; crate::load::MAX_REASONS],
            figures: vec![Some(f64::MAX); heapgym_shared::threshold::MOST],
            ..LoadDone::default()
        };
        let frame = LoadFrame::Done(Box::new(done));
        let mut pipe = Vec::new();
        FrameWriter::new(&mut pipe).write(&frame).unwrap();
        assert!(pipe.len() < MAX_FRAME_BYTES * 3 / 4, "{} bytes", pipe.len());
        assert_eq!(read_frame(&mut pipe.as_slice()).await.unwrap(), Some(frame));
    }

    /// What JSON may leave out must stand in a frame: its fields have no names.
    #[tokio::test]
    async fn a_sample_without_figures_reads_back() {
        let (reading, figures) = (Box::default(), Vec::new());
        let frame = LoadFrame::Sample { tick: 0, reading, figures };
        let mut pipe = Vec::new();
        FrameWriter::new(&mut pipe).write(&frame).unwrap();
        assert_eq!(read_frame(&mut pipe.as_slice()).await.unwrap(), Some(frame));
    }

    #[tokio::test]
    async fn noise_is_an_error_and_no_allocation_of_its_size() {
        let mut noise: &[u8] = &[0xff; 64];
        assert_eq!(
            read_frame::<TargetFrame>(&mut noise).await.unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
        let mut half: &[u8] = &[16, 0, 0, 0, 1, 2];
        assert!(read_frame::<TargetFrame>(&mut half).await.is_err());
    }
}
