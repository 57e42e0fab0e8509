//! jemalloc's own dump of a heap profile, `heap_v2`: text, read line by line.
//!
//! ```text
//! heap_v2/524288                              mean bytes between two samples
//!   t*: 2: 1024 [3: 2048]                     all threads
//!   t0: 2: 1024 [3: 2048] main                one thread, with its name where it has one
//! @ 0x5581 0x5572 ...                         a stack of return addresses, the innermost first
//!   t*: 2: 1024 [3: 2048]                     what was allocated from there: by all threads,
//!   t0: 2: 1024 [3: 2048]                     and by each of them
//!
//! MAPPED_LIBRARIES:
//! 5581-5590 r-xp 00001000 fd:00 42  /bin/it   as in /proc/self/maps
//! ```
//!
//! Counters read `live objects: live bytes [objects ever: bytes ever]`. They are those of the samples, written so
//! that a reader that scales them up gets what was allocated: see [`scale`].

use std::collections::HashMap;

use super::Mapping;

/// Values in the order of [`heapgym_shared::profile::SampleType::ALL`]. They are below 0 only in a difference.
pub type Values = [i64; 4];

/// Most text of a dump that is read, in bytes: far above any that was seen, and a bound on what a file can cost.
pub const MOST_BYTES: u64 = 256 << 20;

/// A dump as it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dump {
    /// Mean bytes between two samples.
    pub sample_bytes: u64,
    /// Names of threads, each once.
    pub threads: Vec<String>,
    /// What was allocated, each pair of stack and thread name once.
    pub rows: Vec<Row>,
    /// Where code was mapped from.
    pub mappings: Vec<Mapping>,
}

/// What was allocated from one stack by the threads of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Return addresses, the innermost first.
    pub addresses: Vec<u64>,
    /// Index of the threads' name; `None` for those without one.
    pub thread: Option<u32>,
    /// What was allocated, scaled up.
    pub values: Values,
}

/// Why a text is no dump.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DumpError {
    /// Its first line is another.
    #[error("it does not begin with `heap_v2/` and a number")]
    Header,
    /// A line within it makes no sense.
    #[error("its line {0} makes no sense")]
    Line(usize),
}

impl Dump {
    /// Reads a dump.
    ///
    /// # Errors
    /// When it is none, or is cut off within a line.
    pub fn parse(text: &str) -> Result<Self, DumpError> {
        let mut lines = text.lines().enumerate();
        let sample_bytes = lines
            .next()
            .and_then(|(_, first)| first.strip_prefix("heap_v2/")?.parse().ok())
            .filter(|bytes| *bytes > 0)
            .ok_or(DumpError::Header)?;
        let mut reading = Reading { sample_bytes, ..Reading::default() };
        for (index, line) in lines.by_ref() {
            if line.starts_with("MAPPED_LIBRARIES:") {
                break;
            }
            reading.line(line).ok_or(DumpError::Line(index + 1))?;
        }
        Ok(Self {
            sample_bytes,
            // What is mapped without a file has no names to give.
            mappings: lines.filter_map(|(_, line)| mapping(line)).collect(),
            threads: reading.names,
            rows: reading.rows,
        })
    }

    /// What was allocated from `earlier`, of the same process, to this one; live memory that was freed since
    /// counts below 0, as in Go's profiles with `seconds`.
    #[must_use]
    pub fn since(mut self, earlier: &Self) -> Self {
        let name = |dump: &Self, row: &Row| row.thread.map(|index| dump.threads[index as usize].clone());
        let mut before: HashMap<(&[u64], Option<String>), Values> = HashMap::new();
        for row in &earlier.rows {
            before.insert((&row.addresses, name(earlier, row)), row.values);
        }
        for index in 0..self.rows.len() {
            let name = name(&self, &self.rows[index]);
            let row = &mut self.rows[index];
            if let Some(values) = before.get(&(row.addresses.as_slice(), name)) {
                for (value, earlier) in row.values.iter_mut().zip(values) {
                    *value = value.saturating_sub(*earlier);
                }
            }
        }
        self.rows.retain(|row| row.values != [0; 4]);
        self
    }
}

/// What has been read so far.
#[derive(Debug, Default)]
struct Reading {
    sample_bytes: u64,
    names: Vec<String>,
    /// Index of its name by the id of a thread.
    threads: HashMap<u64, u32>,
    stack: Option<Vec<u64>>,
    rows: Vec<Row>,
    /// Where rows of the current stack begin.
    first_row: usize,
}

impl Reading {
    /// Takes in a line; `None` when it makes no sense.
    fn line(&mut self, line: &str) -> Option<()> {
        if let Some(addresses) = line.strip_prefix('@') {
            let address = |word: &str| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok();
            self.stack = Some(addresses.split_ascii_whitespace().map(address).collect::<Option<_>>()?);
            self.first_row = self.rows.len();
            return Some(());
        }
        if line.trim().is_empty() {
            return Some(());
        }
        let (thread, rest) = line.trim_start().strip_prefix('t')?.split_once(": ")?;
        let (live, rest) = rest.split_once(" [")?;
        let (ever, name) = rest.split_once(']')?;
        let values = self.values(live, ever)?;
        if thread == "*" {
            return Some(()); // the sum of the rows that follow
        }
        let thread: u64 = thread.parse().ok()?;
        match self.stack.clone() {
            None => self.name(thread, name.trim()),
            Some(stack) => self.row(stack, self.threads.get(&thread).copied(), values),
        }
        Some(())
    }

    fn values(&self, live: &str, ever: &str) -> Option<Values> {
        let pair = |text: &str| {
            let (objects, bytes) = text.split_once(": ")?;
            Some(scale(objects.parse().ok()?, bytes.parse().ok()?, self.sample_bytes))
        };
        let ((inuse_objects, inuse_bytes), (alloc_objects, alloc_bytes)) = (pair(live)?, pair(ever)?);
        Some([inuse_bytes, inuse_objects, alloc_bytes, alloc_objects])
    }

    fn name(&mut self, thread: u64, name: &str) {
        if name.is_empty() {
            return;
        }
        let known = self.names.iter().position(|known| known == name);
        let index = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        self.threads.insert(thread, index as u32);
    }

    /// Threads of one name are one: a pool of a hundred would be a hundred rows for each stack.
    fn row(&mut self, addresses: Vec<u64>, thread: Option<u32>, values: Values) {
        match self.rows[self.first_row..].iter_mut().find(|row| row.thread == thread) {
            Some(row) => {
                for (sum, value) in row.values.iter_mut().zip(values) {
                    *sum = sum.saturating_add(value);
                }
            }
            None => self.rows.push(Row { addresses, thread, values }),
        }
    }
}

/// What so many sampled objects with so many bytes stand for: objects and bytes.
///
/// An allocation of `size` bytes is sampled with the probability `1 - exp(-size / sample_bytes)`. jemalloc counts
/// each sample by its own probability, and then writes numbers that give these counts when a reader divides by
/// the probability of the mean size (`prof_do_unbias` in jemalloc's prof_data.c). So the division is to be made
/// here, once.
fn scale(objects: u64, bytes: u64, sample_bytes: u64) -> (i64, i64) {
    if objects == 0 || bytes == 0 {
        return (objects.min(i64::MAX as u64) as i64, bytes.min(i64::MAX as u64) as i64);
    }
    let mean = bytes as f64 / objects as f64;
    let probability = -(-mean / sample_bytes as f64).exp_m1();
    // The conversion saturates.
    ((objects as f64 / probability).round() as i64, (bytes as f64 / probability).round() as i64)
}

/// Reads a line of `/proc/self/maps`, or macOS's `start-end: path`; `None` for what is mapped from no file.
fn mapping(line: &str) -> Option<Mapping> {
    let (range, rest) = line.split_once([' ', ':'])?;
    let (start, end) = range.split_once('-')?;
    let (start, end) = (u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?);
    let path = &rest[rest.find('/')?..];
    // Between the permissions and the device; macOS tells none.
    let offset = rest.split_ascii_whitespace().nth(1).and_then(|word| u64::from_str_radix(word, 16).ok());
    (start < end).then(|| Mapping { start, end, offset: offset.unwrap_or(0), path: path.to_owned() })
}

#[cfg(test)]
mod tests;
