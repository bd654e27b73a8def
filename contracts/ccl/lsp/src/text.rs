//! Texts with positions as editors count them.
//!
//! A position is a line and a column from 0. What a column counts is agreed on when the editor and the server meet: bytes, or
//! the units of UTF-16. Lines end with `\n`, `\r\n` or `\r`.

use icn_ccl::diagnostic::Span;
use lsp_types::{Position, PositionEncodingKind, Range, TextDocumentContentChangeEvent};

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of 16 bits; what every editor knows.
    #[default]
    Utf16,
}

impl Encoding {
    /// Bytes if the editor offers them, the units of UTF-16 if not.
    pub fn agreed(offered: Option<&[PositionEncodingKind]>) -> Self {
        match offered.is_some_and(|kinds| kinds.contains(&PositionEncodingKind::UTF8)) {
            true => Self::Utf8,
            false => Self::Utf16,
        }
    }

    /// As the protocol names it.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }
}

/// A character of more than one byte.
#[derive(Clone, Copy, Debug)]
struct Wide {
    start: usize,
    end: usize,
    /// How many bytes more than units of UTF-16 the text has up to its end.
    saved: usize,
}

/// A line: where it begins, and where what ends it begins.
#[derive(Clone, Copy, Debug)]
struct Line {
    start: usize,
    end: usize,
}

/// A text and where its lines and wide characters are.
#[derive(Clone, Debug)]
pub struct Text {
    text: String,
    encoding: Encoding,
    /// At least one.
    lines: Vec<Line>,
    wide: Vec<Wide>,
}

impl Text {
    /// Reads a text once.
    pub fn new(text: String, encoding: Encoding) -> Self {
        let lines = lines_of(&text);
        let wide = wide_of(&text);
        Self { text, encoding, lines, wide }
    }

    /// What its columns count.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// All of it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many lines it has, the one after the last line end included.
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Where a byte is. In the middle of a character it is where the character begins; behind the end it is the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor(offset);
        let line = self.lines.partition_point(|line| line.start <= offset).saturating_sub(1);
        let start = self.lines.get(line).map_or(0, |line| line.start);
        let column = match self.encoding {
            Encoding::Utf8 => offset - start,
            Encoding::Utf16 => self.units(offset) - self.units(start),
        };
        Position { line: number(line), character: number(column) }
    }

    /// The byte at a position. Behind the end of a line it is that end; behind the last line it is the end of the text.
    pub fn offset(&self, position: Position) -> usize {
        let Some(line) = self.lines.get(position.line as usize) else { return self.text.len() };
        let column = position.character as usize;
        let offset = match self.encoding {
            Encoding::Utf8 => self.floor(line.start.saturating_add(column)),
            Encoding::Utf16 => self.byte(self.units(line.start).saturating_add(column)),
        };
        offset.min(line.end)
    }

    /// Where bytes are.
    pub fn range(&self, span: Span) -> Range {
        let range = span.range();
        Range { start: self.position(range.start), end: self.position(range.end) }
    }

    /// The bytes between two positions, whichever comes first.
    pub fn span(&self, range: Range) -> Span {
        let (a, b) = (self.offset(range.start), self.offset(range.end));
        Span::new(a.min(b), a.max(b))
    }

    /// The line of a byte, from 0.
    pub fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|line| line.start <= offset).saturating_sub(1)
    }

    /// Where a line ends, its line end not included.
    pub fn line_end(&self, line: usize) -> usize {
        self.lines.get(line).map_or(self.text.len(), |line| line.end)
    }

    /// Where a line begins, if there is one.
    pub fn line_start(&self, line: usize) -> Option<usize> {
        self.lines.get(line).map(|line| line.start)
    }

    /// All of the text as a range.
    pub fn whole(&self) -> Range {
        self.range(Span::new(0, self.text.len()))
    }

    /// The length of a piece of the text in the units of a column.
    pub fn length(&self, span: Span) -> u32 {
        let range = span.range();
        match self.encoding {
            Encoding::Utf8 => number(range.len()),
            Encoding::Utf16 => number(self.units(self.floor(range.end)) - self.units(self.floor(range.start))),
        }
    }

    /// The text after a change of the editor's.
    #[must_use]
    pub fn changed(self, change: TextDocumentContentChangeEvent) -> Self {
        let Some(range) = change.range else { return Self::new(change.text, self.encoding) };
        let span = self.span(range);
        let mut text = self.text;
        text.replace_range(span.range(), &change.text);
        Self::new(text, self.encoding)
    }

    /// The beginning of the character that a byte belongs to.
    fn floor(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let at = self.wide.partition_point(|wide| wide.end <= offset);
        match self.wide.get(at) {
            Some(wide) if wide.start < offset => wide.start,
            _ => offset,
        }
    }

    /// Units of UTF-16 before a byte that begins a character.
    fn units(&self, offset: usize) -> usize {
        let at = self.wide.partition_point(|wide| wide.end <= offset);
        offset - at.checked_sub(1).and_then(|last| self.wide.get(last)).map_or(0, |wide| wide.saved)
    }

    /// The byte after so many units of UTF-16; in the middle of a character it is where the character begins.
    fn byte(&self, units: usize) -> usize {
        let at = self.wide.partition_point(|wide| wide.end - wide.saved <= units);
        let saved = at.checked_sub(1).and_then(|last| self.wide.get(last)).map_or(0, |wide| wide.saved);
        let offset = units.saturating_add(saved).min(self.text.len());
        match self.wide.get(at) {
            Some(wide) if wide.start < offset => wide.start,
            _ => offset,
        }
    }
}

/// Numbers of the protocol have 32 bits; what is beyond is cut off.
fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn lines_of(text: &str) -> Vec<Line> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let ends = match byte {
            b'\n' => true,
            // `\r\n` ends with its second byte.
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        if ends {
            let pair = *byte == b'\n' && at > start && bytes.get(at - 1) == Some(&b'\r');
            lines.push(Line { start, end: if pair { at - 1 } else { at } });
            start = at + 1;
        }
    }
    lines.push(Line { start, end: text.len() });
    lines
}

fn wide_of(text: &str) -> Vec<Wide> {
    if text.is_ascii() {
        return Vec::new();
    }
    let mut saved = 0;
    let wide = text.char_indices().filter(|(_, character)| !character.is_ascii()).map(|(start, character)| {
        saved += character.len_utf8() - character.len_utf16();
        Wide { start, end: start + character.len_utf8(), saved }
    });
    wide.collect()
}

#[cfg(test)]
mod tests;
