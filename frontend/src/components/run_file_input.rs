//! Runs from files: chosen, or dropped anywhere on the page. The playground reads them itself, the list of runs has the
//! server keep them.

use heapgym_shared::{
    Rejection,
    protocol::{MAX_RUN_FILE_BYTES, RunId},
};
use leptos::{html, prelude::*, task::spawn_local};
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, File, FileList, HtmlInputElement};

use crate::{
    fetch::{Method, OTHER_VERSION, parse, tell},
    model::{
        address::Address,
        dashboard::Notice,
        run::Run,
        run_file::{MAX_BYTES, read},
    },
    navigation::{Navigation, use_navigation},
    session::{Session, use_session},
};

const ID: &str = "run-file";

/// Where a file is chosen, out of sight, and the page's ear for files that are dropped on it.
#[component]
pub fn RunFileInput() -> impl IntoView {
    let (session, navigation) = (use_session(), use_navigation());
    let field = NodeRef::<html::Input>::new();
    let dragged = window_event_listener(leptos::ev::dragover, |event: DragEvent| event.prevent_default());
    let dropped = window_event_listener(leptos::ev::drop, move |event: DragEvent| {
        event.prevent_default();
        open(session, navigation, event.data_transfer().and_then(|data| data.files()));
    });
    on_cleanup(move || {
        dragged.remove();
        dropped.remove();
    });
    let chosen = move |_| {
        let Some(field) = field.get_untracked() else { return };
        open(session, navigation, field.files());
        // The same file may be chosen again.
        field.set_value("");
    };
    view! {
        <input id=ID type="file" accept="application/json,.json" multiple hidden node_ref=field
            aria-label="Open a run from a file" on:change=chosen/>
    }
}

/// Lets the reader choose a file.
pub fn choose_file() {
    let field = document().get_element_by_id(ID).and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
    if let Some(field) = field {
        field.click();
    }
}

/// Shows the runs of at most two files, or has the first one kept.
fn open(session: Session, navigation: Navigation, files: Option<FileList>) {
    let Some(files) = files else { return };
    let files: Vec<File> = (0..files.length().min(2)).filter_map(|index| files.item(index)).collect();
    spawn_local(async move {
        if let (Address::Runs, Some(file)) = (navigation.address_once(), files.first()) {
            return match import(file).await {
                Ok(run) => navigation.go(&Address::Run(run)),
                Err(reason) => session.notify(Notice::NotImported(file.name(), reason)),
            };
        }
        let mut runs = Vec::new();
        for file in files {
            runs.push(run_of(&file).await);
        }
        session.open(runs);
    });
}

async fn run_of(file: &File) -> Result<Run, Notice> {
    let name = file.name();
    let run = text_of(file, MAX_BYTES).await.and_then(|text| read(&name, &text));
    run.map_err(|refusal| Notice::File(name, refusal))
}

async fn text_of(file: &File, max_bytes: usize) -> Result<String, Rejection> {
    let refuse = |reason: &str| {
        let megabytes = max_bytes >> 20;
        Rejection::new("file", reason, format!("a run of at most {megabytes} MiB, as heapgym exports it"))
    };
    if file.size() > max_bytes as f64 {
        return Err(refuse("is too large"));
    }
    let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
    text.ok_or_else(|| refuse("cannot be read"))
}

/// Has the server keep the run of a file.
///
/// # Errors
/// Why it does not, as half a sentence.
async fn import(file: &File) -> Result<RunId, String> {
    let text = text_of(file, MAX_RUN_FILE_BYTES).await.map_err(|refusal| format!("it {}", refusal.reason))?;
    let answer: Value = parse(&tell(Method::POST, "api/runs/import", &text).await?)?;
    let id = answer["id"].as_str().ok_or_else(|| OTHER_VERSION.to_owned())?;
    Ok(RunId(id.to_owned()))
}
