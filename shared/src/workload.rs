//! What the target does per request: the open set of workloads, one file each.

use serde::{Deserialize, Serialize};

use crate::field::{Parameter, Reader, Rejection};

pub mod calibrate;
pub mod products;

pub use calibrate::Calibrate;
pub use products::Products;

/// What a workload is, for form, catalogue and validation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WorkloadInfo {
    /// Its id in specs, links and the CLI.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it does per request, in a sentence or two.
    pub summary: &'static str,
    /// How it can be written, the one to start with first.
    pub variants: &'static [VariantInfo],
    /// What can be set.
    pub parameters: &'static [Parameter],
}

/// One way a workload is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct VariantInfo {
    /// Its id.
    pub id: &'static str,
    /// What it does differently, in a sentence.
    pub summary: &'static str,
}

/// Every workload this build has.
pub const WORKLOADS: &[&WorkloadInfo] = &[&products::INFO, &calibrate::INFO];

/// A workload with its parameters, validated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Workload {
    /// One product record with a large payload, as JSON.
    Products(Products),
    /// Exactly what is asked for, to be read back.
    Calibrate(Calibrate),
}

impl Workload {
    /// Reads the object `{kind, ...parameters}`.
    ///
    /// # Errors
    /// When the kind is unknown or a parameter is out of range.
    pub fn parse(mut reader: Reader<'_>) -> Result<Self, Rejection> {
        let ids: Vec<&'static str> = WORKLOADS.iter().map(|info| info.id).collect();
        let workload = match reader.word("kind", &ids, None)? {
            id if id == products::INFO.id => Self::Products(Products::parse(&mut reader)?),
            id if id == calibrate::INFO.id => Self::Calibrate(Calibrate::parse(&mut reader)?),
            // `word` answers only with an id of the list above; a new workload adds its arm here.
            id => return Err(Rejection::new(reader.path("kind"), format!("is {id}"), ids.join(", "))),
        };
        reader.finish()?;
        Ok(workload)
    }

    /// What is known of it.
    pub fn info(&self) -> &'static WorkloadInfo {
        match self {
            Self::Products(_) => &products::INFO,
            Self::Calibrate(_) => &calibrate::INFO,
        }
    }
}

impl WorkloadInfo {
    /// The ids of its variants, the first one first.
    pub fn variant_ids(&self) -> Vec<&'static str> {
        self.variants.iter().map(|variant| variant.id).collect()
    }
}
