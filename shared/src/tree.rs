//! Values in a JSON object by their path: keys with dots between them, as rejections name fields.

use serde_json::{Map, Value};

/// The value at a path.
pub fn at<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        None => object.get(path),
        Some((key, rest)) => at(object.get(key)?.as_object()?, rest),
    }
}

/// Puts a value at a path, making the objects on the way. Where something else than an object is on the way, nothing
/// is put.
pub fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((key, rest)) => {
            let inner = object.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// Puts each value that is there at its path.
pub fn put_given<'a>(
    object: &mut Map<String, Value>,
    values: impl IntoIterator<Item = (&'a str, Option<Value>)>,
) {
    for (path, value) in values {
        if let Some(value) = value {
            put(object, path, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_put_is_there() {
        let mut object = Map::new();
        put(&mut object, "load.profile.rate", json!(5));
        put(&mut object, "seed", json!(1));
        put(&mut object, "load.profile.kind", json!("pause"));
        put(&mut object, "seed.deep", json!(2));
        assert_eq!(json!(object), json!({"load": {"profile": {"rate": 5, "kind": "pause"}}, "seed": 1}));
        assert_eq!(at(&object, "load.profile.rate"), Some(&json!(5)));
        assert_eq!((at(&object, "load.rate"), at(&object, "seed.deep")), (None, None));
        put_given(&mut object, [("seed", Some(json!(3))), ("load.profile.rate", None)]);
        assert_eq!(json!(object), json!({"load": {"profile": {"rate": 5, "kind": "pause"}}, "seed": 3}));
    }
}
