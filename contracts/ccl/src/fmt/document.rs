//! From the tree to pieces: every token and every comment, with where a line may end.

use super::{
    gaps::{gaps, Gap},
    layout::Piece,
    style::{brackets, is_ratio, separator, strength, Brackets, Separator},
};
use crate::syntax::{SyntaxElement, SyntaxKind as K, SyntaxNode, SyntaxToken};

/// The pieces of a tree without mistakes.
pub(super) fn pieces<'a>(source: &'a str, root: &SyntaxNode) -> Vec<Piece<'a>> {
    let gaps = gaps(source, root);
    let separator = Separator::LineEnd;
    let mut writer =
        Writer { source, gaps, position: 0, gap_written: false, after_bracket: false, separator, pieces: vec![] };
    writer.file(root);
    writer.pieces
}

/// The text of a token, as a part of the source.
pub(super) fn text<'a>(source: &'a str, token: &SyntaxToken) -> &'a str {
    let range = token.text_range();
    source.get(usize::from(range.start())..usize::from(range.end())).unwrap_or_default()
}

struct Writer<'a> {
    source: &'a str,
    /// What stands before each token.
    gaps: Vec<Gap<'a>>,
    /// The number of the next token.
    position: usize,
    /// Whether the gap before the next token is written.
    gap_written: bool,
    /// Whether the last token is a bracket that a comment touches.
    after_bracket: bool,
    /// What comes before the next token.
    separator: Separator,
    pieces: Vec<Piece<'a>>,
}

type Elements = std::iter::Peekable<Box<dyn Iterator<Item = SyntaxElement>>>;

fn elements(node: &SyntaxNode) -> Elements {
    let all: Box<dyn Iterator<Item = _>> =
        Box::new(node.children_with_tokens().filter(|element| !element.kind().is_trivia()));
    all.peekable()
}

impl<'a> Writer<'a> {
    fn push(&mut self, piece: Piece<'a>) {
        self.pieces.push(piece);
    }

    fn file(&mut self, root: &SyntaxNode) {
        for element in elements(root) {
            self.element(&element);
            self.separator = Separator::LineEnd;
        }
        let rest = self.take_gap();
        self.comments(&rest, true);
    }

    fn element(&mut self, element: &SyntaxElement) {
        match element {
            SyntaxElement::Node(node) => self.node(node),
            SyntaxElement::Token(token) => self.token(token),
        }
    }

    fn node(&mut self, node: &SyntaxNode) {
        match node.kind() {
            K::Binary if !is_ratio(node) => self.group(|writer| writer.binary(node)),
            K::IfExpr => self.group(|writer| writer.choice(node)),
            K::Except => self.group(|writer| writer.exceptions(node)),
            K::Require => self.group(|writer| writer.requirement(node)),
            _ => self.sequence(node),
        }
    }

    // Tokens and what stands between them.

    fn token(&mut self, token: &SyntaxToken) {
        self.write_gap();
        self.push(Piece::Text(text(self.source, token)));
        self.next_token();
        self.after_bracket = matches!(token.kind(), K::LParen | K::LBracket);
    }

    fn next_token(&mut self) {
        self.position += 1;
        self.gap_written = false;
        self.separator = Separator::Blank;
    }

    fn gap(&self, ahead: usize) -> Option<&Gap<'a>> {
        self.gaps.get(self.position + ahead)
    }

    fn take_gap(&mut self) -> Gap<'a> {
        self.gaps.get_mut(self.position).map(std::mem::take).unwrap_or_default()
    }

    /// Passes over a comma; what stands before it is taken for what follows.
    fn leave_out(&mut self) {
        let mut gap = self.take_gap();
        self.next_token();
        gap.join(self.take_gap());
        self.gaps.get_mut(self.position).into_iter().for_each(|next| *next = std::mem::take(&mut gap));
    }

    /// Writes comments and the separator before the next token, once.
    fn write_gap(&mut self) {
        if self.gap_written {
            return;
        }
        self.gap_written = true;
        let gap = self.take_gap();
        let separator = self.separator;
        let line_ends = self.comments(&gap, keeps_blank_line(separator));
        self.separate(&gap, separator, line_ends);
    }

    /// Writes the comments of a gap, each on its own line if it stood so; whether a line ended.
    fn comments(&mut self, gap: &Gap<'a>, keeps_blank_line: bool) -> bool {
        let mut line_ends = false;
        for comment in &gap.comments {
            let begins = self.pieces.is_empty();
            let own_line = comment.line_ends_before > 0 && !begins;
            if own_line {
                self.push(Piece::LineEnd { blank_line: keeps_blank_line && comment.line_ends_before > 1 });
                line_ends = true;
            }
            let blank = !own_line && !begins && !std::mem::take(&mut self.after_bracket);
            self.push(Piece::Comment { text: comment.text.clone(), blank, ends_line: comment.ends_line });
        }
        line_ends
    }

    /// Writes what stands after the comments of a gap.
    fn separate(&mut self, gap: &Gap<'a>, separator: Separator, line_ended: bool) {
        let blank_line = keeps_blank_line(separator) && gap.line_ends > 1;
        let commented = !gap.comments.is_empty();
        if self.pieces.is_empty() {
            return;
        }
        let piece = match separator {
            _ if commented && gap.ends_line() => Piece::LineEnd { blank_line },
            Separator::Break { .. } | Separator::LineEnd if line_ended => Piece::Blank,
            Separator::Nothing => return,
            Separator::Blank => Piece::Blank,
            Separator::Break { blank, .. } => Piece::Break { blank: blank || commented, blank_line },
            Separator::AsWritten if gap.line_ends == 0 => Piece::Blank,
            Separator::LineEnd | Separator::AsWritten => Piece::LineEnd { blank_line },
        };
        self.push(piece);
    }

    // Nodes.

    /// Writes what is broken together, or not at all.
    fn group(&mut self, inside: impl FnOnce(&mut Self)) {
        self.write_gap();
        self.push(Piece::Begin { broken: false });
        inside(self);
        self.push(Piece::End);
    }

    /// The elements of a node in their order, with its brackets if it has some.
    fn sequence(&mut self, node: &SyntaxNode) {
        let brackets = brackets(node);
        let mut inside = None;
        let mut before: Option<SyntaxElement> = None;
        let mut elements = elements(node);
        while let Some(element) = elements.next() {
            if let Some(before) = &before {
                self.separator = separator(node.kind(), inside, before, &element);
            }
            let next = elements.peek().map(SyntaxElement::kind);
            match (&element, brackets) {
                (SyntaxElement::Token(token), Some(brackets)) if inside.is_none() && token.kind() == brackets.open => {
                    inside = self.open(node, token, brackets, next);
                }
                (SyntaxElement::Token(token), Some(brackets)) if inside.is_some() && token.kind() == brackets.close => {
                    let empty = before.as_ref().is_some_and(|before| before.kind() == brackets.open);
                    self.close(token, brackets, empty);
                    inside = None;
                }
                (SyntaxElement::Token(token), _)
                    if token.kind() == K::Comma && is_optional(node, before.as_ref(), next) =>
                {
                    self.leave_out();
                    continue;
                }
                _ => self.element(&element),
            }
            before = Some(element);
        }
        if node.kind() == K::Arm && is_last_value(node) {
            self.push(Piece::CommaIfBroken);
        }
    }

    /// Opens brackets, unless nothing at all is in them.
    fn open(
        &mut self,
        node: &SyntaxNode,
        token: &SyntaxToken,
        brackets: Brackets,
        next: Option<K>,
    ) -> Option<Brackets> {
        let empty = next == Some(brackets.close) && self.gap(1).is_some_and(|gap| gap.comments.is_empty());
        if empty {
            self.token(token);
            return None;
        }
        self.write_gap();
        self.push(Piece::Begin { broken: brackets.are_braces() && was_broken(node, token, self.source) });
        self.token(token);
        self.push(Piece::Indent);
        Some(brackets)
    }

    fn close(&mut self, token: &SyntaxToken, brackets: Brackets, empty: bool) {
        if brackets.commas && !empty {
            self.push(Piece::CommaIfBroken);
        }
        let gap = self.take_gap();
        let line_ended = self.comments(&gap, brackets.are_braces());
        self.push(Piece::Dedent);
        let edge = match brackets.edge() {
            // A comment on its own line has the bracket on the next.
            _ if line_ended => Piece::LineEnd { blank_line: false },
            _ if !gap.comments.is_empty() && gap.ends_line() => Piece::LineEnd { blank_line: false },
            Separator::Break { blank, .. } => Piece::Break { blank, blank_line: false },
            _ => Piece::Blank,
        };
        self.push(edge);
        self.gap_written = true;
        self.token(token);
        self.push(Piece::End);
    }

    /// Operators that bind alike, each at the beginning of a line if they are broken.
    fn binary(&mut self, node: &SyntaxNode) {
        self.operands(node);
        self.push(Piece::Dedent);
    }

    fn operands(&mut self, node: &SyntaxNode) {
        let mut is_first = true;
        let mut operator: Option<SyntaxToken> = None;
        for element in elements(node) {
            match element {
                SyntaxElement::Node(left) if is_first => {
                    is_first = false;
                    self.left_operand(&left, strength(node));
                }
                SyntaxElement::Node(right) => self.node(&right),
                SyntaxElement::Token(token) => {
                    // `>` and `=` are one operator.
                    let separator = Separator::Break { blank: true, keeps_blank_line: false };
                    self.separator = if operator.is_some() { Separator::Nothing } else { separator };
                    self.token(&token);
                    operator = Some(token);
                }
            }
        }
    }

    fn left_operand(&mut self, left: &SyntaxNode, level: u8) {
        if left.kind() == K::Binary && !is_ratio(left) && strength(left) == level {
            return self.operands(left);
        }
        self.node(left);
        self.push(Piece::Indent);
    }

    /// `if a then b else if c then d else e`
    fn choice(&mut self, node: &SyntaxNode) {
        self.branches(node);
        self.push(Piece::Dedent);
    }

    fn branches(&mut self, node: &SyntaxNode) {
        let mut after_else = false;
        for element in elements(node) {
            match element {
                SyntaxElement::Node(other) if after_else && other.kind() == K::IfExpr => {
                    self.push(Piece::Dedent);
                    self.branches(&other);
                }
                SyntaxElement::Node(part) => self.node(&part),
                SyntaxElement::Token(word) => {
                    after_else = word.text() == "else";
                    if word.text() == "then" {
                        self.push(Piece::Indent);
                    }
                    if word.text() != "if" {
                        self.separator = Separator::Break { blank: true, keeps_blank_line: false };
                    }
                    self.token(&word);
                }
            }
        }
    }

    /// `a except b if c except d if e`
    fn exceptions(&mut self, node: &SyntaxNode) {
        let mut is_first = true;
        for element in elements(node) {
            if element.as_token().is_some_and(|token| token.text() == "except") {
                self.separator = Separator::Break { blank: true, keeps_blank_line: false };
            }
            self.element(&element);
            if std::mem::take(&mut is_first) {
                self.push(Piece::Indent);
            }
        }
        self.push(Piece::Dedent);
    }

    /// `require e else E(…);`
    fn requirement(&mut self, node: &SyntaxNode) {
        let mut before: Option<SyntaxElement> = None;
        for element in elements(node) {
            if let Some(before) = &before {
                self.separator = separator(node.kind(), None, before, &element);
            }
            if element.as_token().is_some_and(|token| token.text() == "else") {
                self.separator = Separator::Break { blank: true, keeps_blank_line: false };
            }
            self.element(&element);
            if before.is_none() {
                self.push(Piece::Indent);
            }
            before = Some(element);
        }
        self.push(Piece::Dedent);
    }
}

fn keeps_blank_line(separator: Separator) -> bool {
    matches!(separator, Separator::LineEnd | Separator::Break { keeps_blank_line: true, .. })
}

/// Whether a comma is there or not as one likes: before what closes, and after the block of a case.
fn is_optional(node: &SyntaxNode, before: Option<&SyntaxElement>, next: Option<K>) -> bool {
    match node.kind() {
        K::Arm => is_last_value(node) || before.is_some_and(|element| element.kind() == K::Block),
        K::TypeRef => next == Some(K::Greater),
        _ => matches!(next, Some(K::RParen | K::RBracket | K::RBrace)),
    }
}

/// Whether it is the last case of a `match`, and a value.
fn is_last_value(arm: &SyntaxNode) -> bool {
    arm.next_sibling().is_none() && arm.children().all(|part| part.kind() != K::Block)
}

/// Whether a line ends between a brace and the one that closes it.
fn was_broken(node: &SyntaxNode, open: &SyntaxToken, source: &str) -> bool {
    let range = usize::from(open.text_range().end())..usize::from(node.text_range().end());
    source.get(range).unwrap_or_default().contains('\n')
}
