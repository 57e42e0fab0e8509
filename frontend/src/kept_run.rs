//! One run of the list, as the server keeps it: what is written on it, and how that is changed.

use gloo_net::http::Method;
use heapgym_shared::{
    history::{Labels, RunLine},
    protocol::RunId,
};
use js_sys::encode_uri_component;
use leptos::{prelude::*, task::spawn_local};
use serde_json::{Value, json};

use crate::fetch::tell;

/// A run of the list. A handle: copies mean the same one.
#[derive(Debug, Clone, Copy)]
pub struct KeptRun {
    id: StoredValue<RunId>,
    /// What is written on it.
    pub labels: RwSignal<Labels>,
    /// The names that it has as a baseline.
    pub baselines: RwSignal<Vec<String>>,
    /// Whether it is deleted.
    pub deleted: RwSignal<bool>,
    /// Whether it can be restored once it is deleted.
    pub restorable: RwSignal<bool>,
    /// Why the last change was not made, in a sentence; empty when it was.
    pub failure: RwSignal<String>,
}

impl KeptRun {
    /// The run of a line, which may be one of those that are deleted.
    pub fn new(line: &RunLine, deleted: bool) -> Self {
        Self {
            id: StoredValue::new(line.id.clone()),
            labels: RwSignal::new(line.labels.clone()),
            baselines: RwSignal::new(line.baselines.clone()),
            deleted: RwSignal::new(deleted),
            restorable: RwSignal::new(true),
            failure: RwSignal::new(String::new()),
        }
    }

    /// Its name.
    pub fn id(self) -> RunId {
        self.id.get_value()
    }

    /// Keeps it at the top of the list, or no longer.
    pub fn toggle_pin(self) {
        let pinned = !self.labels.read_untracked().pinned;
        self.label(json!({ "pinned": pinned }), move |labels| labels.pinned = pinned);
    }

    /// Writes a note and tags on it.
    pub fn annotate(self, note: String, tags: Vec<String>) {
        self.label(json!({ "note": note, "tags": tags }), move |labels| {
            (labels.note, labels.tags) = (note, tags)
        });
    }

    /// Gives it a name that others can be compared with.
    pub fn name(self, name: String) {
        let address = format!("api/baselines/{}", encode_uri_component(name.trim()));
        let run = json!({ "run": self.id() }).to_string();
        self.ask(Method::PUT, address, run, move |_| {
            let name = name.trim().to_owned();
            self.baselines.update(|names| {
                names.retain(|other| *other != name);
                names.push(name);
            });
        });
    }

    /// Deletes it; `then` is done once it is.
    pub fn delete(self, then: impl FnOnce() + 'static) {
        self.ask(Method::DELETE, self.address(""), String::new(), move |answer| {
            // The server says something only when its disk is full, and the run is gone for good.
            self.restorable.set(answer.is_empty());
            self.deleted.set(true);
            then();
        });
    }

    /// Has it back; `then` is done once it is.
    pub fn restore(self, then: impl FnOnce() + 'static) {
        self.ask(Method::POST, self.address("/restore"), String::new(), move |_| {
            self.deleted.set(false);
            then();
        });
    }

    fn label(self, change: Value, done: impl FnOnce(&mut Labels) + 'static) {
        self.ask(Method::PATCH, self.address(""), change.to_string(), move |_| self.labels.update(done));
    }

    fn address(self, rest: &str) -> String {
        format!("api/runs/{}{rest}", self.id())
    }

    fn ask(self, method: Method, address: String, body: String, done: impl FnOnce(String) + 'static) {
        spawn_local(async move {
            let told = tell(method, &address, &body).await;
            // The list may show other runs by now.
            if self.id.is_disposed() {
                return;
            }
            match told {
                Ok(answer) => {
                    self.failure.set(String::new());
                    done(answer);
                }
                Err(reason) => self.failure.set(format!("That was not done: {reason}.")),
            }
        });
    }
}
