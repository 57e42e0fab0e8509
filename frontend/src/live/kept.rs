//! Values that are computed when what they read has changed, behind one kind of memo for all types.

use std::{any::Any, fmt, marker::PhantomData, ops::Deref, sync::Arc};

use leptos::prelude::*;

/// A value that is computed when what it reads has changed; who reads it runs again when it is another one. A handle:
/// copies mean the same value.
pub struct Kept<T> {
    memo: Memo<Erased>,
    kind: PhantomData<fn() -> T>,
}

/// A value of some type, and how to tell it from another one of that type.
#[derive(Clone)]
struct Erased {
    value: Arc<dyn Any + Send + Sync>,
    same: fn(&dyn Any, &dyn Any) -> bool,
}

impl PartialEq for Erased {
    fn eq(&self, other: &Self) -> bool {
        (self.same)(&*self.value, &*other.value)
    }
}

fn same<T: PartialEq + 'static>(one: &dyn Any, other: &dyn Any) -> bool {
    one.downcast_ref::<T>() == other.downcast_ref::<T>()
}

/// Computes a value now, and again when what it reads has changed.
pub fn memo<T: PartialEq + Send + Sync + 'static>(value: impl Fn() -> T + Send + Sync + 'static) -> Kept<T> {
    let erased = move || Erased { value: Arc::new(value()), same: same::<T> };
    Kept { memo: erased_memo(Box::new(erased)), kind: PhantomData }
}

fn erased_memo(value: Box<dyn Fn() -> Erased + Send + Sync>) -> Memo<Erased> {
    Memo::new(move |_| value())
}

impl<T: Send + Sync + 'static> Kept<T> {
    /// The value; the caller runs again when it is another one.
    pub fn read(&self) -> Reading<T> {
        Reading::of(self.memo.get())
    }

    /// The value as it is, once.
    pub fn read_untracked(&self) -> Reading<T> {
        Reading::of(self.memo.get_untracked())
    }

    /// The caller runs again when the value is another one.
    pub fn track(&self) {
        self.memo.track();
    }
}

impl<T: Clone + Send + Sync + 'static> Kept<T> {
    /// A copy of the value; the caller runs again when it is another one.
    pub fn get(&self) -> T {
        self.read().clone()
    }

    /// A copy of the value as it is, once.
    pub fn get_untracked(&self) -> T {
        self.read_untracked().clone()
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Kept<T> {}

impl<T> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

/// A value that was read.
pub struct Reading<T>(Arc<T>);

impl<T: Send + Sync + 'static> Reading<T> {
    fn of(erased: Erased) -> Self {
        // Only `memo` makes the values of a `Kept<T>`, and all of them of type `T`.
        Self(erased.value.downcast().unwrap_or_else(|_| unreachable!("a memo keeps its type")))
    }
}

impl<T> Deref for Reading<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Reading<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reading")
    }
}
