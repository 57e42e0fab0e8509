//! Heap profiles: fetched from the server once each, and the links to them.

use std::sync::Arc;

use heapgym_shared::{
    profile::{Profile, SampleType},
    protocol::RunId,
};
use js_sys::encode_uri_component;
use leptos::{prelude::*, task::spawn_local};

use crate::{fetch, model::heap::Known};

/// What came of fetching a profile: the profile, or why it is not here, as half a sentence.
pub type Fetched = Result<Arc<Profile>, String>;

/// Where a profile is on the server: its run, and its index there.
type Place = (RunId, usize);

/// The profiles that were asked for; `None` of one that is on its way. A handle: copies mean the same ones.
#[derive(Debug, Clone, Copy)]
pub struct Profiles(RwSignal<Vec<(Place, Option<Fetched>)>>);

impl Profiles {
    /// Nothing asked for yet.
    pub fn new() -> Self {
        Self(RwSignal::new(Vec::new()))
    }

    /// What came of fetching a profile; the caller runs again when it has come.
    pub fn get(&self, known: &Known) -> Option<Fetched> {
        let profiles = self.0.read();
        profiles.iter().find(|(place, _)| known.is_at(place)).and_then(|(_, fetched)| fetched.clone())
    }

    /// Fetches a profile, unless it was asked for already.
    pub fn want(self, known: &Known) {
        if self.0.read_untracked().iter().any(|(place, _)| known.is_at(place)) {
            return;
        }
        let place = (known.run.clone(), known.at);
        self.0.write().push((place.clone(), None));
        spawn_local(async move {
            let fetched = fetched(&place).await;
            // The part that wanted it may have gone.
            let _ = self.0.try_update(|profiles| {
                if let Some((_, there)) = profiles.iter_mut().find(|(other, _)| *other == place) {
                    *there = Some(fetched);
                }
            });
        });
    }

    /// Lets go of all that is not known any more.
    pub fn keep(self, known: &[Known]) {
        self.0.write().retain(|(place, _)| known.iter().any(|known| known.is_at(place)));
    }

    /// Lets go of what failed, so that it can be asked for again.
    pub fn forget_failures(self) {
        self.0.write().retain(|(_, fetched)| !matches!(fetched, Some(Err(_))));
    }
}

impl Default for Profiles {
    fn default() -> Self {
        Self::new()
    }
}

async fn fetched((run, at): &Place) -> Fetched {
    let address = format!("api/runs/{run}/profile.json?at={at}");
    fetch::get(&address).await.map(Arc::new)
}

/// The address of a profile as a file of this format: `json`, `svg`, or `pb.gz` for `go tool pprof`.
pub fn file(format: &str, shown: &Known) -> String {
    format!("api/runs/{}/profile.{format}?at={}", shown.run, shown.at)
}

/// What is added to the address of a file that is looked at in one way.
pub fn query(base: Option<&Known>, sample_type: SampleType, thread: Option<&str>) -> String {
    let base = base.map(|base| format!("&base={}&base_at={}", base.run, base.at)).unwrap_or_default();
    let thread = thread.map(|name| format!("&thread={}", encode_uri_component(name))).unwrap_or_default();
    format!("&sample_type={}{base}{thread}", sample_type.id())
}
