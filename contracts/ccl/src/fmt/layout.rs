//! From pieces to lines: what fits stays together. Takes time in proportion to the pieces and to what is written.

use super::WIDTH_MAX;
use std::borrow::Cow;

/// A part of a formatted source.
#[derive(Clone, Debug)]
pub(super) enum Piece<'a> {
    /// A token.
    Text(&'a str),
    /// One blank.
    Blank,
    /// A comment, with a blank before it or not.
    Comment { text: Cow<'a, str>, blank: bool, ends_line: bool },
    /// A line end if the innermost group is broken, else a blank or nothing.
    Break { blank: bool, blank_line: bool },
    /// A line end, which breaks every group around it.
    LineEnd { blank_line: bool },
    /// A comma if the innermost group is broken.
    CommaIfBroken,
    /// What follows, to its end, is broken at all its breaks or at none.
    Begin { broken: bool },
    /// The end of a group.
    End,
    /// Lines that follow begin further to the right.
    Indent,
    /// The end of an indentation.
    Dedent,
}

impl Piece<'_> {
    /// Letters that it takes where nothing is broken.
    fn width(&self) -> usize {
        match self {
            Self::Text(text) => text.chars().count(),
            Self::Comment { text, blank, .. } => text.chars().count() + usize::from(*blank),
            Self::Break { blank, .. } => usize::from(*blank),
            Self::Blank => 1,
            _ => 0,
        }
    }
}

/// What has to fit for a group to stay on its line.
#[derive(Clone, Copy, Debug)]
struct Group {
    /// Letters of the group and of what follows it up to where a line can end.
    width: usize,
    broken: bool,
}

/// From the end to here.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    /// Letters if nothing is broken.
    width: usize,
    /// Line ends that there are in any case.
    line_ends: usize,
    /// Letters up to where the line can end.
    rest: usize,
}

/// The groups in the order in which they begin.
fn measure(pieces: &[Piece<'_>]) -> Vec<Group> {
    let (mut sum, mut ends, mut groups) = (Sum::default(), vec![], vec![]);
    for piece in pieces.iter().rev() {
        sum.width += piece.width();
        match piece {
            // A comment at the end of a line breaks nothing that stands before it.
            Piece::Comment { ends_line: true, .. } | Piece::Break { .. } => sum.rest = 0,
            Piece::Comment { text, .. } if text.contains('\n') => {
                sum.line_ends += 1;
                sum.rest = 0;
            }
            Piece::LineEnd { .. } => {
                sum.line_ends += 1;
                sum.rest = 0;
            }
            Piece::CommaIfBroken => sum.rest += 1,
            Piece::End => ends.push(sum),
            Piece::Begin { broken } => {
                let end: Sum = ends.pop().unwrap_or_default();
                let broken = *broken || sum.line_ends > end.line_ends;
                sum.line_ends += usize::from(broken);
                groups.push(Group { width: sum.width - end.width + end.rest, broken });
            }
            Piece::Text(_) | Piece::Blank | Piece::Comment { .. } => sum.rest += piece.width(),
            Piece::Indent | Piece::Dedent => {}
        }
    }
    groups.reverse();
    groups
}

/// The text of the pieces; none if it has more than so many bytes.
pub(super) fn write(pieces: &[Piece<'_>], bytes_max: usize) -> Option<String> {
    let mut groups = measure(pieces).into_iter();
    let mut page = Page::default();
    // Whether each group that is open is broken.
    let mut broken = vec![];
    for piece in pieces {
        match piece {
            Piece::Begin { .. } => {
                let fits = |group: Group| !group.broken && page.column() + group.width <= WIDTH_MAX;
                let fits = groups.next().is_some_and(fits);
                broken.push(!fits && broken.last() != Some(&false));
            }
            Piece::End => drop(broken.pop()),
            _ => page.put(piece, broken.last().copied().unwrap_or(true)),
        }
        if page.text.len() > bytes_max {
            return None;
        }
    }
    page.end_line(false);
    (page.text.len() <= bytes_max).then_some(page.text)
}

#[derive(Debug, Default)]
struct Page {
    text: String,
    /// Letters of the last line.
    letters: usize,
    indentation: usize,
}

impl Page {
    /// Where the next letter will stand.
    fn column(&self) -> usize {
        if self.letters == 0 {
            return 2 * self.indentation;
        }
        self.letters
    }

    fn put(&mut self, piece: &Piece<'_>, broken: bool) {
        match piece {
            Piece::Text(text) => self.write(text),
            Piece::Blank => self.write(" "),
            Piece::Comment { text, blank, .. } => {
                if *blank {
                    self.write(" ");
                }
                self.write(text);
            }
            Piece::Break { blank_line, .. } if broken => self.end_line(*blank_line),
            Piece::Break { blank: true, .. } => self.write(" "),
            Piece::LineEnd { blank_line } => self.end_line(*blank_line),
            Piece::CommaIfBroken if broken => self.write(","),
            Piece::Indent => self.indentation += 1,
            Piece::Dedent => self.indentation -= 1,
            Piece::Break { .. } | Piece::CommaIfBroken | Piece::Begin { .. } | Piece::End => {}
        }
    }

    fn write(&mut self, text: &str) {
        if self.letters == 0 {
            self.letters = 2 * self.indentation;
            self.text.extend(std::iter::repeat_n(' ', self.letters));
        }
        self.text.push_str(text);
        match text.rsplit_once('\n') {
            Some((_, last)) => self.letters = last.chars().count(),
            None => self.letters += text.chars().count(),
        }
    }

    fn end_line(&mut self, blank_line: bool) {
        self.text.push('\n');
        if blank_line {
            self.text.push('\n');
        }
        self.letters = 0;
    }
}
