//! The messages of pprof's `profile.proto`, as far as heap profiles use them; numbers of fields are the format's.

/// A profile.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Profile {
    /// What the values of a sample are.
    #[prost(message, repeated, tag = "1")]
    pub sample_type: Vec<ValueType>,
    /// What was allocated, by stack.
    #[prost(message, repeated, tag = "2")]
    pub sample: Vec<Sample>,
    /// Files that code was mapped from.
    #[prost(message, repeated, tag = "3")]
    pub mapping: Vec<Mapping>,
    /// Places in the code.
    #[prost(message, repeated, tag = "4")]
    pub location: Vec<Location>,
    /// Functions.
    #[prost(message, repeated, tag = "5")]
    pub function: Vec<Function>,
    /// All texts; others refer to them by index. The first is empty.
    #[prost(string, repeated, tag = "6")]
    pub string_table: Vec<String>,
    /// When it was taken, in nanoseconds since 1970.
    #[prost(int64, tag = "9")]
    pub time_nanos: i64,
    /// How long it was counted for.
    #[prost(int64, tag = "10")]
    pub duration_nanos: i64,
    /// What is between two samples.
    #[prost(message, optional, tag = "11")]
    pub period_type: Option<ValueType>,
    /// How much of it.
    #[prost(int64, tag = "12")]
    pub period: i64,
    /// Text: the sample type that is shown first.
    #[prost(int64, tag = "14")]
    pub default_sample_type: i64,
}

/// What a value is, and its unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct ValueType {
    /// Text.
    #[prost(int64, tag = "1")]
    pub r#type: i64,
    /// Text.
    #[prost(int64, tag = "2")]
    pub unit: i64,
}

/// What was allocated from one stack.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Sample {
    /// Locations, the innermost first.
    #[prost(uint64, repeated, tag = "1")]
    pub location_id: Vec<u64>,
    /// Values in the order of the profile's sample types.
    #[prost(int64, repeated, tag = "2")]
    pub value: Vec<i64>,
    /// What else is known, such as the thread.
    #[prost(message, repeated, tag = "3")]
    pub label: Vec<Label>,
}

/// Something that is known of a sample.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Label {
    /// Text.
    #[prost(int64, tag = "1")]
    pub key: i64,
    /// Text.
    #[prost(int64, tag = "2")]
    pub str: i64,
}

/// A file that code was mapped from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Mapping {
    /// Above 0.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// First address.
    #[prost(uint64, tag = "2")]
    pub memory_start: u64,
    /// First address after it.
    #[prost(uint64, tag = "3")]
    pub memory_limit: u64,
    /// Where in the file it begins.
    #[prost(uint64, tag = "4")]
    pub file_offset: u64,
    /// Text.
    #[prost(int64, tag = "5")]
    pub filename: i64,
    /// Whether functions have been named.
    #[prost(bool, tag = "7")]
    pub has_functions: bool,
    /// Whether their files have been.
    #[prost(bool, tag = "8")]
    pub has_filenames: bool,
    /// Whether lines are known.
    #[prost(bool, tag = "9")]
    pub has_line_numbers: bool,
    /// Whether inlined functions are known.
    #[prost(bool, tag = "10")]
    pub has_inline_frames: bool,
}

/// A place in the code.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Location {
    /// Above 0.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// Its mapping; 0 for none.
    #[prost(uint64, tag = "2")]
    pub mapping_id: u64,
    /// Its address.
    #[prost(uint64, tag = "3")]
    pub address: u64,
    /// The functions there, the one that was inlined last first.
    #[prost(message, repeated, tag = "4")]
    pub line: Vec<Line>,
    /// Whether functions may share its address.
    #[prost(bool, tag = "5")]
    pub is_folded: bool,
}

/// A line of a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Line {
    /// The function.
    #[prost(uint64, tag = "1")]
    pub function_id: u64,
    /// Its line.
    #[prost(int64, tag = "2")]
    pub line: i64,
}

/// A function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Function {
    /// Above 0.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// Text: its name as a person reads it.
    #[prost(int64, tag = "2")]
    pub name: i64,
    /// Text: its name as the linker has it.
    #[prost(int64, tag = "3")]
    pub system_name: i64,
    /// Text: the file that it stands in.
    #[prost(int64, tag = "4")]
    pub filename: i64,
    /// The line that it begins at; 0 where it is not known.
    #[prost(int64, tag = "5")]
    pub start_line: i64,
}
