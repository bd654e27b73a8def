//! Whether two JSON values are of one shape: the same fields, of the same kinds.

use serde_json::Value;

/// Fields of ours that CometBFT has not, and fields that Go leaves out when they are empty. Clients skip what they do not know.
const OWN: &[&str] = &["/node_info/other/peer_id", "/node_info/other/node_version", "/genesis/app_state"];

/// What is different between the shapes of two answers.
pub(crate) fn differences(ours: &Value, theirs: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", ours, theirs, &mut found);
    found
}

fn compare(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let is_own = |name: &str| OWN.contains(&format!("{path}/{name}").as_str());
            let extra = ours.keys().filter(|name| !theirs.contains_key(*name) && !is_own(name));
            found.extend(extra.map(|name| format!("{path}/{name} is ours alone")));
            for (name, theirs) in theirs {
                match ours.get(name) {
                    Some(ours) => compare(&format!("{path}/{name}"), ours, theirs, found),
                    None => found.push(format!("{path}/{name} is missing")),
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            if let Some(theirs) = theirs.first() {
                ours.iter().for_each(|ours| compare(&format!("{path}/*"), ours, theirs, found));
            }
        }
        _ if kind(ours) == kind(theirs) => {}
        // An empty string or null is the absence of any kind.
        _ if is_none(ours) || is_none(theirs) => {}
        _ => found.push(format!("{path}: {ours} is {:?} and {theirs} is {:?}", kind(ours), kind(theirs))),
    }
}

fn is_none(value: &Value) -> bool {
    value.is_null() || value == ""
}

/// What a value is written as.
#[derive(Debug, PartialEq)]
enum Kind {
    Null,
    Bool,
    Number,
    /// A string of decimal digits.
    Quoted,
    /// 20 or 32 bytes, or 8 as the key-value store's root has.
    UpperHex,
    LowerHex,
    Time,
    Text,
    List,
    Object,
}

fn kind(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Bool,
        Value::Number(_) => Kind::Number,
        Value::Array(_) => Kind::List,
        Value::Object(_) => Kind::Object,
        Value::String(text) => kind_of_text(text),
    }
}

fn kind_of_text(text: &str) -> Kind {
    let all = |accept: fn(char) -> bool| text.strip_prefix('-').unwrap_or(text).chars().all(accept);
    let is_hash = [16, 40, 64].contains(&text.len());
    if is_hash && all(|c| matches!(c, '0'..='9' | 'A'..='F')) {
        Kind::UpperHex
    } else if is_hash && all(|c| matches!(c, '0'..='9' | 'a'..='f')) {
        Kind::LowerHex
    } else if !text.is_empty() && all(|c| c.is_ascii_digit()) {
        Kind::Quoted
    } else if text.len() >= 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T' {
        Kind::Time
    } else {
        Kind::Text
    }
}

#[test]
fn shapes_differ_in_fields_and_kinds() {
    let theirs =
        serde_json::json!({"height": "7", "hash": "AB".repeat(32), "round": 0, "list": [{"a": "1"}], "none": ""});
    let ours = |name: &str, value: Value| {
        let mut ours = theirs.clone();
        ours[name] = value;
        differences(&ours, &theirs).len()
    };
    assert_eq!(ours("height", "8".into()), 0);
    assert_eq!(ours("none", "AB".repeat(32).into()), 0);
    assert_eq!(ours("height", 8.into()), 1);
    assert_eq!(ours("hash", "ab".repeat(32).into()), 1);
    assert_eq!(ours("round", "0".into()), 1);
    assert_eq!(ours("list", serde_json::json!([{"a": "1"}, {"a": 1}, {"b": "1"}])), 3);
    assert_eq!(ours("other", 1.into()), 1);
}
