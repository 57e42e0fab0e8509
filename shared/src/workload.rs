//! What the target does per request: the open set of workloads, one file each.

use serde::{Deserialize, Serialize};

use crate::field::{Parameter, Reader, Rejection};

pub mod cache;
pub mod calibrate;
pub mod footprint;
pub mod fragment;
pub mod logs;
pub mod orders;
pub mod products;

pub use cache::Cache;
pub use calibrate::Calibrate;
pub use footprint::Footprint;
pub use fragment::Fragment;
pub use logs::Logs;
pub use orders::{Inventory, Orders};
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
    /// What to look at while it runs, and why.
    pub watch: &'static str,
    /// What its variants show, in a sentence that a test of real runs holds it to.
    pub claim: &'static str,
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
    /// Whether it takes buffers from a pool, which a specification can choose.
    pub pool: bool,
}

impl VariantInfo {
    /// A variant that has no pool.
    const fn new(id: &'static str, summary: &'static str) -> Self {
        Self { id, summary, pool: false }
    }

    /// A variant that takes buffers from a pool.
    const fn with_pool(id: &'static str, summary: &'static str) -> Self {
        Self { id, summary, pool: true }
    }
}

/// Every workload this build has.
pub const WORKLOADS: &[&WorkloadInfo] =
    &[&products::INFO, &orders::INFO, &logs::INFO, &cache::INFO, &fragment::INFO, &calibrate::INFO];

/// A workload with its parameters, validated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Workload {
    /// One product record with a large payload, as JSON.
    Products(Products),
    /// An order that asks another service about each of its items.
    Orders(Orders),
    /// A batch of log lines.
    Logs(Logs),
    /// A value by its key, made when it is not there.
    Cache(Cache),
    /// Objects of many sizes, of which a few are kept.
    Fragment(Fragment),
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
            id if id == orders::INFO.id => Self::Orders(Orders::parse(&mut reader)?),
            id if id == logs::INFO.id => Self::Logs(Logs::parse(&mut reader)?),
            id if id == cache::INFO.id => Self::Cache(Cache::parse(&mut reader)?),
            id if id == fragment::INFO.id => Self::Fragment(Fragment::parse(&mut reader)?),
            id if id == calibrate::INFO.id => Self::Calibrate(Calibrate::parse(&mut reader)?),
            // `word` answers only with an id of the list above; a new workload adds its arm here.
            id => return Err(Rejection::new(reader.path("kind"), format!("is {id}"), ids.join(", "))),
        };
        reader.finish()?;
        Ok(workload)
    }

    /// What a specification may name as its workload, in words.
    pub fn allowed() -> String {
        let kinds: Vec<_> = WORKLOADS.iter().map(|info| info.id).collect();
        format!("an object with a kind: {}", kinds.join(", "))
    }

    /// What is known of it.
    pub fn info(&self) -> &'static WorkloadInfo {
        match self {
            Self::Products(_) => &products::INFO,
            Self::Orders(_) => &orders::INFO,
            Self::Logs(_) => &logs::INFO,
            Self::Cache(_) => &cache::INFO,
            Self::Fragment(_) => &fragment::INFO,
            Self::Calibrate(_) => &calibrate::INFO,
        }
    }

    /// The other service that its handlers call, if they call one.
    pub fn downstream(&self) -> Option<Inventory> {
        match self {
            Self::Orders(orders) => Some(orders.inventory()),
            Self::Products(_) | Self::Logs(_) | Self::Cache(_) | Self::Fragment(_) | Self::Calibrate(_) => {
                None
            }
        }
    }
}

impl WorkloadInfo {
    /// The ids of its variants, the first one first.
    pub fn variant_ids(&self) -> Vec<&'static str> {
        self.variants.iter().map(|variant| variant.id).collect()
    }

    /// Whether the variant with this id takes buffers from a pool.
    pub fn has_pool(&self, variant: &str) -> bool {
        self.variants.iter().any(|info| info.id == variant && info.pool)
    }
}
