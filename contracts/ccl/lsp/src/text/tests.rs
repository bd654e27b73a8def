//! Positions against slow readings of the protocol's words.

use super::*;
use proptest::prelude::*;

/// The lines of a text, each without what ends it, with where it begins.
fn slow_lines(text: &str) -> Vec<(usize, String)> {
    let (mut lines, mut start, mut line) = (Vec::new(), 0, String::new());
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let pair = character == '\r' && characters.next_if(|(_, next)| *next == '\n').is_some();
        if character == '\n' || character == '\r' {
            lines.push((start, std::mem::take(&mut line)));
            start = at + if pair { 2 } else { 1 };
        } else {
            line.push(character);
        }
    }
    lines.push((start, line));
    lines
}

fn width(character: char, encoding: Encoding) -> u32 {
    let width = match encoding {
        Encoding::Utf8 => character.len_utf8(),
        Encoding::Utf16 => character.len_utf16(),
    };
    u32::try_from(width).unwrap()
}

fn slow_offset(text: &str, position: Position, encoding: Encoding) -> usize {
    let lines = slow_lines(text);
    let Some((start, line)) = lines.get(position.line as usize) else { return text.len() };
    let (mut offset, mut column) = (*start, 0);
    for character in line.chars() {
        column += width(character, encoding);
        if column > position.character {
            break;
        }
        offset += character.len_utf8();
    }
    offset
}

const ENCODINGS: [Encoding; 2] = [Encoding::Utf8, Encoding::Utf16];

fn at(line: u32, character: u32) -> Position {
    Position { line, character }
}

#[test]
fn columns_count_what_was_agreed_on() {
    let source = "Bäckerei 🥐 x\r\n🥐🥐ß\ry\n";
    let utf16 = Text::new(source.into(), Encoding::Utf16);
    let utf8 = Text::new(source.into(), Encoding::Utf8);
    let x = source.find('x').unwrap();
    assert_eq!((utf16.position(x), utf8.position(x)), (at(0, 12), at(0, 15)));
    let sharp = source.find('ß').unwrap();
    assert_eq!((utf16.position(sharp), utf8.position(sharp)), (at(1, 4), at(1, 8)));
    let y = source.find('y').unwrap();
    assert_eq!((utf16.position(y), utf8.position(y)), (at(2, 0), at(2, 0)));
    assert_eq!(utf16.position(source.len()), at(3, 0));
    assert_eq!(utf16.lines(), 4);
}

#[test]
fn positions_beside_the_text_are_brought_into_it() {
    let text = Text::new("ab\r\n🥐c".into(), Encoding::Utf16);
    // Behind the end of a line, within a pair of surrogates, behind the last line.
    assert_eq!(text.offset(at(0, 99)), 2);
    assert_eq!(text.offset(at(1, 1)), 4);
    assert_eq!(text.offset(at(1, u32::MAX)), 9);
    assert_eq!(text.offset(at(7, 0)), 9);
    assert_eq!(text.offset(at(u32::MAX, u32::MAX)), 9);
    // Within a character, behind the text.
    assert_eq!(text.position(6), at(1, 0));
    assert_eq!(text.position(99), at(1, 3));
}

#[test]
fn the_editors_offer_decides() {
    use PositionEncodingKind as Kind;
    assert_eq!(Encoding::agreed(None), Encoding::Utf16);
    assert_eq!(Encoding::agreed(Some(&[Kind::UTF16, Kind::UTF8])), Encoding::Utf8);
    assert_eq!(Encoding::agreed(Some(&[Kind::UTF32])), Encoding::Utf16);
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec!["a", "{", "ß", "é", "🥐", "👩‍🌾", "中", "\n", "\r", "\r\n", " ", "\"", ";"]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn position() -> impl Strategy<Value = Position> {
    (0..8u32, 0..14u32).prop_map(|(line, character)| at(line, character))
}

proptest! {
    #[test]
    fn offsets_are_those_of_the_slow_reading(text in pieces(), position in position()) {
        for encoding in ENCODINGS {
            let fast = Text::new(text.clone(), encoding);
            prop_assert_eq!(fast.offset(position), slow_offset(&text, position, encoding));
        }
    }

    #[test]
    fn positions_lead_back(text in pieces()) {
        for encoding in ENCODINGS {
            let fast = Text::new(text.clone(), encoding);
            for (offset, character) in text.char_indices() {
                let back = fast.offset(fast.position(offset));
                // No position stands between the two bytes of a line end.
                let inside = character == '\n' && text[..offset].ends_with('\r');
                prop_assert_eq!(back, if inside { offset - 1 } else { offset });
            }
        }
    }

    #[test]
    fn changes_are_those_of_the_slow_reading(
        text in pieces(),
        changes in prop::collection::vec((position(), position(), pieces()), 0..6),
    ) {
        for encoding in ENCODINGS {
            let (mut fast, mut slow) = (Text::new(text.clone(), encoding), text.clone());
            for (a, b, new) in &changes {
                let (start, end) = (slow_offset(&slow, *a, encoding), slow_offset(&slow, *b, encoding));
                slow.replace_range(start.min(end)..start.max(end), new);
                let range = Some(Range { start: *a, end: *b });
                fast = fast.changed(TextDocumentContentChangeEvent { range, range_length: None, text: new.clone() });
                prop_assert_eq!(fast.as_str(), slow.as_str());
            }
        }
    }

    #[test]
    fn one_change_makes_a_text_another(text in pieces(), other in pieces()) {
        for encoding in ENCODINGS {
            let fast = Text::new(text.clone(), encoding);
            let made = match crate::formatting::difference(&fast, &other) {
                Some(edit) => {
                    let change = TextDocumentContentChangeEvent {
                        range: Some(edit.range), range_length: None, text: edit.new_text,
                    };
                    fast.changed(change)
                }
                None => fast,
            };
            prop_assert_eq!(made.as_str(), other.as_str());
        }
    }
}
