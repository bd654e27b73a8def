//! What no source may hold, whatever its grammar: text that reads otherwise than it is (CVE-2021-42574, "Trojan Source").

use crate::diagnostic::{Code, Diagnostic, Span};
use unicode_normalization::{is_nfc, UnicodeNormalization as _};

/// Hidden characters, and text that is not in the normal form in which equal texts are equal.
pub(super) fn check(source: &str) -> Vec<Diagnostic> {
    let hidden = |at: usize, character| is_hidden(character) || is_lone_return(source, at);
    let hidden = source.char_indices().filter(|(at, character)| hidden(*at, *character)).map(|(at, character)| {
        let span = Span::new(at, at + character.len_utf8());
        let message = match character {
            '\r' => "some editors end the line here, the language does not".into(),
            _ => format!("U+{:04X} cannot be seen", u32::from(character)),
        };
        Diagnostic::new(Code::HiddenText, span, message)
            .help("remove it, or write it as \\u{…} in a text in quotes")
            .fix("remove the character", span, "")
    });
    let mut found: Vec<_> = hidden.take(crate::limits::DIAGNOSTICS_MAX).collect();
    if !is_nfc(source) {
        let differs = source.char_indices().zip(source.nfc()).find(|((_, have), want)| have != want);
        let (start, end) = differs.map_or((0, source.len()), |((at, character), _)| (at, at + character.len_utf8()));
        found.push(
            Diagnostic::new(Code::HiddenText, Span::new(start, end), "this letter is written in parts")
                .help("save the text in Unicode's normal form C"),
        );
    }
    found
}

/// A carriage return without a line end: many editors end the line there, the language does not, so that what looks like code
/// may be the rest of a comment.
fn is_lone_return(source: &str, at: usize) -> bool {
    let rest = source.as_bytes().get(at..).unwrap_or_default();
    rest.first() == Some(&b'\r') && rest.get(1) != Some(&b'\n')
}

/// Controls, and characters of Unicode's category "format" with their like: they take no place, or turn the direction.
fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{00}'..='\u{08}' | '\u{0B}' | '\u{0C}' | '\u{0E}'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{AD}' | '\u{34F}'
        | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}' | '\u{890}'..='\u{891}' | '\u{8E2}'
        | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{110BD}' | '\u{110CD}' | '\u{13430}'..='\u{1343F}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}
