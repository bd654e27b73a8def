//! Payloads as JSON: DAG-JSON, where `{"/": "bafy…"}` is a link and `{"/": {"bytes": "…"}}` bytes in base64.

use super::DagError;
use base64::{engine::general_purpose::STANDARD_NO_PAD, Engine as _};
use icn_dag::{Cid, Ipld};
use serde_json::{json, Map, Value};

fn wrong(words: &str) -> DagError {
    DagError::Payload(words.into())
}

/// Reads JSON as a record holds it.
pub(super) fn from_json(value: Value) -> Result<Ipld, DagError> {
    Ok(match value {
        Value::Null => Ipld::Null,
        Value::Bool(flag) => Ipld::Bool(flag),
        Value::String(text) => Ipld::String(text),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Ipld::Integer(number.into()),
            (_, Some(number)) => Ipld::Integer(number.into()),
            _ => return Err(wrong("records hold no numbers with a fraction; write cents, or text")),
        },
        Value::Array(list) => Ipld::List(list.into_iter().map(from_json).collect::<Result<_, _>>()?),
        Value::Object(mut map) if map.len() == 1 && map.contains_key("/") => special(map.remove("/"))?,
        Value::Object(map) => {
            let entries = map.into_iter().map(|(key, value)| Ok((key, from_json(value)?)));
            Ipld::Map(entries.collect::<Result<_, DagError>>()?)
        }
    })
}

fn special(value: Option<Value>) -> Result<Ipld, DagError> {
    match value {
        Some(Value::String(text)) => {
            let cid: Cid = text.parse().map_err(|error| wrong(&format!("{text}: {error}")))?;
            Ok(Ipld::Link((&cid).into()))
        }
        Some(Value::Object(map)) => match map.get("bytes").and_then(Value::as_str).filter(|_| map.len() == 1) {
            Some(text) => STANDARD_NO_PAD.decode(text).map(Ipld::Bytes).map_err(|error| wrong(&error.to_string())),
            None => Err(wrong("{\"/\": …} is a link, or {\"bytes\": …} in base64")),
        },
        _ => Err(wrong("{\"/\": …} is a link, or {\"bytes\": …} in base64")),
    }
}

/// The same the other way.
pub(super) fn to_json(ipld: &Ipld) -> Value {
    match ipld {
        Ipld::Null => Value::Null,
        Ipld::Bool(flag) => json!(flag),
        // Wider numbers are not in records.
        Ipld::Integer(number) => i64::try_from(*number)
            .map(|number| json!(number))
            .or_else(|_| u64::try_from(*number).map(|number| json!(number)))
            .unwrap_or_else(|_| json!(number.to_string())),
        Ipld::Float(number) => json!(number),
        Ipld::String(text) => json!(text),
        Ipld::Bytes(bytes) => json!({ "/": { "bytes": STANDARD_NO_PAD.encode(bytes) } }),
        Ipld::List(list) => Value::Array(list.iter().map(to_json).collect()),
        Ipld::Map(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), to_json(value))).collect::<Map<_, _>>())
        }
        Ipld::Link(cid) => json!({ "/": cid.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_back_as_it_was() {
        let link = Cid::of(icn_dag::Codec::Raw, b"blob").to_string();
        let value = json!({
            "text": "Mühle", "number": -7, "large": u64::MAX, "flag": true, "nothing": null,
            "list": [1, [2]], "link": {"/": link}, "bytes": {"/": {"bytes": "AAEC"}},
        });
        assert_eq!(to_json(&from_json(value.clone()).expect("data of a record")), value);
    }

    #[test]
    fn what_records_do_not_hold_is_refused_with_words() {
        for (value, words) in [
            (json!(1.5), "fraction"),
            (json!({"/": "bafy"}), "CID"),
            (json!({"/": 7}), "link"),
            (json!({"/": {"bytes": "%"}}), "nvalid"),
        ] {
            let error = from_json(value).expect_err("refused").to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
