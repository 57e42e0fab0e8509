//! What one client of the server can cost: the upper bounds on work, memory and waiting, with their units and reasons.
//!
//! Bounds that the page must know too are in `heapgym_shared`: what a run itself may use in `spec::InstanceLimits`,
//! sizes of messages and files in `protocol`, sizes of notes and tags in `history`.

use std::time::Duration;

use heapgym_shared::spec::{SAMPLE_INTERVAL_MS, WALL_CLOCK_MS};

/// Pixels of an image. One of 4,000 by 4,000 pixels is larger than any screen.
pub const MAX_IMAGE_PIXELS: u64 = 16_000_000;
/// Pixels of an image that are in memory at once: 16 MiB. An image is drawn and compressed band by band.
pub const BAND_PIXELS: u32 = 4 << 20;

/// Samples of a run: the longest run at the shortest interval, which is sampled until its children have ended.
pub const MAX_SAMPLES: usize = ((WALL_CLOCK_MS.max + 10_000.0) / SAMPLE_INTERVAL_MS.min) as usize;
/// Bytes of one sample as JSON. Its largest honest part is a full histogram, which takes 4 KB.
pub const MAX_SAMPLE_BYTES: usize = 32 << 10;
/// Bytes of a report as JSON. A long one has 20 KB; the list of runs reads a hundred of them at once.
pub const MAX_REPORT_BYTES: usize = 256 << 10;
/// Samples that are stored together, and sent together to a viewer of a run that has ended: about 30 KB as JSON.
pub const PIECE_SAMPLES: usize = 16;
/// Pieces of runs that are unpacked at once, so that they never take all CPUs.
pub const PIECES_UNPACKED_AT_ONCE: usize = 2;

/// Cells of a heat map in a file, of all its runs together: as an image, each takes about 2 KB while it is drawn.
pub const MAX_HEAT_CELLS: usize = 40_000;
/// Drawings at once; one of two runs counts as two. Each takes a CPU, and holds all samples of a run: up to 80 MB.
pub const DRAWN_AT_ONCE: usize = 2;
/// Requests that wait for a drawing to end.
pub const DRAWINGS_WAITING: usize = 32;
/// Images at once that are drawn or sent. Each takes at most some megabytes.
pub const IMAGES_AT_ONCE: usize = 16;
/// Requests that wait for an image to be sent. A page of documentation may hold as many images.
pub const IMAGES_WAITING: usize = 32;
/// Exports that are sent at once. Each holds a piece of its run, and a compressor's window.
pub const EXPORTED_AT_ONCE: usize = 8;
/// Requests that wait for an export to end.
pub const EXPORTS_WAITING: usize = 16;
/// The longest that an export takes. A slow network takes a minute for the longest run, 90 MB at 2 KB a sample.
pub const EXPORTED_WITHIN: Duration = Duration::from_secs(300);
/// Imports at once. Each holds its file, of up to 200 MiB, and the samples in it.
pub const IMPORTED_AT_ONCE: usize = 1;
/// Requests that wait for an import to end. Their files wait with the client.
pub const IMPORTS_WAITING: usize = 8;
/// The longest that a file takes to arrive: as long as an export may take.
pub const IMPORTED_WITHIN: Duration = EXPORTED_WITHIN;
/// How long a request waits for its turn before it is refused.
pub const TURN_WITHIN: Duration = Duration::from_secs(30);
/// When a refused client should ask again.
pub const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Open websockets. Each takes about 30 KiB while its client keeps up, and ten times that while it does not.
pub const MAX_WEBSOCKETS: usize = 8_192;
/// Runs that one websocket may follow.
pub const MAX_SUBSCRIPTIONS: usize = 8;
/// Messages that wait for a websocket. When there are more, its subscriptions wait, fall behind their runs, and merge.
pub const MESSAGES_WAITING: usize = 2;
/// A client that accepts no byte for so long is disconnected.
pub const SENT_WITHIN: Duration = Duration::from_secs(10);

/// Live changes of one run per second, and as many at once. A hand at a slider makes fewer.
pub const CHANGES_PER_SECOND: u32 = 10;
/// Live changes of one run in all. Each is an event that stays in the run and goes to every viewer.
pub const MAX_CHANGES: u32 = 1_000;
/// Names that baselines may have, all together.
pub const MAX_BASELINES: usize = 200;

#[cfg(test)]
mod tests {
    use heapgym_shared::{
        Sample,
        buckets::{Buckets, begin_ns},
        protocol::{MAX_CLIENT_MESSAGE_BYTES, MAX_RUN_FILE_BYTES},
        sample::{AllocatorReading, LoadReading, Phase, TargetReading},
    };
    use serde_json::{Value, json};

    use super::*;

    /// Makes each number one of 13 digits, as many as the nanoseconds of the longest run have.
    fn widen(value: &mut Value) {
        match value {
            Value::Number(_) => *value = json!(1_000_000_000_000_u64),
            Value::Array(values) => values.iter_mut().for_each(widen),
            Value::Object(fields) => fields.values_mut().for_each(widen),
            _ => {}
        }
    }

    #[test]
    fn the_longest_run_can_be_imported_after_its_export() {
        let target = TargetReading { allocator: Some(AllocatorReading::default()), ..Default::default() };
        let (target, load) = (Some(target), Some(LoadReading::default()));
        let sample =
            Sample { seq: 0, elapsed_ns: 0, phase: Phase::Recovery, target, load, events: Vec::new() };
        let mut sample = serde_json::to_value(sample).unwrap();
        widen(&mut sample);
        // From 1 us to 1 s, a thousand requests in each bucket.
        let latencies = (0..160).map(|bucket| (begin_ns(bucket) as u64 + 1, 1_000));
        sample["load"]["response_times"] = json!(Buckets::of_ascending(latencies));
        let longest = MAX_SAMPLES * (sample.to_string().len() + ",\n".len());
        let rest = MAX_REPORT_BYTES + 2 * MAX_CLIENT_MESSAGE_BYTES;
        assert!(longest + rest <= MAX_RUN_FILE_BYTES, "{longest} bytes of samples");
    }
}
