//! The heapgym page: connection -> plain model -> views.
//!
//! The [`connection`] brings the server's messages, the [`model`] turns them into plain state without
//! any browser type, and the [`components`] show it. Samples never enter a signal: views read them
//! from the model when its revision moves, and charts are drawn once a frame at most.

pub mod model;

pub mod connection;

pub mod navigation;

pub mod session;

pub mod fetch;

pub mod catalog;

pub mod profiles;

pub mod kept_run;

pub mod clipboard;

pub mod page;

pub mod measure;

pub mod appearance;

pub mod canvas;

pub mod frames;

pub mod sight;

pub mod timing;

pub mod turns;

pub mod components;

pub mod pages;

pub mod app;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Puts the page in the place of the words that index.html shows while it loads.
pub fn mount() {
    console_error_panic_hook::set_once();
    let shell = document().get_element_by_id("page");
    let Some(shell) = shell.and_then(|shell| shell.dyn_into::<web_sys::HtmlElement>().ok()) else { return };
    shell.set_text_content(None);
    mount_to(shell, app::App).forget();
}
