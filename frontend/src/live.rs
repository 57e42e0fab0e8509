//! One type for each kind of thing on the page that changes, whatever closure it comes from.
//!
//! Leptos compiles what keeps a part of the page up to date anew for every closure that it is given. With a few
//! hundred closures that is most of the page's size; behind these, each kind is compiled once.

use leptos::{
    attr::{
        any_attribute::{AnyAttribute, IntoAnyAttribute},
        custom::custom_attribute,
    },
    children::ViewFn,
    prelude::*,
};

mod kept;

pub use kept::{Kept, Reading, memo};

/// A value of an attribute: absent, or a text.
pub type Value = Box<dyn FnMut() -> Option<String> + Send>;

/// What can stand in an attribute.
pub trait IntoValue {
    /// The attribute's text; `None` for no attribute.
    fn into_value(self) -> Option<String>;
}

impl IntoValue for String {
    fn into_value(self) -> Option<String> {
        Some(self)
    }
}

impl IntoValue for &'static str {
    fn into_value(self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl IntoValue for bool {
    fn into_value(self) -> Option<String> {
        self.then(String::new)
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Option<String> {
        self.and_then(T::into_value)
    }
}

/// An attribute that changes.
pub fn attr<T: IntoValue>(mut value: impl FnMut() -> T + Send + 'static) -> Value {
    Box::new(move || value().into_value())
}

/// Attributes by their names. Leptos has a type for each name and each kind of value, and compiles it anew: what stands
/// in the first load has these instead.
pub fn attrs<const N: usize>(attributes: [AnyAttribute; N]) -> Vec<AnyAttribute> {
    attributes.into()
}

/// An attribute that stays as it is.
pub fn is(name: &'static str, value: impl Into<String>) -> AnyAttribute {
    custom_attribute(name, value.into()).into_any_attr()
}

/// An attribute that changes.
pub fn becomes<T: IntoValue>(name: &'static str, value: impl FnMut() -> T + Send + 'static) -> AnyAttribute {
    custom_attribute(name, attr(value)).into_any_attr()
}

/// What stands in a field.
pub fn text(text: impl FnMut() -> String + Send + 'static) -> Box<dyn FnMut() -> String + Send> {
    Box::new(text)
}

/// A part of the page that changes.
pub fn live<V: IntoView + 'static>(mut part: impl FnMut() -> V + Send + 'static) -> AnyView {
    changing(Box::new(move || part().into_any()))
}

fn changing(part: Box<dyn FnMut() -> AnyView + Send>) -> AnyView {
    part.into_any()
}

/// Several parts of the page, one after the other.
pub trait CollectAny {
    /// Each part behind the one type of all parts.
    fn collect_any(self) -> Vec<AnyView>;
}

impl<V: IntoView + 'static, I: IntoIterator<Item = V>> CollectAny for I {
    fn collect_any(self) -> Vec<AnyView> {
        self.into_iter().map(IntoAny::into_any).collect()
    }
}

/// What is done when something happens.
pub fn on<E>(act: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(act)
}

/// Does something now, and again when what it reads has changed.
pub fn effect(act: impl FnMut() + 'static) {
    let act: Box<dyn FnMut()> = Box::new(act);
    Effect::new(act);
}

/// Whether something is there.
#[expect(missing_debug_implementations, reason = "a closure has none")]
pub struct Condition(Box<dyn Fn() -> bool + Send + Sync>);

impl<F: Fn() -> bool + Send + Sync + 'static> From<F> for Condition {
    fn from(condition: F) -> Self {
        Self(Box::new(condition))
    }
}

/// A part of the page that is there as long as a condition holds.
#[component]
pub fn Show(
    /// The part.
    children: ChildrenFn,
    /// The condition.
    #[prop(into)]
    when: Condition,
    /// What is there instead.
    #[prop(optional, into)]
    fallback: ViewFn,
) -> impl IntoView {
    let when = memo(when.0);
    changing(Box::new(move || if when.get() { children() } else { fallback.run() }))
}

/// A part of the page for each item of a list, which stays as long as there is an item of its key.
pub fn each<T: Send + 'static, V: IntoView + 'static>(
    items: impl Fn() -> Vec<T> + Send + 'static,
    key: impl Fn(&T) -> String + Send + 'static,
    part: impl Fn(T) -> V + Clone + Send + 'static,
) -> AnyView {
    let list = move || {
        let item = |item: T| {
            let (key, part) = (key(&item), part.clone());
            (key, Box::new(move || part(item).into_any()) as Make)
        };
        items().into_iter().map(item).collect::<Vec<_>>()
    };
    let list: Box<dyn Fn() -> Vec<(String, Make)> + Send> = Box::new(list);
    let key = |item: &(String, Make)| item.0.clone();
    view! { <For each=list key let((_, make))>{make()}</For> }.into_any()
}

/// Makes the part of one item.
type Make = Box<dyn FnOnce() -> AnyView + Send>;
