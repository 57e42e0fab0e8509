//! A heap profile as the gzipped protobuf that `go tool pprof` and its like read.

use std::{
    collections::HashMap,
    io::{self, Write},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use flate2::{Compression, write::GzEncoder};
use heapgym_shared::{profile::SampleType, unit::Unit};
use prost::Message as _;

use super::HeapProfile;

pub mod message;

/// The order in Go's heap profiles.
const ORDER: [SampleType; 4] =
    [SampleType::AllocObjects, SampleType::AllocSpace, SampleType::InuseObjects, SampleType::InuseSpace];

/// What is to be written.
#[derive(Debug)]
pub struct Options<'a> {
    /// What a reader shows first.
    pub default: SampleType,
    /// Only threads of this name.
    pub thread: Option<&'a str>,
    /// What to subtract, such as the profile of another run.
    pub base: Option<&'a HeapProfile>,
    /// How long it was counted for; 0 where that is not known.
    pub duration: Duration,
}

impl Options<'_> {
    /// The whole profile, in which a reader shows this first.
    pub fn whole(default: SampleType) -> Self {
        Self { default, thread: None, base: None, duration: Duration::ZERO }
    }
}

/// Writes the profile.
///
/// # Errors
/// None that is known: memory takes it all.
pub fn encode(profile: &HeapProfile, options: &Options<'_>) -> io::Result<Vec<u8>> {
    let mut writing = Writing::new(profile.sample_bytes, options);
    writing.add(profile, options.thread, 1);
    if let Some(base) = options.base {
        writing.add(base, options.thread, -1);
    }
    let mut zipped = GzEncoder::new(Vec::new(), Compression::default());
    zipped.write_all(&writing.finish().encode_to_vec())?;
    zipped.finish()
}

/// A message under construction. Ids of mappings, locations and functions are their places in it, from 1.
struct Writing {
    message: message::Profile,
    strings: HashMap<String, i64>,
}

impl Writing {
    fn new(sample_bytes: u64, options: &Options<'_>) -> Self {
        let mut writing = Self { message: message::Profile::default(), strings: HashMap::new() };
        writing.text(""); // the format wants it first
        for kind in ORDER {
            let unit = if kind.unit() == Unit::Bytes { "bytes" } else { "count" };
            let value_type = writing.value_type(kind.id(), unit);
            writing.message.sample_type.push(value_type);
        }
        writing.message.default_sample_type = writing.text(options.default.id());
        writing.message.period_type = Some(writing.value_type("space", "bytes"));
        writing.message.period = sample_bytes as i64;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        writing.message.time_nanos = now.as_nanos() as i64;
        writing.message.duration_nanos = options.duration.as_nanos() as i64;
        writing
    }

    fn add(&mut self, profile: &HeapProfile, thread: Option<&str>, sign: i64) {
        let mappings = self.message.mapping.len() as u64 + 1;
        let functions = self.message.function.len() as u64 + 1;
        let locations = self.message.location.len() as u64 + 1;
        for (id, mapping) in (mappings..).zip(&profile.mappings) {
            let filename = self.text(&mapping.path);
            self.message.mapping.push(message::Mapping {
                id,
                memory_start: mapping.start,
                memory_limit: mapping.end,
                file_offset: mapping.offset,
                filename,
                // Said of all, or a reader would look for names in files that it does not have.
                has_functions: true,
                has_filenames: true,
                has_line_numbers: true,
                has_inline_frames: true,
            });
        }
        for (id, function) in (functions..).zip(&profile.functions) {
            let (name, system_name) = (self.text(&function.name), self.text(&function.linkage));
            let filename = self.text(&function.file);
            self.message.function.push(message::Function { id, name, system_name, filename, start_line: 0 });
        }
        for (id, location) in (locations..).zip(&profile.locations) {
            let line = |line: &super::Line| message::Line {
                function_id: functions + u64::from(line.function),
                line: i64::from(line.line),
            };
            self.message.location.push(message::Location {
                id,
                mapping_id: location.mapping.map_or(0, |index| mappings + u64::from(index)),
                address: location.address,
                line: location.lines.iter().map(line).collect(),
                is_folded: false,
            });
        }
        for stack in &profile.stacks {
            let name = profile.thread_of(stack.thread);
            if thread.is_some() && name != thread {
                continue;
            }
            let label = name.map(|name| message::Label { key: self.text("thread"), str: self.text(name) });
            self.message.sample.push(message::Sample {
                location_id: stack.locations.iter().map(|index| locations + u64::from(*index)).collect(),
                value: ORDER.map(|kind| sign * stack.values[kind as usize]).to_vec(),
                label: label.into_iter().collect(),
            });
        }
    }

    fn value_type(&mut self, kind: &str, unit: &str) -> message::ValueType {
        message::ValueType { r#type: self.text(kind), unit: self.text(unit) }
    }

    /// The index of a text, which is kept once.
    fn text(&mut self, text: &str) -> i64 {
        if let Some(index) = self.strings.get(text) {
            return *index;
        }
        let index = self.message.string_table.len() as i64;
        self.message.string_table.push(text.to_owned());
        self.strings.insert(text.to_owned(), index);
        index
    }

    fn finish(self) -> message::Profile {
        self.message
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{
        super::{Function, HeapStack, Line, Location, Mapping},
        *,
    };

    fn profile(values: super::super::Values) -> HeapProfile {
        HeapProfile {
            sample_bytes: 524_288,
            mappings: vec![Mapping { start: 0x10, end: 0x20, offset: 0, path: "/bin/it".to_owned() }],
            functions: vec![Function { name: "f".into(), linkage: "_Zf".into(), file: "f.rs".into() }],
            locations: vec![Location {
                address: 0x15,
                mapping: Some(0),
                lines: vec![Line { function: 0, line: 7 }],
            }],
            threads: vec!["worker".to_owned()],
            stacks: vec![
                HeapStack { locations: vec![0], thread: Some(0), values },
                HeapStack { locations: vec![0], thread: None, values },
            ],
        }
    }

    fn decode(bytes: &[u8]) -> message::Profile {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
        message::Profile::decode(plain.as_slice()).unwrap()
    }

    #[test]
    fn it_is_what_go_writes() {
        let message =
            decode(&encode(&profile([1, 2, 3, 4]), &Options::whole(SampleType::InuseSpace)).unwrap());
        let text = |index: i64| message.string_table[index as usize].as_str();
        let types: Vec<_> =
            message.sample_type.iter().map(|kind| (text(kind.r#type), text(kind.unit))).collect();
        let expected = [
            ("alloc_objects", "count"),
            ("alloc_space", "bytes"),
            ("inuse_objects", "count"),
            ("inuse_space", "bytes"),
        ];
        assert_eq!((types.as_slice(), text(message.default_sample_type)), (&expected[..], "inuse_space"));
        let period = message.period_type.unwrap();
        assert_eq!((text(period.r#type), text(period.unit), message.period), ("space", "bytes", 524_288));
        assert_eq!((text(0), message.sample[0].value.as_slice()), ("", &[4, 3, 2, 1][..]));
        let label = message.sample[0].label[0];
        assert_eq!(
            (text(label.key), text(label.str), message.sample[1].label.len()),
            ("thread", "worker", 0)
        );
        let (location, function) = (&message.location[0], &message.function[0]);
        assert_eq!((location.line[0].line, location.mapping_id, text(function.filename)), (7, 1, "f.rs"));
        assert_eq!((text(function.name), text(function.system_name)), ("f", "_Zf"));
    }

    #[test]
    fn a_base_is_subtracted_and_a_thread_looked_at_alone() {
        let base = profile([1, 1, 1, 1]);
        let options = Options {
            base: Some(&base),
            thread: Some("worker"),
            duration: Duration::from_secs(2),
            ..Options::whole(SampleType::AllocSpace)
        };
        let message = decode(&encode(&profile([5, 6, 7, 8]), &options).unwrap());
        let values: Vec<_> = message.sample.iter().map(|sample| sample.value.as_slice()).collect();
        assert_eq!(values, [[8, 7, 6, 5], [-1, -1, -1, -1]]);
        assert_eq!((message.sample[1].location_id[0], message.location[1].line[0].function_id), (2, 2));
        assert_eq!(message.duration_nanos, 2_000_000_000);
    }
}
