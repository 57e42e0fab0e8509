//! Where the page is, and how it goes elsewhere.

use std::rc::Rc;

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks, location::Location};
use wasm_bindgen::JsValue;

use crate::model::address::Address;

type Navigate = Rc<dyn Fn(&str, NavigateOptions)>;

/// The page's address. A handle: copies mean the same one.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "a closure has none")]
pub struct Navigation {
    address: Memo<Address>,
    fragment: Memo<String>,
    navigate: StoredValue<Navigate, LocalStorage>,
}

impl Navigation {
    /// The address of the router around the caller.
    pub fn of_router() -> Self {
        let Location { pathname, hash: fragment, .. } = hooks::use_location();
        let base = base();
        let address = Memo::new(move |_| {
            let pathname = pathname.read();
            Address::parse(pathname.strip_prefix(&base).unwrap_or(&pathname))
        });
        Self { address, fragment, navigate: StoredValue::new_local(Rc::new(hooks::use_navigate())) }
    }

    /// What the address names; the caller runs again when that changes.
    pub fn address(self) -> Address {
        self.address.get()
    }

    /// What the address names now.
    pub fn address_once(self) -> Address {
        self.address.get_untracked()
    }

    /// What stood behind the `#` when the reader came to this address.
    pub fn fragment(self) -> String {
        self.fragment.get_untracked()
    }

    /// Goes to another address. The browser's Back leads here.
    pub fn go(self, address: &Address) {
        let stay = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        self.navigate.with_value(|navigate| navigate(&address.path(), stay));
    }
}

/// The navigation of this page, from the context.
pub fn use_navigation() -> Navigation {
    expect_context()
}

/// What stands before all paths of this page: empty, or such as `/gym` behind a proxy. The server writes it into the
/// page.
pub fn base() -> String {
    let base = document().base_uri().ok().flatten();
    let path = base.and_then(|base| web_sys::Url::new(&base).ok()).map(|base| base.pathname());
    path.unwrap_or_default().trim_end_matches('/').to_owned()
}

/// Writes what the reader has in sight into the address bar. Past the router, which panics where a browser refuses
/// because it is called too often; the page works without it.
pub fn show(address: &str, step: Step) {
    let Ok(history) = window().history() else { return };
    let _ = match step {
        Step::Own => history.push_state_with_url(&JsValue::NULL, "", Some(address)),
        Step::Continued => history.replace_state_with_url(&JsValue::NULL, "", Some(address)),
    };
}

/// How a change stands in the browser's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The browser's Back undoes it.
    Own,
    /// It goes on from the one before: a wheel, a pinch, a key that is held.
    Continued,
}
