//! The kinds of tokens and nodes of the syntax tree.

use logos::Logos;

/// What a token or a node of the syntax tree is.
///
/// Words of the language are [`Self::Ident`] tokens; the parser knows them by their text, as most of them are names elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Logos)]
#[repr(u16)]
#[logos(utf8 = true)]
pub enum SyntaxKind {
    // Tokens.
    /// Blanks, tabs and line ends.
    #[regex(r"[ \t\r\n]+")]
    Whitespace,
    /// `// …`
    #[regex(r"//[^\n]*", allow_greedy = true)]
    LineComment,
    /// `/// …`: kept in the descriptor.
    #[regex(r"///[^\n]*", allow_greedy = true, priority = 20)]
    DocComment,
    /// `/* … */`
    #[token("/*", block_comment)]
    BlockComment,
    /// A name or a word of the language.
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
    Ident,
    /// `42`
    #[regex(r"[0-9]+", priority = 10)]
    Int,
    /// `12.50`
    #[regex(r"[0-9]+\.[0-9]+", priority = 10)]
    Decimal,
    /// `1.0.0`
    #[regex(r"[0-9]+\.[0-9]+\.[0-9]+", priority = 10)]
    Semver,
    /// `50%`, `12.5%`
    #[regex(r"[0-9]+(\.[0-9]+)?%", priority = 10)]
    Percent,
    /// `7d`, `7d12h`
    #[regex(r"([0-9]+[wdhms])+", priority = 10)]
    Duration,
    /// Digits that run into letters: `500hours`.
    #[regex(r"[0-9][A-Za-z0-9_]*", priority = 5)]
    #[regex(r"[0-9]+\.[0-9]+[A-Za-z_][A-Za-z0-9_]*", priority = 5)]
    BadNumber,
    /// `"…"`
    #[regex(r#""([^"\\\n]|\\.)*""#)]
    String,
    /// `did"…"`, `cid"…"`, `time"…"`
    #[regex(r#"(did|cid|time)"([^"\\\n]|\\.)*""#, priority = 20)]
    Tagged,
    /// A string that does not end on its line.
    #[regex(r#""([^"\\\n]|\\.)*"#, priority = 1)]
    OpenString,
    /// `(`
    #[token("(")]
    LParen,
    /// `)`
    #[token(")")]
    RParen,
    /// `{`
    #[token("{")]
    LBrace,
    /// `}`
    #[token("}")]
    RBrace,
    /// `[`
    #[token("[")]
    LBracket,
    /// `]`
    #[token("]")]
    RBracket,
    /// `,`
    #[token(",")]
    Comma,
    /// `;`
    #[token(";")]
    Semicolon,
    /// `:`
    #[token(":")]
    Colon,
    /// `.`
    #[token(".")]
    Dot,
    /// `..`
    #[token("..")]
    DotDot,
    /// `@`
    #[token("@")]
    At,
    /// `+`
    #[token("+")]
    Plus,
    /// `-`
    #[token("-")]
    Minus,
    /// `*`
    #[token("*")]
    Star,
    /// `/`
    #[token("/")]
    Slash,
    /// `=`
    #[token("=")]
    Assign,
    /// `==`
    #[token("==")]
    EqEq,
    /// `!=`
    #[token("!=")]
    NotEq,
    /// `<`
    #[token("<")]
    Less,
    /// `<=`
    #[token("<=")]
    LessEq,
    /// `>`; two of them, and one with `=`, are put together by the parser where no type is read.
    #[token(">")]
    Greater,
    /// `+=`
    #[token("+=")]
    PlusAssign,
    /// `-=`
    #[token("-=")]
    MinusAssign,
    /// `->`
    #[token("->")]
    Arrow,
    /// `=>`
    #[token("=>")]
    FatArrow,
    /// Bytes that begin no token.
    Unknown,

    // Nodes.
    /// The whole source.
    File,
    /// `constitution "…" version 1.0.0 for cooperative;`
    Header,
    /// `import "core/civic@1" as civic;`
    Import,
    /// `@max(1000)`
    Attribute,
    /// `role steward { … }`
    Decl,
    /// `key: value;` in a declaration.
    Setting,
    /// `key name { … }` in a declaration.
    SettingBlock,
    /// `band 0 eur .. 500 eur { … }`
    Band,
    /// `effect { … }`
    Effect,
    /// `const N: Int = 3;`
    Const,
    /// `param quorum: Ratio in 10%..90% = 50%;`
    ParamItem,
    /// `permission cast "may cast a ballot";`
    Permission,
    /// `found { clerk: founders List<Did>; }`
    Found,
    /// One line of `found`.
    Founder,
    /// `record R { … }`
    Record,
    /// `name: Type` of a record, an event, an error or a function.
    Field,
    /// `enum E { … }`
    Enum,
    /// One variant of an `enum`.
    Variant,
    /// `state x: Int = 0;`
    State,
    /// `drop state x;`
    DropState,
    /// `event E(…);`
    Event,
    /// `error E(…);`
    ErrorItem,
    /// `fn`, `view` or `action`.
    Func,
    /// `on E(…) { … }`
    Handler,
    /// `invariant i: …;`
    Invariant,
    /// `entrench […] requires 9/10;`
    Entrench,
    /// `test "…" { … }`
    Test,
    /// What stands where an item should, and is none.
    ErrorNode,
    /// `(a: Int, b: Int)`
    Params,
    /// `Map<Int, Text>`
    TypeRef,
    /// `process.amendment`
    Path,
    /// `{ … }` of statements.
    Block,
    /// `let x: Int = 1;`
    Let,
    /// `a.b[c] += 1;`
    AssignStmt,
    /// `delete m[k];`
    Delete,
    /// `if … { … } else { … }`
    If,
    /// `for x in xs { … }`
    For,
    /// `match x { … }`
    Match,
    /// One arm of a `match`.
    Arm,
    /// `require … else E(…);`
    Require,
    /// `emit E(…);`
    Emit,
    /// `return …;`
    Return,
    /// An expression and `;`.
    ExprStmt,
    /// A pattern of an arm.
    Pattern,
    /// A literal.
    Literal,
    /// `12.50 eur`
    AmountLit,
    /// A name in an expression.
    Name,
    /// `(…)`
    Paren,
    /// `[…]`
    ListLit,
    /// `{k: v}`
    MapLit,
    /// `R { … }`
    RecordLit,
    /// `name: expr` of a record literal, `expr: expr` of a map.
    Entry,
    /// `if … then … else …`
    IfExpr,
    /// `a except b if c`
    Except,
    /// `all(x in xs where e : e)`
    Comprehension,
    /// `a + b`
    Binary,
    /// `-a`, `not a`
    Unary,
    /// `f(…)`
    Call,
    /// Arguments of a call.
    Args,
    /// One argument.
    Arg,
    /// `a.b`
    FieldAccess,
    /// `a[b]`
    Index,
    /// `a .. b` of a band or of a parameter's range.
    Range,
}

impl SyntaxKind {
    /// Whether the parser passes over it.
    pub fn is_trivia(self) -> bool {
        matches!(self, Self::Whitespace | Self::LineComment | Self::BlockComment | Self::DocComment)
    }
}

/// Goes on to the end of the comment, or of the source.
fn block_comment(lexer: &mut logos::Lexer<SyntaxKind>) {
    let rest = lexer.remainder();
    lexer.bump(rest.find("*/").map_or(rest.len(), |at| at + 2));
}

/// The language of the tree, for `rowan`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ccl {}

impl rowan::Language for Ccl {
    type Kind = SyntaxKind;

    fn kind_from_raw(raw: rowan::SyntaxKind) -> SyntaxKind {
        KINDS.get(usize::from(raw.0)).copied().unwrap_or(SyntaxKind::Unknown)
    }

    fn kind_to_raw(kind: SyntaxKind) -> rowan::SyntaxKind {
        rowan::SyntaxKind(kind as u16)
    }
}

/// A node of the tree.
pub type SyntaxNode = rowan::SyntaxNode<Ccl>;
/// A token of the tree.
pub type SyntaxToken = rowan::SyntaxToken<Ccl>;
/// A node or a token.
pub type SyntaxElement = rowan::SyntaxElement<Ccl>;

/// All kinds, each at its number.
const KINDS: &[SyntaxKind] = &[
    SyntaxKind::Whitespace,
    SyntaxKind::LineComment,
    SyntaxKind::DocComment,
    SyntaxKind::BlockComment,
    SyntaxKind::Ident,
    SyntaxKind::Int,
    SyntaxKind::Decimal,
    SyntaxKind::Semver,
    SyntaxKind::Percent,
    SyntaxKind::Duration,
    SyntaxKind::BadNumber,
    SyntaxKind::String,
    SyntaxKind::Tagged,
    SyntaxKind::OpenString,
    SyntaxKind::LParen,
    SyntaxKind::RParen,
    SyntaxKind::LBrace,
    SyntaxKind::RBrace,
    SyntaxKind::LBracket,
    SyntaxKind::RBracket,
    SyntaxKind::Comma,
    SyntaxKind::Semicolon,
    SyntaxKind::Colon,
    SyntaxKind::Dot,
    SyntaxKind::DotDot,
    SyntaxKind::At,
    SyntaxKind::Plus,
    SyntaxKind::Minus,
    SyntaxKind::Star,
    SyntaxKind::Slash,
    SyntaxKind::Assign,
    SyntaxKind::EqEq,
    SyntaxKind::NotEq,
    SyntaxKind::Less,
    SyntaxKind::LessEq,
    SyntaxKind::Greater,
    SyntaxKind::PlusAssign,
    SyntaxKind::MinusAssign,
    SyntaxKind::Arrow,
    SyntaxKind::FatArrow,
    SyntaxKind::Unknown,
    SyntaxKind::File,
    SyntaxKind::Header,
    SyntaxKind::Import,
    SyntaxKind::Attribute,
    SyntaxKind::Decl,
    SyntaxKind::Setting,
    SyntaxKind::SettingBlock,
    SyntaxKind::Band,
    SyntaxKind::Effect,
    SyntaxKind::Const,
    SyntaxKind::ParamItem,
    SyntaxKind::Permission,
    SyntaxKind::Found,
    SyntaxKind::Founder,
    SyntaxKind::Record,
    SyntaxKind::Field,
    SyntaxKind::Enum,
    SyntaxKind::Variant,
    SyntaxKind::State,
    SyntaxKind::DropState,
    SyntaxKind::Event,
    SyntaxKind::ErrorItem,
    SyntaxKind::Func,
    SyntaxKind::Handler,
    SyntaxKind::Invariant,
    SyntaxKind::Entrench,
    SyntaxKind::Test,
    SyntaxKind::ErrorNode,
    SyntaxKind::Params,
    SyntaxKind::TypeRef,
    SyntaxKind::Path,
    SyntaxKind::Block,
    SyntaxKind::Let,
    SyntaxKind::AssignStmt,
    SyntaxKind::Delete,
    SyntaxKind::If,
    SyntaxKind::For,
    SyntaxKind::Match,
    SyntaxKind::Arm,
    SyntaxKind::Require,
    SyntaxKind::Emit,
    SyntaxKind::Return,
    SyntaxKind::ExprStmt,
    SyntaxKind::Pattern,
    SyntaxKind::Literal,
    SyntaxKind::AmountLit,
    SyntaxKind::Name,
    SyntaxKind::Paren,
    SyntaxKind::ListLit,
    SyntaxKind::MapLit,
    SyntaxKind::RecordLit,
    SyntaxKind::Entry,
    SyntaxKind::IfExpr,
    SyntaxKind::Except,
    SyntaxKind::Comprehension,
    SyntaxKind::Binary,
    SyntaxKind::Unary,
    SyntaxKind::Call,
    SyntaxKind::Args,
    SyntaxKind::Arg,
    SyntaxKind::FieldAccess,
    SyntaxKind::Index,
    SyntaxKind::Range,
];

#[cfg(test)]
mod tests {
    use super::*;
    use rowan::Language as _;

    #[test]
    fn every_kind_is_at_its_number() {
        for kind in KINDS {
            assert_eq!(Ccl::kind_from_raw(Ccl::kind_to_raw(*kind)), *kind);
        }
        assert_eq!(KINDS.last(), Some(&SyntaxKind::Range));
    }
}
