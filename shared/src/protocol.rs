//! The websocket's two enums, their encoding and its limits.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    adjust::Adjustment,
    field::{Number, Reader, Rejection},
    outcome::Outcome,
    report::Report,
    sample::{Phase, Sample},
    spec::{InstanceLimits, RunSpec},
    unit::Unit,
};

/// Version of the protocol; a client says it in `hello`.
pub const PROTOCOL: u32 = 2;

/// A server that has said nothing for so long says that it is alive, in milliseconds.
pub const ALIVE_EVERY_MS: u32 = 4_000;

/// A server that is silent for so long is not there, in milliseconds.
pub const SILENT_AFTER_MS: u32 = 10_000;

/// Largest message a client may send, in bytes.
pub const MAX_CLIENT_MESSAGE_BYTES: usize = 64 * 1024;

/// Largest file of a run that the server and the commands read, in bytes. Every run that can be exported fits: the
/// longest has 50,500 samples of up to 4 KiB. Usually a sample has 2 KB.
pub const MAX_RUN_FILE_BYTES: usize = 200 << 20;

/// Most samples in one `samples` message.
pub const MAX_BATCH: usize = 64;

/// Names one run: random letters and digits, safe in links.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first message.
    Hello {
        /// [`PROTOCOL`] of the client.
        protocol: u32,
    },
    /// Start a run, and subscribe to it.
    Start {
        /// The specification as the client wrote it; [`RunSpec::parse`] judges it.
        spec: Value,
    },
    /// Send the samples of a run from after `after_seq` on; from the first when it is `None`.
    Subscribe {
        /// The run.
        run: RunId,
        /// The last sequence number the client has.
        after_seq: Option<u64>,
    },
    /// Send no more of a run.
    Unsubscribe {
        /// The run.
        run: RunId,
    },
    /// Stop a run, or take it out of the queue.
    Stop {
        /// The run.
        run: RunId,
    },
    /// Change a run that goes on.
    Adjust {
        /// The run.
        run: RunId,
        /// How.
        change: Adjustment,
    },
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ServerMessage {
    /// The answer to `hello`.
    Hello {
        /// [`PROTOCOL`] of the server.
        protocol: u32,
        /// Version of heapgym.
        version: String,
        /// What a run may use here.
        limits: InstanceLimits,
    },
    /// A run was accepted.
    Accepted {
        /// Its name.
        run: RunId,
        /// Runs before it in the queue.
        position: u32,
    },
    /// A message was refused; nothing came of it.
    Rejected {
        /// Path of the field.
        field: String,
        /// What was wrong with it.
        reason: String,
        /// What would be accepted.
        allowed: String,
        /// The run that was to be followed; `None` for the refusal of anything else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<RunId>,
    },
    /// Where a run is; sent when it changes, and first of all to a new subscriber.
    State {
        /// The run.
        run: RunId,
        /// Its specification.
        spec: Box<RunSpec>,
        /// Where it is.
        state: RunState,
        /// When its clock began, in milliseconds since 1970; `None` before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        began_at_ms: Option<u64>,
    },
    /// Consecutive samples.
    Samples {
        /// The run.
        run: RunId,
        /// Sequence number of the first one.
        first_seq: u64,
        /// The samples; at most [`MAX_BATCH`].
        batch: Vec<Sample>,
    },
    /// Samples that will not be sent one by one: this viewer was too slow for them. The sample after
    /// them, `to + 1`, carries their worst latencies.
    Gap {
        /// The run.
        run: RunId,
        /// The first sequence number left out.
        from: u64,
        /// The last one.
        to: u64,
    },
    /// How many follow a run that goes on; said when it has changed, once a second at most.
    Viewers {
        /// The run.
        run: RunId,
        /// Connections that follow it, this one among them.
        count: u32,
    },
    /// A run has ended; the last message about it.
    Finished {
        /// The run.
        run: RunId,
        /// How it ended.
        outcome: Outcome,
        /// Its summary; `None` for a run that never started.
        report: Option<Box<Report>>,
        /// Why its end is not stored yet, such as `the disk is full`; `None` when it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_kept: Option<String>,
    },
    /// The server is there, and has nothing else to say.
    Alive,
    /// Something failed on the server's side, or the connection is about to be closed.
    Error {
        /// What, in a sentence.
        reason: String,
    },
}

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RunState {
    /// Waiting for the runs before it.
    Queued {
        /// How many they are.
        position: u32,
    },
    /// Its children are being started.
    Starting,
    /// Its samples are coming.
    Running {
        /// The phase it is in.
        phase: Phase,
    },
    /// It has ended.
    Finished {
        /// How.
        outcome: Outcome,
    },
}

impl From<Rejection> for ServerMessage {
    fn from(Rejection { field, reason, allowed }: Rejection) -> Self {
        Self::Rejected { field, reason, allowed, run: None }
    }
}

impl ServerMessage {
    /// The refusal to let a client follow a run.
    pub fn not_followed(run: RunId, Rejection { field, reason, allowed }: Rejection) -> Self {
        Self::Rejected { field, reason, allowed, run: Some(run) }
    }
}

/// Writes a message as JSON text.
///
/// The types hold only what JSON can say, so this does not fail; the empty text stands for the
/// impossible case.
pub fn encode(message: &impl Serialize) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

/// Reads a trusted message, such as the server's own.
///
/// # Errors
/// When the text is not such a message.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text)
}

const PROTOCOL_FIELD: Number = whole("protocol", "The protocol's version.");
const AFTER_SEQ: Number = whole("after_seq", "The last sequence number the client has.");

const fn whole(name: &'static str, help: &'static str) -> Number {
    Number {
        name,
        title: name,
        unit: Unit::Count,
        min: 0.0,
        max: 9_007_199_254_740_991.0,
        default: None,
        whole: true,
        help,
    }
}

impl ClientMessage {
    const TYPES: &'static [&'static str] = &["hello", "start", "subscribe", "unsubscribe", "stop", "adjust"];

    /// Reads an untrusted message.
    ///
    /// # Errors
    /// When it is too large, not JSON, or has an unknown, missing or wrong field.
    pub fn decode(text: &str) -> Result<Self, Rejection> {
        let refuse = |reason: String, allowed: &str| Err(Rejection::new("message", reason, allowed));
        if text.len() > MAX_CLIENT_MESSAGE_BYTES {
            return refuse(format!("has {} bytes", text.len()), "at most 64 KiB");
        }
        let value: Value = match serde_json::from_str(text) {
            Ok(value) => value,
            Err(error) => return refuse(format!("is not JSON: {error}"), "a JSON object with a `type`"),
        };
        let mut reader = Reader::new("", &value)?;
        let run = |reader: &mut Reader<'_>| match reader.value("run") {
            Some(Value::String(id)) if id.len() <= 64 => Ok(RunId(id.clone())),
            _ => {
                Err(Rejection::new("run", "is missing or not a run's id", "a text of at most 64 characters"))
            }
        };
        let message = match reader.word("type", Self::TYPES, None)? {
            "hello" => Self::Hello { protocol: reader.integer(&PROTOCOL_FIELD)? as u32 },
            "start" => match reader.value("spec") {
                Some(spec) => Self::Start { spec: spec.clone() },
                None => return Err(Rejection::new("spec", "is missing", "a run specification")),
            },
            "subscribe" => Self::Subscribe {
                run: run(&mut reader)?,
                after_seq: reader.optional_number(&AFTER_SEQ)?.map(|seq| seq as u64),
            },
            "unsubscribe" => Self::Unsubscribe { run: run(&mut reader)? },
            "adjust" => Self::Adjust {
                run: run(&mut reader)?,
                change: Adjustment::parse(reader.required_object("change", "{kind, ...}")?)?,
            },
            _ => Self::Stop { run: run(&mut reader)? },
        };
        reader.finish()?;
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refused(text: &str) -> Rejection {
        ClientMessage::decode(text).unwrap_err()
    }

    #[test]
    fn every_message_reads_back_as_it_was_written() {
        let run = RunId("abc123def456".to_owned());
        for message in [
            ClientMessage::Hello { protocol: PROTOCOL },
            ClientMessage::Start { spec: json!({"variant": "naive"}) },
            ClientMessage::Subscribe { run: run.clone(), after_seq: Some(41) },
            ClientMessage::Subscribe { run: run.clone(), after_seq: None },
            ClientMessage::Unsubscribe { run: run.clone() },
            ClientMessage::Stop { run: run.clone() },
            ClientMessage::Adjust { run, change: Adjustment::SetRate { rate: 50.0 } },
        ] {
            assert_eq!(ClientMessage::decode(&encode(&message)), Ok(message));
        }
    }

    #[test]
    fn refusals_name_the_field() {
        assert_eq!(refused("nonsense").field, "message");
        assert_eq!(refused("{\"type\":\"hello\"").field, "message");
        assert_eq!(refused("[]").allowed, "an object");
        assert_eq!(refused(r#"{"type":"go"}"#).allowed, "hello, start, subscribe, unsubscribe, stop, adjust");
        assert_eq!(refused(r#"{"type":"stop"}"#).field, "run");
        assert_eq!(refused(r#"{"type":"subscribe","run":"a","after_seq":-1}"#).field, "after_seq");
        assert_eq!(refused(r#"{"type":"adjust","run":"a","change":{"kind":"up"}}"#).field, "change.kind");
        assert_eq!(refused(r#"{"type":"stop","run":"a","now":true}"#).field, "now");
        assert_eq!(refused(&" ".repeat(MAX_CLIENT_MESSAGE_BYTES + 1)).allowed, "at most 64 KiB");
    }

    #[test]
    fn an_unknown_field_of_a_server_message_is_refused() {
        assert!(decode::<ServerMessage>(r#"{"type":"error","reason":"x"}"#).is_ok());
        assert!(decode::<ServerMessage>(r#"{"type":"error","reason":"x","extra":1}"#).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,300}") {
            let _ = ClientMessage::decode(&text);
        }
    }
}
