//! The tables of the reference and of the host interface say what the program says. `ICN_UPDATE_GOLDEN=1` writes them.

use icn_ccl::{
    abi::{Import, Operation, Word},
    ast::Level,
    program::Builtin,
    schema::{Form, Kind, Need, Setting, Shape},
};
use std::{fs, path::PathBuf};

fn docs(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec").join(name)
}

/// Compares the text between `<!-- mark -->` and `<!-- end -->` of a page with what it should be, or writes it.
fn check(page: &str, mark: &str, want: &str) {
    let path = docs(page);
    let text = fs::read_to_string(&path).unwrap();
    let begin = format!("<!-- {mark} -->\n");
    let from = text.find(&begin).unwrap_or_else(|| panic!("{page} has no {mark}")) + begin.len();
    let to = from + text[from..].find("<!-- end -->").unwrap();
    if std::env::var_os("ICN_UPDATE_GOLDEN").is_some() {
        let new = format!("{}{want}{}", &text[..from], &text[to..]);
        fs::write(path, new).unwrap();
        return;
    }
    assert!(text[from..to] == *want, "the table {mark} of {page} is not what the program says");
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn functions_of_the_language() {
    let mut table = String::from("| function | level | gives | |\n|---|---|---|---|\n");
    for builtin in Builtin::ALL {
        let signature = builtin.signature();
        let (call, gives) = signature.split_once(" -> ").unwrap_or((&signature, ""));
        let level = match builtin.level() {
            Level::Pure => "fn",
            Level::View => "view",
            Level::Action => "action",
        };
        table += &format!("| `{}` | {level} | {} | {} |\n", cell(call), code(gives), builtin.doc());
    }
    check("ccl.md", "functions", &table);
}

fn code(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("`{}`", cell(text))
    }
}

#[test]
fn settings_of_declarations() {
    let mut text = String::new();
    for kind in Kind::ALL {
        text += &format!(
            "\n### {}\n\n{}\n\n| setting | value | without it | |\n|---|---|---|---|\n",
            kind.word(),
            kind.doc()
        );
        rows(kind.settings(), "", &mut text);
    }
    check("ccl.md", "settings", &text);
}

fn rows(settings: &[Setting], within: &str, text: &mut String) {
    for setting in settings {
        let need = match setting.need {
            Need::Required => "needed".into(),
            Need::Optional => String::new(),
            Need::Default(value) => format!("`{value}`"),
        };
        let (value, inner) = match setting.shape {
            Shape::Value(form) => (words(form), None),
            Shape::Block(inner) => ("{ … }".into(), Some((format!("{within}{} ", setting.key), inner))),
            Shape::Named(_, inner) => ("name { … }".into(), Some((format!("{within}{} name ", setting.key), inner))),
            Shape::Bands(inner) => ("from .. to { … }".into(), Some((format!("{within}{} ", setting.key), inner))),
            Shape::Types => ("{ name: type; }".into(), None),
        };
        *text += &format!("| `{within}{}` | {} | {need} | {} |\n", setting.key, code(&value), setting.doc);
        if let Some((within, inner)) = inner {
            rows(inner, &within, text);
        }
    }
}

fn words(form: Form) -> String {
    let kinds = |kinds: &[Kind]| kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join("|");
    match form {
        Form::Int(min, max) => format!("{min}..{max}"),
        Form::Ratio => "share".into(),
        Form::RatioOrCount => "share|number of members".into(),
        Form::Name(of) => kinds(of),
        Form::Members(of) => format!("{}|[did…]", kinds(of)),
        Form::Word(of) => {
            let word = |word: &icn_ccl::schema::Word| match word.payload {
                Some(form) => format!("{}({})", word.word, words(form)),
                None => word.word.to_string(),
            };
            of.iter().map(word).collect::<Vec<_>>().join("|")
        }
        Form::List(of) => format!("[{}…]", words(*of)),
        Form::Permissions => "[permission…]".into(),
        Form::Names => "[name…]".into(),
        Form::Cost => "Amount|fn".into(),
        Form::Condition => "condition".into(),
        plain => format!("{plain:?}"),
    }
}

fn signature(import: Import) -> String {
    let list = |words: Vec<Word>| {
        let word = |word: &Word| match word {
            Word::I32 => "i32",
            Word::I64 => "i64",
        };
        words.iter().map(word).collect::<Vec<_>>().join(", ")
    };
    let results = import.results();
    let arrow = if results.is_empty() { String::new() } else { format!(" -> {}", list(results)) };
    format!("{}({}){arrow}", import.name(), list(import.params()))
}

#[test]
fn operations_of_the_host() {
    let mut table = String::from("| operation | fuel | |\n|---|---|---|\n");
    for operation in Operation::ALL {
        let import = Import::Operation(*operation);
        table += &format!("| `{}` | {} | {} |\n", signature(import), import.fuel(), operation.doc().trim());
    }
    check("host-abi.md", "operations", &table);
}

#[test]
fn functions_of_the_host() {
    let mut table = String::from("| function | level | fuel | |\n|---|---|---|---|\n");
    for import in Import::all() {
        let Import::Builtin(builtin) = import else { continue };
        let level = match builtin.level() {
            Level::Pure => "all",
            Level::View => "all",
            Level::Action => "action",
        };
        table += &format!("| `{}` | {level} | {} | {} |\n", signature(import), import.fuel(), builtin.doc());
    }
    check("host-abi.md", "builtins", &table);
}
