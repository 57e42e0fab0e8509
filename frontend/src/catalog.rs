//! The instance's catalogue: the handlers' sources come from the server that runs them.

use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

use crate::fetch;

/// What came of fetching the catalogue: it, or why it is not here, as half a sentence.
pub type Fetched = Result<Value, String>;

/// The catalogue, once it is fetched; `None` while it is on its way. A handle: copies mean the same one.
#[derive(Debug, Clone, Copy)]
pub struct Catalog(RwSignal<Option<Fetched>>);

impl Catalog {
    /// A catalogue that is on its way.
    pub fn fetched() -> Self {
        let catalog = Self(RwSignal::new(None));
        catalog.fetch();
        catalog
    }

    /// Fetches it anew.
    pub fn fetch(self) {
        self.0.set(None);
        spawn_local(async move {
            // The part that wanted it may have gone.
            let _ = self.0.try_set(Some(fetch::get("api/catalog").await));
        });
    }

    /// Whether it was fetched and is not here; the caller does not run again when that changes.
    pub fn has_failed(self) -> bool {
        matches!(*self.0.read_untracked(), Some(Err(_)))
    }

    /// The source of a variant of a workload, where there is one.
    pub fn source(self, workload: &str, variant: &str) -> Option<Result<Option<String>, String>> {
        let fetched = self.0.read();
        Some(
            fetched
                .as_ref()?
                .as_ref()
                .map(|catalog| source(catalog, workload, variant))
                .map_err(Clone::clone),
        )
    }
}

fn source(catalog: &Value, workload: &str, variant: &str) -> Option<String> {
    let named = |list: &Value, id: &str| list.as_array()?.iter().find(|item| item["id"] == id).cloned();
    let workload = named(&catalog["workloads"], workload)?;
    let variant = named(&workload["variants"], variant)?;
    variant["source"].as_str().map(str::to_owned)
}
