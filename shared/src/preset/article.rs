//! `article`: the run of the article that heapgym answers.

use super::Preset;

pub(super) const PRESET: Preset = Preset {
    id: "article",
    title: "As in the article",
    summary: "100 connections ask for 1 MiB of NUL bytes as JSON for 30 s: a gigabyte is in flight.",
    spec: r#"{
        "workload": {"kind": "products", "payload_bytes": 1048576, "fill": "nul"},
        "variant": "naive",
        "load": {"profile": {"kind": "constant_concurrency", "concurrency": 100, "duration_ms": 30000}}
    }"#,
};
