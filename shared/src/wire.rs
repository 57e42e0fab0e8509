//! Reads what the server wrote, in little code: the page carries this instead of serde's derived readers.
//!
//! Those are compiled anew for every type and every place that a value may stand in, which came to a third of the
//! page. Here the text becomes one tree of values, and each type takes its fields out of that by name. Untrusted text
//! is read elsewhere, by [`Reader`](crate::field::Reader): here nobody is told what was wrong.

use serde_json::{Map, Value};

/// A type that can be read from JSON as serde writes it.
pub trait FromJson: Sized {
    /// The value; none where something else stands.
    fn from_json(value: &Value) -> Option<Self>;

    /// What a field is that was left out; none where it must not be.
    fn left_out() -> Option<Self> {
        None
    }
}

/// Reads a message of the server.
///
/// # Errors
/// None when the text is not such a message: the server is of another version.
pub fn read<T: FromJson>(text: &str) -> Option<T> {
    T::from_json(&serde_json::from_str(text).ok()?)
}

/// The field of this name.
pub fn field<T: FromJson>(object: &Map<String, Value>, name: &str) -> Option<T> {
    object.get(name).map_or_else(T::left_out, T::from_json)
}

/// Says how a type is read: the fields of a structure, the words of an enum, or its words and fields by tag.
macro_rules! from_json {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::wire::FromJson for $name {
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                let object = value.as_object()?;
                Some(Self { $($field: $crate::wire::field(object, stringify!($field))?),* })
            }
        }
    };
    ($name:ident [ $($word:literal: $variant:ident),* $(,)? ]) => {
        impl $crate::wire::FromJson for $name {
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                match value.as_str()? {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
    ($name:ident by $tag:literal { $($word:literal: $variant:ident { $($field:ident),* }),* $(,)? }) => {
        impl $crate::wire::FromJson for $name {
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                let object = value.as_object()?;
                match object.get($tag)?.as_str()? {
                    $($word => Some(Self::$variant {
                        $($field: $crate::wire::field(object, stringify!($field))?),*
                    }),)*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use from_json;

impl FromJson for Value {
    fn from_json(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl FromJson for bool {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl FromJson for u64 {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_u64()
    }
}

impl FromJson for u32 {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

impl FromJson for i64 {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_i64()
    }
}

impl FromJson for f64 {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_f64()
    }
}

impl FromJson for String {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(value: &Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::from_json(value).map(Some) }
    }

    fn left_out() -> Option<Self> {
        Some(None)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::from_json).collect()
    }

    fn left_out() -> Option<Self> {
        Some(Self::new())
    }
}

impl<T: FromJson + Copy + Default, const N: usize> FromJson for [T; N] {
    fn from_json(value: &Value) -> Option<Self> {
        let values = value.as_array().filter(|values| values.len() == N)?;
        let mut read = [T::default(); N];
        for (place, value) in read.iter_mut().zip(values) {
            *place = T::from_json(value)?;
        }
        Some(read)
    }
}

impl<T: FromJson> FromJson for Box<T> {
    fn from_json(value: &Value) -> Option<Self> {
        T::from_json(value).map(Box::new)
    }
}
