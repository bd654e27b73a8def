//! Documents made at random by the grammar, and what of a document formatting must not change.

use icn_ccl::syntax::{parse, SyntaxKind as K, SyntaxNode, SyntaxToken};

/// Numbers from bytes; 0 when there are no more, which everywhere is the shortest choice.
pub(crate) struct Choices<'a>(pub(crate) std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn below(&mut self, max: u8) -> u8 {
        self.0.next().map_or(0, |byte| byte % max)
    }

    fn of<'b>(&mut self, words: &[&'b str]) -> &'b str {
        words[usize::from(self.below(words.len() as u8))]
    }
}

/// Words of a document that parses, from choices.
pub(crate) struct Draft<'a> {
    choices: Choices<'a>,
    words: Vec<String>,
    depth: u8,
}

const NAMES: [&str; 8] = ["a", "count", "role", "till", "one_long_name_of_something", "state", "x1", "where_else"];
const LITERALS: [&str; 12] = [
    "1",
    "5 eur",
    "12.50 hours",
    "50%",
    "7d12h",
    "\"text\"",
    "\"\\\"{ // no comment\"",
    "time\"2027-01-01T00:00:00Z\"",
    "true",
    "none",
    "did\"did:icn:a\"",
    "0",
];

impl<'a> Draft<'a> {
    pub(crate) fn document(bytes: &'a [u8]) -> Vec<String> {
        let mut draft = Draft { choices: Choices(bytes.iter()), words: vec![], depth: 0 };
        draft.put("contract \"T\" version 1.0.0 for node");
        if draft.choices.below(2) == 1 {
            draft.put("extends \"base@1\"");
        }
        draft.put(";");
        for _ in 0..draft.choices.below(3) {
            draft.put("import \"core/civic@1\" as civic ;");
        }
        for _ in 0..=draft.choices.below(6) {
            draft.item();
        }
        draft.words
    }

    /// Words with blanks between them.
    fn put(&mut self, words: &str) {
        let is_whole = LITERALS.contains(&words);
        let words = if is_whole { vec![words] } else { words.split(' ').collect() };
        self.words.extend(words.into_iter().map(String::from));
    }

    fn name(&mut self) {
        let name = self.choices.of(&NAMES);
        self.put(name);
    }

    /// Goes deeper, or takes the shortest way.
    fn deeper(&mut self, choices: u8, inside: impl FnOnce(&mut Self, u8)) {
        self.depth += 1;
        let choice = if self.depth > 9 { 0 } else { self.choices.below(choices) };
        inside(self, choice);
        self.depth -= 1;
    }

    fn list(&mut self, mut each: impl FnMut(&mut Self)) {
        let number = self.choices.below(5);
        for at in 0..number {
            each(self);
            if at + 1 < number || self.choices.below(2) == 1 {
                self.put(",");
            }
        }
    }

    fn item(&mut self) {
        if self.choices.below(8) == 7 {
            self.put("@ max (");
            self.list(Self::expression);
            self.put(")");
        }
        match self.choices.below(14) {
            0 => self.statement_of("const N : Int =", Self::expression),
            1 => self.statement_of("param p : Ratio in 10% .. 90% =", Self::expression),
            2 => self.put("permission cast \"may-cast\" ;"),
            3 => self.put("found { clerk : founders List < Did > in 3 .. 9 ; }"),
            4 => self.braces("record R {", Self::field),
            5 => self.braces("enum E {", Self::variant),
            6 => self.statement_of("state s :", Self::type_ref),
            7 => self.statement_of("error E (", |draft| {
                draft.list(Self::field);
                draft.put(")");
            }),
            8 => self.function(),
            9 => self.statement_of("invariant i :", Self::expression),
            10 => self.statement_of("entrench [ process . amendment , invariant . one , ] requires", Self::expression),
            11 => {
                self.put("test \"t\"");
                self.block();
            }
            12 => self.put("drop state old ;"),
            _ => self.declaration(),
        }
    }

    fn statement_of(&mut self, begin: &str, inside: impl FnOnce(&mut Self)) {
        self.put(begin);
        inside(self);
        self.put(";");
    }

    fn braces(&mut self, begin: &str, each: impl FnMut(&mut Self)) {
        self.put(begin);
        self.list(each);
        self.put("}");
    }

    fn field(&mut self) {
        if self.choices.below(6) == 5 {
            self.put("@ max ( 3 ) @ signed");
        }
        self.name();
        self.put(":");
        self.type_ref();
    }

    fn variant(&mut self) {
        self.name();
        if self.choices.below(2) == 1 {
            self.put("(");
            self.list(Self::type_ref);
            self.put(")");
        }
    }

    fn type_ref(&mut self) {
        self.deeper(4, |draft, choice| match choice {
            0 | 1 => draft.put("Int"),
            2 => draft.put("law . Project"),
            _ => {
                draft.put("Map <");
                draft.type_ref();
                draft.put(", Amount < eur > >");
            }
        });
    }

    fn function(&mut self) {
        let kind = self.choices.of(&["fn f (", "view v (", "action act ("]);
        self.put(kind);
        self.list(Self::field);
        self.put(")");
        if self.choices.below(2) == 1 {
            self.put("->");
            self.type_ref();
            self.put("requires vote");
        }
        self.block();
    }

    fn declaration(&mut self) {
        let begin = self.choices.of(&["role r extends member {", "process p {", "proposal P ( a : Int ) {"]);
        self.put(begin);
        self.settings();
        if self.choices.below(2) == 1 {
            self.put("effect");
            self.block();
        }
        self.put("}");
    }

    fn settings(&mut self) {
        for _ in 0..self.choices.below(5) {
            self.deeper(6, |draft, choice| match choice {
                4 => {
                    draft.put("category wages {");
                    draft.settings();
                    draft.put("}");
                }
                5 => draft.put("band 0 eur .. 500 eur { role : steward ; } claims { a : Text ; }"),
                _ => {
                    draft.name();
                    draft.statement_of(":", Self::expression);
                }
            });
        }
    }

    fn block(&mut self) {
        self.put("{");
        for _ in 0..self.choices.below(4) {
            self.statement();
        }
        self.put("}");
    }

    fn statement(&mut self) {
        self.deeper(10, |draft, choice| match choice {
            0 => draft.put("n += 1 ;"),
            1 => draft.statement_of("let b : Int =", Self::expression),
            2 => draft.statement_of("m [ k ] . f =", Self::expression),
            3 => draft.statement_of("return", Self::expression),
            4 => draft.branch(),
            5 => {
                draft.put("for x in");
                draft.head();
                draft.block();
            }
            6 => draft.matching(),
            7 => {
                draft.put("require");
                draft.expression();
                draft.statement_of("else Err", Self::arguments);
            }
            8 => draft.statement_of("emit Done", Self::arguments),
            _ => draft.statement_of("delete m", |draft| draft.put("[ k ]")),
        });
    }

    fn branch(&mut self) {
        self.put("if");
        self.head();
        self.block();
        match self.choices.below(3) {
            1 => {
                self.put("else");
                self.block();
            }
            2 if self.depth < 9 => {
                self.put("else");
                self.deeper(1, |draft, _| draft.branch());
            }
            _ => {}
        }
    }

    fn matching(&mut self) {
        self.put("match x {");
        let arms = self.choices.below(4);
        for at in 0..arms {
            let pattern =
                self.choices.of(&["_", "Phase . Vote", "some ( x , )", "- 3", "Pair ( _ , Phase . Build ( y ) )"]);
            self.put(pattern);
            self.put("=>");
            if self.choices.below(2) == 1 {
                self.block();
                if self.choices.below(2) == 1 {
                    self.put(",");
                }
            } else {
                // A brace would be a block.
                self.put("0 +");
                self.expression();
                if at + 1 < arms || self.choices.below(2) == 1 {
                    self.put(",");
                }
            }
        }
        self.put("}");
    }

    fn head(&mut self) {
        let head = self.choices.of(&["xs", "a == 1", "f ( R { a : 1 } )", "m . values ( )"]);
        self.put(head);
    }

    fn arguments(&mut self) {
        self.put("(");
        self.list(|draft| {
            if draft.choices.below(3) == 2 {
                draft.put("to :");
            }
            draft.expression();
        });
        self.put(")");
    }

    fn expression(&mut self) {
        self.deeper(16, |draft, choice| match choice {
            0 | 1 => {
                let literal = draft.choices.of(&LITERALS);
                draft.put(literal);
            }
            2 => draft.put("who"),
            3..=5 => draft.binary(),
            6 => {
                draft.put("a . call");
                draft.arguments();
            }
            7 => {
                draft.put("[");
                draft.list(Self::expression);
                draft.put("]");
            }
            8 => draft.entries("( {"),
            9 => draft.entries("( Record {"),
            10 => {
                draft.put("( not");
                draft.expression();
                draft.put(")");
            }
            11 => draft.put("( - - b )"),
            12 => {
                draft.put("( if a == b then");
                draft.expression();
                draft.put("else");
                draft.expression();
                draft.put(")");
            }
            13 => {
                draft.put("(");
                draft.expression();
                draft.put("except");
                draft.expression();
                draft.put("if a == b )");
            }
            14 => {
                draft.put("( all ( x in");
                draft.expression();
                draft.put("where x > y :");
                draft.expression();
                draft.put(") )");
            }
            _ => {
                draft.put("( m [");
                draft.expression();
                draft.put("] )");
            }
        });
    }

    fn entries(&mut self, begin: &str) {
        self.braces(begin, |draft| {
            draft.put("key :");
            draft.expression();
        });
        self.put(")");
    }

    fn binary(&mut self) {
        self.put("who");
        for _ in 0..=self.choices.below(6) {
            let operator = self.choices.of(&["+", "-", "*", "/", "and", "or"]);
            self.put(operator);
            let operand =
                self.choices.of(&["1 / 2", "b . c", "f ( a , b )", "total_of_everything", "( a >= b )", "who"]);
            self.put(operand);
        }
    }
}

/// Puts words together with blanks, line ends and comments between them.
pub(crate) fn joined(words: &[String], choices: &[u8]) -> String {
    let mut choices = Choices(choices.iter());
    let mut text = String::new();
    for word in words {
        text.push_str(word);
        text.push_str(match choices.below(48) {
            20..=27 => "\n",
            28 => "\n\n\n",
            29 => "\r\n",
            30 => " /* a */ ",
            31 => "\n// b\n",
            32 => " // c \n",
            33 => "\n\n/// d\n\n",
            34 => " /* e\n   e */ ",
            35 => "\n\t/* f */\n",
            36 => " /**//* g */",
            _ => " ",
        });
    }
    text
}

/// The words of a source, as they stand, without what is between them.
pub(crate) fn words(source: &str) -> Vec<String> {
    let tokens = tokens(&parse(source).syntax());
    let mut words: Vec<String> = vec![];
    let mut last: Option<SyntaxToken> = None;
    for token in tokens.filter(|token| !token.kind().is_trivia()) {
        let joined = last.as_ref().is_some_and(|last| {
            let amount = token.parent().is_some_and(|parent| parent.kind() == K::AmountLit);
            let touch = last.text_range().end() == token.text_range().start();
            let both = last.kind() == K::Greater && token.kind() == K::Assign && touch;
            both || amount && last.parent() == token.parent()
        });
        match words.last_mut().filter(|_| joined) {
            Some(word) if token.kind() == K::Assign => word.push('='),
            Some(word) => *word = format!("{word} {}", token.text()),
            None => words.push(token.text().into()),
        }
        last = Some(token);
    }
    words
}

fn tokens(root: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> {
    root.descendants_with_tokens().filter_map(|element| element.into_token())
}

/// All that formatting leaves as it is: tokens and comments in their order, without commas that may be there or not.
pub(crate) fn substance(source: &str) -> Vec<String> {
    let root = parse(source).syntax();
    let kept = tokens(&root).filter(|token| token.kind() != K::Whitespace && !is_optional_comma(token));
    let text = |token: SyntaxToken| match token.kind().is_trivia() {
        true => token.text().replace("\r\n", "\n").trim_end().to_owned(),
        false => token.text().to_owned(),
    };
    kept.map(text).collect()
}

fn is_optional_comma(token: &SyntaxToken) -> bool {
    let Some(parent) = token.parent().filter(|_| token.kind() == K::Comma) else { return false };
    if parent.kind() == K::Arm {
        let is_last = parent.next_sibling().is_none();
        return is_last || parent.children().any(|child| child.kind() == K::Block);
    }
    let mut following = std::iter::successors(token.next_token(), SyntaxToken::next_token);
    let next = following.find(|next| !next.kind().is_trivia()).map(|next| next.kind());
    match parent.kind() {
        K::TypeRef => next == Some(K::Greater),
        _ => matches!(next, Some(K::RParen | K::RBracket | K::RBrace)),
    }
}
