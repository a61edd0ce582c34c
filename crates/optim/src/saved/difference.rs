//! Where two JSON values differ.

use serde_json::Value;

/// The first place where two values differ, in words, and what stands there.
pub(super) fn difference(found: &Value, expected: &Value) -> Option<(String, String, String)> {
    at("", found, expected)
}

fn at(place: &str, found: &Value, expected: &Value) -> Option<(String, String, String)> {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            let inner =
                |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
            let additional = found.keys().filter(|name| !expected.contains_key(*name));
            expected.keys().chain(additional).find_map(|name| {
                let absent = Value::Null;
                let (found, expected) =
                    (found.get(name).unwrap_or(&absent), expected.get(name).unwrap_or(&absent));
                at(&inner(name), found, expected)
            })
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            let mut pairs = found.iter().zip(expected).enumerate();
            pairs.find_map(|(i, (found, expected))| at(&format!("{place}[{i}]"), found, expected))
        }
        _ if found == expected => None,
        _ => Some((place.to_owned(), text(found), text(expected))),
    }
}

fn text(value: &Value) -> String {
    if value.is_null() { "nothing".to_owned() } else { value.to_string() }
}
