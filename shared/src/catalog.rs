//! What an instance offers, as `GET /api/catalog` sends it: describe first, then stream.

use serde::{Deserialize, Serialize};

use crate::{
    metric::{Kind, METRICS},
    preset::PRESETS,
    spec::InstanceLimits,
    unit::Unit,
    workload::WORKLOADS,
};

/// What an instance offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// Version of heapgym.
    pub version: String,
    /// What can be run.
    pub workloads: Vec<CatalogWorkload>,
    /// Runs that are set up already.
    pub presets: Vec<CatalogPreset>,
    /// What is measured.
    pub metrics: Vec<CatalogMetric>,
    /// What a run may use here.
    pub limits: InstanceLimits,
}

/// A workload that can be run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatalogWorkload {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it does per request.
    pub summary: String,
    /// What to look at while it runs.
    pub watch: String,
    /// What its variants show.
    pub claim: String,
    /// How it can be written.
    pub variants: Vec<CatalogVariant>,
    /// What can be set: numbers with their range, words with their options.
    pub parameters: serde_json::Value,
}

/// A variant of a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogVariant {
    /// Its id.
    pub id: String,
    /// What it does differently.
    pub summary: String,
    /// Whether it takes buffers from a pool, which a specification can choose.
    pub pool: bool,
    /// The handler's source, exactly as it was compiled.
    pub source: String,
}

/// A run that is set up already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatalogPreset {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it shows.
    pub summary: String,
    /// The specification; what it does not say is a default.
    pub spec: serde_json::Value,
}

/// A figure that is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogMetric {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its unit.
    pub unit: Unit,
    /// How its values are to be read.
    pub kind: Kind,
    /// What it means.
    pub help: String,
}

impl Catalog {
    /// The catalogue of this build; `source` gives the handler's source of (workload, variant).
    pub fn new(version: &str, limits: InstanceLimits, source: impl Fn(&str, &str) -> String) -> Self {
        let workloads = WORKLOADS.iter().map(|info| CatalogWorkload {
            id: info.id.to_owned(),
            title: info.title.to_owned(),
            summary: info.summary.to_owned(),
            watch: info.watch.to_owned(),
            claim: info.claim.to_owned(),
            variants: info
                .variants
                .iter()
                .map(|variant| CatalogVariant {
                    id: variant.id.to_owned(),
                    summary: variant.summary.to_owned(),
                    pool: variant.pool,
                    source: source(info.id, variant.id),
                })
                .collect(),
            // Plain data of strings and finite numbers: writing it as JSON does not fail.
            parameters: serde_json::to_value(info.parameters).unwrap_or_default(),
        });
        let presets = PRESETS.iter().map(|preset| CatalogPreset {
            id: preset.id.to_owned(),
            title: preset.title.to_owned(),
            summary: preset.summary.to_owned(),
            spec: preset.spec(),
        });
        let metrics = METRICS.iter().map(|metric| CatalogMetric {
            id: metric.id.to_owned(),
            title: metric.title.to_owned(),
            unit: metric.unit,
            kind: metric.kind,
            help: metric.help.to_owned(),
        });
        Self {
            version: version.to_owned(),
            workloads: workloads.collect(),
            presets: presets.collect(),
            metrics: metrics.collect(),
            limits,
        }
    }
}
