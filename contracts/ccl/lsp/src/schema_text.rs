//! How settings are written, in words and as snippets.

use icn_ccl::schema::{Form, Kind, Need, Setting, Shape, Word};

/// The words that a setting can be, its elements included.
pub(crate) fn words(setting: &Setting) -> &'static [Word] {
    match setting.shape {
        Shape::Value(form) => form_words(form),
        _ => &[],
    }
}

fn form_words(form: Form) -> &'static [Word] {
    match form {
        Form::Word(words) => words,
        Form::List(of) => form_words(*of),
        _ => &[],
    }
}

/// The settings that stand in a setting.
pub(crate) fn inner(setting: &Setting) -> &'static [Setting] {
    match setting.shape {
        Shape::Block(table) | Shape::Named(_, table) | Shape::Bands(table) => table,
        Shape::Value(_) | Shape::Types => &[],
    }
}

/// How a setting is written, in a line.
pub(crate) fn written(setting: &Setting) -> String {
    match setting.shape {
        Shape::Value(form) => format!("{}: {};", setting.key, form_text(form)),
        Shape::Block(_) => format!("{} {{ … }}", setting.key),
        Shape::Named([], _) => format!("{} name {{ … }}", setting.key),
        Shape::Named(kinds, _) => format!("{} {} {{ … }}", setting.key, kind_words(kinds)),
        Shape::Bands(_) => "band from .. to { … }".into(),
        Shape::Types => format!("{} {{ name: Type; }}", setting.key),
    }
}

fn kind_words(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join("|")
}

fn form_text(form: Form) -> String {
    match form {
        Form::Text => "text".into(),
        Form::Bool => "true|false".into(),
        Form::Int(min, max) => format!("{min}..{max}"),
        Form::Ratio => "share".into(),
        Form::RatioOrCount => "share or number".into(),
        Form::Duration => "duration".into(),
        Form::Time => "time".into(),
        Form::Did => "did".into(),
        Form::Cid => "cid".into(),
        Form::Amount => "amount".into(),
        Form::Name(kinds) => kind_words(kinds),
        Form::Members(kinds) => format!("{}|[did]", kind_words(kinds)),
        Form::Word(words) => words.iter().map(word_text).collect::<Vec<_>>().join("|"),
        Form::List(of) => format!("[{}]", form_text(*of)),
        Form::Permissions => "[permission]".into(),
        Form::Names => "[name]".into(),
        Form::Cost => "amount or fn".into(),
        Form::Condition => "condition".into(),
    }
}

fn word_text(word: &Word) -> String {
    match (word.payload, word.needed) {
        (Some(form), true) => format!("{}({})", word.word, form_text(form)),
        (Some(form), false) => format!("{}[({})]", word.word, form_text(form)),
        (None, _) => word.word.into(),
    }
}

/// Whether a setting must be given, in words.
pub(crate) fn need(setting: &Setting) -> String {
    match setting.need {
        Need::Required => "required".into(),
        Need::Optional => "optional".into(),
        Need::Default(value) => format!("`{value}` if it is not given"),
    }
}

/// A setting to be filled in: the text of a snippet whose first stop is `$1`, or plain text.
pub(crate) fn snippet(setting: &Setting, snippets: bool) -> String {
    let stop = |at: u32, text: &str| if snippets { format!("${{{at}:{text}}}") } else { text.to_string() };
    match setting.shape {
        Shape::Value(form) => format!("{}: {};", setting.key, value_snippet(form, snippets)),
        Shape::Block(table) => {
            let required = table.iter().filter(|inner| inner.need == Need::Required);
            let inner: Vec<_> = required.map(|inner| format!("{}: {};", inner.key, example(inner))).collect();
            match inner.is_empty() {
                true => format!("{} {{ {} }}", setting.key, stop(1, "")),
                false => format!("{} {{ {} }}", setting.key, inner.join(" ")),
            }
        }
        Shape::Named(..) => format!("{} {} {{ {} }}", setting.key, stop(1, "name"), stop(2, "")),
        Shape::Bands(_) => format!("band {} .. {} {{ {} }}", stop(1, "0"), stop(2, "100"), stop(3, "")),
        Shape::Types => format!("{} {{ {}: {}; }}", setting.key, stop(1, "name"), stop(2, "Text")),
    }
}

/// A value of a form as the stop of a snippet.
fn value_snippet(form: Form, snippets: bool) -> String {
    match (form, snippets) {
        (Form::Text, true) => "\"${1:text}\"".into(),
        (Form::Word(words), true) => {
            let words: Vec<_> = words.iter().map(|word| word.word).collect();
            format!("${{1|{}|}}", words.join(","))
        }
        (Form::Bool, true) => "${1|true,false|}".into(),
        (Form::List(_) | Form::Permissions | Form::Names, true) => "[$1]".into(),
        (form, true) => format!("${{1:{}}}", form_example(form)),
        (form, false) => form_example(form),
    }
}

fn example(setting: &Setting) -> String {
    match setting.shape {
        Shape::Value(form) => form_example(form),
        _ => String::new(),
    }
}

/// A value that a setting of this form could have.
fn form_example(form: Form) -> String {
    match form {
        Form::Text => "\"text\"".into(),
        Form::Bool | Form::Condition => "true".into(),
        Form::Int(min, _) => min.to_string(),
        Form::Ratio | Form::RatioOrCount => "50%".into(),
        Form::Duration => "7d".into(),
        Form::Time => "time\"2026-01-01T00:00:00Z\"".into(),
        Form::Did => "did\"did:icn:name\"".into(),
        Form::Cid => "cid\"\"".into(),
        Form::Amount | Form::Cost => "10 unit".into(),
        Form::Name(_) | Form::Members(_) => "name".into(),
        Form::Word(words) => words.first().map_or("", |word| word.word).into(),
        Form::List(_) | Form::Permissions | Form::Names => "[]".into(),
    }
}
