//! Light or dark: what the system says, or what the reader chose, kept in the browser.

use heapgym_shared::chart::Theme;
use leptos::prelude::*;
use leptos_use::use_media_query;

const STORAGE_KEY: &str = "heapgym-theme";

/// What the reader chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// What the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Choice {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its id in the browser's storage and in the stylesheet.
    pub fn id(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The choice of this id; what is unknown is left to the system.
    pub fn parse(id: &str) -> Self {
        Self::ALL.into_iter().find(|choice| choice.id() == id).unwrap_or_default()
    }
}

/// The page's look. A handle: copies mean the same one.
#[derive(Debug, Clone, Copy)]
pub struct Appearance {
    choice: RwSignal<Choice>,
    system_is_dark: Signal<bool>,
    /// Whether the system has all pages in its own colours, as in high contrast.
    is_forced: Signal<bool>,
}

impl Appearance {
    /// Takes up the last choice and follows the system from now on.
    pub fn restore() -> Self {
        let stored = storage().and_then(|storage| storage.get_item(STORAGE_KEY).ok().flatten());
        let choice = RwSignal::new(stored.map(|id| Choice::parse(&id)).unwrap_or_default());
        let appearance = Self {
            choice,
            system_is_dark: use_media_query("(prefers-color-scheme: dark)"),
            is_forced: use_media_query("(forced-colors: active)"),
        };
        Effect::new(move || appearance.show(choice.get()));
        appearance
    }

    /// What the reader chose.
    pub fn choice(&self) -> Choice {
        self.choice.get()
    }

    /// Takes in the reader's choice.
    pub fn choose(&self, choice: Choice) {
        self.choice.set(choice);
        if let Some(storage) = storage() {
            // Without storage the choice holds as long as the page.
            let _ = storage.set_item(STORAGE_KEY, choice.id());
        }
    }

    /// The theme that follows.
    pub fn theme(&self) -> Theme {
        // Where colours are forced the page has the system's, and the charts must stand on them.
        let choice = if self.is_forced.get() { Choice::System } else { self.choice.get() };
        match (choice, self.system_is_dark.get()) {
            (Choice::Light, _) | (Choice::System, false) => Theme::Light,
            (Choice::Dark, _) | (Choice::System, true) => Theme::Dark,
        }
    }

    fn show(self, choice: Choice) {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", choice.id());
        }
    }
}

/// The look of this page, from the context.
pub fn use_appearance() -> Appearance {
    expect_context()
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_reads_back_and_nonsense_is_the_system() {
        for choice in Choice::ALL {
            assert_eq!(Choice::parse(choice.id()), choice);
        }
        assert_eq!(Choice::parse("pink"), Choice::System);
    }
}
