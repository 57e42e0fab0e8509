//! Where the page is, and how it goes elsewhere.

use std::{collections::VecDeque, rc::Rc};

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks, location::Location};

use crate::model::address::Address;

/// Most addresses that are written within [`WITHIN_MS`]: Safari refuses the 101st, and the router panics over that.
const MOST_WRITES: usize = 90;
/// How long a written address counts, in milliseconds.
const WITHIN_MS: f64 = 30_000.0;

type Navigate = Rc<dyn Fn(&str, NavigateOptions)>;

/// The page's address. A handle: copies mean the same one.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "a closure has none")]
pub struct Navigation {
    address: Memo<Address>,
    fragment: Memo<String>,
    navigate: StoredValue<Navigate, LocalStorage>,
    /// When addresses were written lately, in milliseconds.
    writes: StoredValue<VecDeque<f64>, LocalStorage>,
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
        Self {
            address,
            fragment,
            navigate: StoredValue::new_local(Rc::new(hooks::use_navigate())),
            writes: StoredValue::new_local(VecDeque::new()),
        }
    }

    /// What the address names; the caller runs again when that changes.
    pub fn address(self) -> Address {
        self.address.get()
    }

    /// What the address names now.
    pub fn address_once(self) -> Address {
        self.address.get_untracked()
    }

    /// What stands behind the `#`, with it; empty for nothing.
    pub fn fragment(self) -> String {
        self.fragment.get_untracked()
    }

    /// Goes to another address. The browser's Back leads here.
    pub fn go(self, address: &Address) {
        let is_list = |address: &Address| *address == Address::Runs;
        let scroll = is_list(address) || is_list(&self.address_once());
        self.navigate(&format!("{}{}", base(), address.path()), NavigateOptions { scroll, ..as_it_is() });
    }

    /// Writes what the reader has in sight into the address, its base included. What comes too fast is left out.
    pub fn write(self, address: &str, step: Step) {
        let now = js_sys::Date::now();
        let has_room = self.writes.try_update_value(|writes| {
            writes.retain(|at| now - at < WITHIN_MS);
            let has_room = writes.len() < MOST_WRITES;
            if has_room {
                writes.push_back(now);
            }
            has_room
        });
        if has_room == Some(true) {
            let replace = step == Step::Replace;
            self.navigate(address, NavigateOptions { replace, scroll: false, ..as_it_is() });
        }
    }

    fn navigate(self, address: &str, options: NavigateOptions) {
        self.navigate.with_value(|navigate| navigate(address, options));
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

/// For addresses with their base.
fn as_it_is() -> NavigateOptions {
    NavigateOptions { resolve: false, ..NavigateOptions::default() }
}

/// How a change is recorded in the browser's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The browser's Back undoes it.
    Push,
    /// It goes on from the one before: a wheel, a pinch, a key that is held.
    Replace,
}
