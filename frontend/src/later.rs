//! The parts of the page that come later: all that knows runs, fetched when a visitor shows that they are wanted.
//!
//! What a part reaches and the page's beginning does not, `cargo xtask page` puts into a module of its own; so the
//! beginning calls these parts through [`Parts`] alone. Without the feature `split` they are there from the beginning.

use leptos::{prelude::*, wasm_split::SplitLoaderError};

use crate::{
    model::form::{Form, Judged},
    session::{Session, Wish},
};

mod parts;
mod style;

/// Makes a part of the page.
pub type Make = fn() -> AnyView;

/// The parts that come later.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// Begins to keep the session's runs.
    pub begin: fn(Session),
    /// Does what was wished for.
    pub act: fn(Session, Wish),
    /// Judges a form.
    pub judge: fn(&Form) -> Judged,
    /// Where the run is that is told of, in a sentence.
    pub state: fn(Session) -> String,
    /// A piece of the line of the form's variant.
    pub swatch: Make,
    /// What can be changed of a run that goes on.
    pub control: Make,
    /// The curve of what the form will ask for.
    pub preview: Make,
    /// The form as a link.
    pub link: Make,
    /// The list of all runs.
    pub history: Make,
    /// What is there on every page: the list of commands, and the ear for files.
    pub everywhere: Make,
    /// How the runs ended, and how far they are.
    pub status: Make,
    /// What the reader should know.
    pub notices: Make,
    /// What a run did.
    pub readings: Make,
    /// The handler's source.
    pub source: Make,
    /// Go's names.
    pub go_names: Make,
}

/// How far the parts are.
#[derive(Debug, Clone, Copy)]
pub enum Later {
    /// Nobody has shown that they are wanted.
    Unwanted,
    /// They are on their way.
    Fetching,
    /// They could not be fetched.
    Failed,
    /// They are here.
    Here(Parts),
}

impl Later {
    /// The parts, if they are here.
    pub fn parts(self) -> Option<Parts> {
        match self {
            Self::Here(parts) => Some(parts),
            Self::Unwanted | Self::Fetching | Self::Failed => None,
        }
    }
}

/// Fetches the parts.
///
/// # Errors
/// When the server does not send them. The next call asks again.
#[cfg(feature = "split")]
#[leptos::wasm_split::wasm_split(runs, fallible, wasm_split_path = leptos::wasm_split)]
pub fn fetch() -> Result<Parts, SplitLoaderError> {
    Ok(parts::all())
}

/// The parts, which are here.
///
/// # Errors
/// None: they are not fetched.
#[cfg(not(feature = "split"))]
pub async fn fetch() -> Result<Parts, SplitLoaderError> {
    Ok(parts::all())
}
