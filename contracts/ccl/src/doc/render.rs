//! Pages as Markdown and HTML. All text of a document is foreign: it is escaped wherever it stands.

use super::{Item, Link, Page};
use std::collections::BTreeSet;

/// Where an item stands on its page.
fn anchor(kind: &str, name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' };
    format!("{kind}.{}", name.chars().map(plain).collect::<String>())
}

pub(super) fn markdown(page: &Page) -> String {
    let items = items(page);
    let mut text = format!("# {}\n\n{}.\n", words(&page.title), words(&page.about));
    if !page.docs.is_empty() {
        text += &format!("\n{}\n", words(&page.docs));
    }
    for section in &page.sections {
        text += &format!("\n## {}\n", section.heading);
        for item in &section.items {
            let id = anchor(&item.kind, &item.name);
            let number = item.article.map(|article| format!("Article {article}: ")).unwrap_or_default();
            text += &format!("\n### <a id=\"{id}\"></a>{number}{} {}\n", item.kind, words(&item.name));
            if !item.docs.is_empty() {
                text += &format!("\n{}\n", words(&item.docs));
            }
            if !item.facts.is_empty() {
                text += "\n";
            }
            for fact in &item.facts {
                let values = fact.values.iter().map(|link| match target(&items, link) {
                    Some(anchor) => format!("[{}](#{anchor})", words(&link.text)),
                    None => words(&link.text),
                });
                text += &format!("- {}: {}\n", fact.label, values.collect::<Vec<_>>().join(", "));
            }
            if !item.source.is_empty() {
                let fence = "`".repeat(longest_run(&item.source).max(2) + 1);
                text += &format!("\n{fence}ccl\n{}\n{fence}\n", item.source);
            }
        }
    }
    text
}

/// The longest run of back quotes, which the fence of a block must exceed.
fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

/// The items of a page, by kind and name.
type Items<'a> = BTreeSet<(&'a str, &'a str)>;

fn items(page: &Page) -> Items<'_> {
    page.sections
        .iter()
        .flat_map(|section| &section.items)
        .map(|item| (item.kind.as_str(), item.name.as_str()))
        .collect()
}

/// The anchor of a link, if its item is on the page.
fn target(items: &Items<'_>, link: &Link) -> Option<String> {
    let (kind, name) = link.to.as_ref()?;
    items.contains(&(kind.as_str(), name.as_str())).then(|| anchor(kind, name))
}

/// Text in Markdown. What is code stays code; elsewhere signs of Markdown and HTML are taken as they are.
fn words(text: &str) -> String {
    let part = |(at, part): (usize, &str)| match at % 2 {
        0 => {
            let mut escaped = String::with_capacity(part.len());
            for letter in part.chars() {
                match letter {
                    '<' => escaped += "&lt;",
                    '\\' | '*' | '_' | '[' | ']' | '#' | '|' | '!' => escaped.extend(['\\', letter]),
                    letter => escaped.push(letter),
                }
            }
            escaped
        }
        _ => format!("`{part}`"),
    };
    paired(text).split('`').enumerate().map(part).collect()
}

/// With an odd number of back quotes the last is none.
fn paired(text: &str) -> String {
    match (text.matches('`').count() % 2, text.rsplit_once('`')) {
        (1, Some((before, after))) => format!("{before}'{after}"),
        _ => text.into(),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Text in HTML, with what is between back quotes as code.
fn inline(text: &str) -> String {
    let part = |(at, part): (usize, &str)| match at % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    };
    paired(text).split('`').enumerate().map(part).collect()
}

/// Paragraphs, which an empty line parts.
fn paragraphs(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(|paragraph| format!("<p>{}</p>\n", inline(paragraph))).collect()
}

const STYLE: &str = "\
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; display: grid; grid-template-columns: 16rem minmax(0, 50rem); gap: 2rem; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; border-right: 1px solid var(--line); font-size: .9rem; }
nav ul { list-style: none; padding-left: .5rem; margin: 0 0 .5rem; }
main { padding: 1rem; }
article { border-top: 1px solid var(--line); padding: .5rem 0; }
h3 { margin: .5rem 0; } h3 small { font-weight: normal; opacity: .7; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; } dt { opacity: .7; } dd { margin: 0; }
pre { overflow: auto; padding: .7rem; border: 1px solid var(--line); border-radius: .3rem; font-size: .85rem; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; } }
";

pub(super) fn html(page: &Page) -> String {
    let items = items(page);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<nav>\n",
        escaped(&page.title)
    );
    for section in &page.sections {
        text += &format!("<strong>{}</strong>\n<ul>\n", escaped(&section.heading));
        for item in &section.items {
            let id = anchor(&item.kind, &item.name);
            text += &format!("<li><a href=\"#{id}\">{}</a></li>\n", escaped(&item.name));
        }
        text += "</ul>\n";
    }
    text += &format!("</nav>\n<main>\n<h1>{}</h1>\n<p>{}</p>\n", escaped(&page.title), escaped(&page.about));
    text += &paragraphs(&page.docs);
    for section in &page.sections {
        text += &format!("<h2>{}</h2>\n", escaped(&section.heading));
        for item in &section.items {
            text += &article(&items, item);
        }
    }
    text + "</main>\n</body>\n</html>\n"
}

fn article(items: &Items<'_>, item: &Item) -> String {
    let id = anchor(&item.kind, &item.name);
    let number = item.article.map(|article| format!("Article {article} · ")).unwrap_or_default();
    let mut text = format!(
        "<article id=\"{id}\">\n<h3><small>{number}{}</small> {}</h3>\n{}",
        escaped(&item.kind),
        escaped(&item.name),
        paragraphs(&item.docs)
    );
    if !item.facts.is_empty() {
        text += "<dl>\n";
    }
    for fact in &item.facts {
        let values = fact.values.iter().map(|link| match target(items, link) {
            Some(anchor) => format!("<a href=\"#{anchor}\">{}</a>", inline(&link.text)),
            None => inline(&link.text),
        });
        let values = values.collect::<Vec<_>>().join(", ");
        text += &format!("<dt>{}</dt><dd>{values}</dd>\n", escaped(&fact.label));
    }
    if !item.facts.is_empty() {
        text += "</dl>\n";
    }
    if !item.source.is_empty() {
        text += &format!("<pre><code>{}</code></pre>\n", escaped(&item.source));
    }
    text + "</article>\n"
}
