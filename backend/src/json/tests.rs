//! Encodings and kinds of documents.

use serde_json::{Value, json};

use super::*;

const TEXT: &str = "{\"workload\": {\"kind\": \"logs\"}}";

/// The text in units of two bytes, with or without a byte order mark.
fn utf16(mark: bool, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter().chain(TEXT.encode_utf16()).flat_map(bytes).collect()
}

/// The same in units of four bytes.
fn utf32(mark: bool, bytes: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter().chain(TEXT.chars().map(u32::from)).flat_map(bytes).collect()
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let marked = [MARK, TEXT.as_bytes()].concat();
    assert_eq!(read::<Value>(&marked).unwrap(), json!({"workload": {"kind": "logs"}}));
    assert_eq!(specification(&marked).unwrap(), read::<Value>(TEXT.as_bytes()).unwrap());
}

#[test]
fn another_encoding_is_named() {
    for (bytes, encoding) in [
        (utf16(true, u16::to_le_bytes), "UTF-16LE"),
        (utf16(false, u16::to_le_bytes), "UTF-16LE"),
        (utf16(true, u16::to_be_bytes), "UTF-16BE"),
        (utf16(false, u16::to_be_bytes), "UTF-16BE"),
        (utf32(true, u32::to_le_bytes), "UTF-32LE"),
        (utf32(false, u32::to_le_bytes), "UTF-32LE"),
        (utf32(true, u32::to_be_bytes), "UTF-32BE"),
        (utf32(false, u32::to_be_bytes), "UTF-32BE"),
        (b"{\"note\": \"caf\xe9\"}".to_vec(), "an unknown encoding"),
        (b"\x1f\x8b\x08\0".to_vec(), "gzip"),
    ] {
        let why = read::<Value>(&bytes).unwrap_err();
        assert!(matches!(why, NotRead::Encoding(_) | NotRead::Compressed), "{encoding}: {why}");
        assert!(why.to_string().contains(encoding), "{encoding}: {why}");
    }
}

#[test]
fn what_is_not_json_says_so() {
    for bytes in [&b""[..], b" \n", MARK, b"\xef\xbb\xbf\n"] {
        assert!(matches!(read::<Value>(bytes), Err(NotRead::Empty)), "{bytes:?}");
    }
    for bytes in [&b"<html>"[..], b"{", b"{} {}", b"{\"a\": nan}", b"\0", b"\xef\xbb\xbf\xef\xbb\xbf{}"] {
        assert!(matches!(expect(&[Kind::Run], bytes), Err(NotRead::Syntax(_))), "{bytes:?}");
    }
}

#[test]
fn every_kind_is_recognised_and_says_where_the_right_one_comes_from() {
    let documents = [
        (json!({"spec": {}, "outcome": null, "report": null, "samples": []}), Kind::Run, "is a run;"),
        (json!({"schema": 1, "spec": {}, "outcome": {}, "samples": 7}), Kind::Report, "is a report;"),
        (json!({"workload": {}, "variant": "naive"}), Kind::Specification, "is a specification;"),
        (json!({"load": {}}), Kind::Specification, "is a specification;"),
        (json!({"deltas": [], "verdict": "mixed", "spec": []}), Kind::Comparison, "is a comparison;"),
        (json!({"held_rate_per_s": 1, "steps": []}), Kind::Search, "is a search for a rate;"),
        (json!({"latencies": {}, "bytes_in": {}}), Kind::Attack, "`heapgym attack`;"),
        (json!({"benchmarks": []}), Kind::Bench, "`heapgym bench`;"),
        (json!({"within": true, "settings": []}), Kind::Calibration, "`heapgym calibrate`;"),
        (
            json!({"id": "a", "created_at_ms": 1, "spec": {}}),
            Kind::RunWithoutSamples,
            "is a run without its samples;",
        ),
        (json!([{"seq": 0}]), Kind::List, "is a list;"),
    ];
    for (document, kind, words) in documents {
        let bytes = document.to_string().into_bytes();
        assert_eq!(expect(&[kind], &bytes).unwrap(), kind);
        let other = if kind == Kind::Run { Kind::Report } else { Kind::Run };
        let why = expect(&[other], &bytes).unwrap_err();
        assert!(matches!(why, NotRead::OtherKind { .. }) && why.to_string().contains(words), "{why}");
        assert!(why.to_string().contains(", from `heapgym run --"), "{why}");
    }
    for document in
        [json!({}), json!({"a": 1}), json!(7), json!("text"), json!(null), json!(true), json!(-1.5)]
    {
        let why = expect(&[Kind::Run], document.to_string().as_bytes()).unwrap_err();
        assert!(matches!(why, NotRead::Unknown(_)), "{document}: {why}");
    }
}

#[test]
fn a_specification_is_also_found_in_a_report_and_in_a_run() {
    let spec = json!({"workload": {"kind": "logs"}});
    for document in [
        spec.clone(),
        json!({"schema": 1, "spec": spec, "outcome": {}}),
        json!({"spec": spec, "samples": [], "outcome": null}),
    ] {
        assert_eq!(specification(document.to_string().as_bytes()).unwrap(), spec);
    }
    let comparison = json!({"deltas": [], "verdict": "mixed", "spec": []}).to_string();
    assert!(matches!(specification(comparison.as_bytes()), Err(NotRead::OtherKind { .. })));
}
