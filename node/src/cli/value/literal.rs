//! The text of one value, before it has a type.
//!
//! ```text
//! value   := true | false | null | number | bytes | bits | text | account | list | fields | word [list | fields]
//! number  := [+-] digits, underscores allowed          1_000_000_000_000
//! bytes   := 0x hex digits                             0xdead_beef is not: hex takes no underscores
//! bits    := < 0s and 1s >                             <0110>
//! text    := "…" or '…', with \" \' \\ \n \t \u…        "a sentence"
//! account := //path of a development account           //Alice, //Alice//stash
//! list    := ( value, … ) or [ value, … ]              a tuple, array or sequence
//! fields  := { name: value, … }                        a struct; names may be quoted, as in JSON
//! word    := letters, digits, _ and .                  None, 5Grwva…, Balances.transfer_all{…}
//! ```
//!
//! This holds `scale_value`'s text form and JSON, and what people type into a shell.

use std::fmt;

/// Deepest nesting of lists and fields; metadata types are far shallower.
const DEPTH_MAX: usize = 64;

/// Longest text of one value, in bytes: as hex, twice the largest extrinsic.
const LENGTH_MAX: usize = 2 * icn_primitives::limits::EXTRINSIC_BYTES_MAX as usize;

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `null`: no value, where a type is optional.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of 0 or more.
    Number(u128),
    /// A whole number below 0.
    Negative(i128),
    /// `0x…`
    Bytes(Vec<u8>),
    /// `<0101>`
    Bits(Vec<bool>),
    /// Quoted text.
    Text(String),
    /// The path of a development account, `//Alice`.
    Development(String),
    /// An address, or the name of a variant without content.
    Word(String),
    /// A tuple, array or sequence.
    List(Vec<Literal>),
    /// A struct: names and values in the order written.
    Fields(Vec<(String, Literal)>),
    /// A variant with content, or a call as `Pallet.call{…}`.
    Variant(String, Box<Literal>),
}

/// Why a text is no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiteralError {
    /// Something else should stand there.
    #[error("at character {at}: expected {expected}")]
    Expected {
        /// Number of the character, the first is 1.
        at: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// Something follows the value.
    #[error("at character {at}: nothing may follow the value; quote a text that has spaces or punctuation")]
    Trailing {
        /// Number of the character.
        at: usize,
    },
    /// The number has more digits than any SCALE integer up to 128 bits.
    #[error("at character {at}: the number is outside of 128 bits")]
    TooLarge {
        /// Where the number starts.
        at: usize,
    },
    /// More than [`LENGTH_MAX`] bytes.
    #[error("the value is longer than {LENGTH_MAX} characters")]
    TooLong,
    /// More than [`DEPTH_MAX`] containers in one another.
    #[error("the value is nested more than {DEPTH_MAX} deep")]
    TooDeep,
}

impl Literal {
    /// Reads a whole text as one value.
    ///
    /// # Errors
    /// When it is none, too long or too deep.
    pub fn parse(text: &str) -> Result<Self, LiteralError> {
        if text.len() > LENGTH_MAX {
            return Err(LiteralError::TooLong);
        }
        let mut parser = Parser { text, position: 0, depth: 0 };
        let value = parser.value()?;
        parser.skip_space();
        match parser.peek() {
            None => Ok(value),
            Some(_) => Err(LiteralError::Trailing { at: parser.character() }),
        }
    }
}

impl fmt::Display for Literal {
    /// Names the kind of literal, for messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => write!(f, "null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Negative(value) => write!(f, "{value}"),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Bits(bits) => write!(f, "{} bits", bits.len()),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Development(word) | Self::Word(word) => write!(f, "{word}"),
            Self::List(items) => write!(f, "a list of {}", items.len()),
            Self::Fields(fields) => write!(f, "{} named fields", fields.len()),
            Self::Variant(name, _) => write!(f, "{name} with content"),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn value(&mut self) -> Result<Literal, LiteralError> {
        self.skip_space();
        match self.peek() {
            Some('(') => Ok(Literal::List(self.list('(', ')')?)),
            Some('[') => Ok(Literal::List(self.list('[', ']')?)),
            Some('{') => Ok(Literal::Fields(self.fields()?)),
            Some('"' | '\'') => Ok(Literal::Text(self.text()?)),
            Some('<') => self.bits(),
            Some('/') => Ok(Literal::Development(self.take(is_path).to_owned())),
            Some('+' | '-') => self.number(),
            Some(c) if c.is_ascii_digit() => self.number_or_word(),
            Some(c) if c.is_alphabetic() || c == '_' => self.word(),
            _ => Err(self.expected("a value")),
        }
    }

    /// `0x…` is bytes, digits are a number, and digits followed by letters are an address.
    fn number_or_word(&mut self) -> Result<Literal, LiteralError> {
        let rest = &self.text[self.position..];
        if rest.starts_with("0x") {
            return self.bytes();
        }
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(rest.len());
        match rest[digits..].chars().next() {
            Some(c) if is_word(c) => self.word(),
            _ => self.number(),
        }
    }

    fn bytes(&mut self) -> Result<Literal, LiteralError> {
        self.position += 2;
        let start = self.character();
        let digits = self.take(|c| c.is_alphanumeric() || c == '_');
        let wrong = LiteralError::Expected { at: start, expected: "an even number of hex digits" };
        hex::decode(digits).map(Literal::Bytes).map_err(|_| wrong)
    }

    fn number(&mut self) -> Result<Literal, LiteralError> {
        let at = self.character();
        let negative = self.peek() == Some('-');
        if matches!(self.peek(), Some('+' | '-')) {
            self.advance();
        }
        let digits: String = self.take(|c| c.is_ascii_digit() || c == '_').chars().filter(|c| *c != '_').collect();
        if digits.is_empty() {
            return Err(self.expected("a digit"));
        }
        let number = match negative {
            true => format!("-{digits}").parse().map(Literal::Negative),
            false => digits.parse().map(Literal::Number),
        };
        number.map_err(|_| LiteralError::TooLarge { at })
    }

    fn word(&mut self) -> Result<Literal, LiteralError> {
        let word = self.take(is_word).to_owned();
        match word.as_str() {
            "true" => return Ok(Literal::Bool(true)),
            "false" => return Ok(Literal::Bool(false)),
            "null" => return Ok(Literal::Null),
            _ => {}
        }
        let after = self.position;
        self.skip_space();
        match self.peek() {
            Some('(') => Ok(Literal::Variant(word, Box::new(Literal::List(self.list('(', ')')?)))),
            Some('{') => Ok(Literal::Variant(word, Box::new(Literal::Fields(self.fields()?)))),
            _ => {
                self.position = after;
                Ok(Literal::Word(word))
            }
        }
    }

    fn bits(&mut self) -> Result<Literal, LiteralError> {
        self.advance();
        let bits = self.take(|c| c == '0' || c == '1').chars().map(|c| c == '1').collect();
        self.expect('>', "'>' after bits, each 0 or 1")?;
        Ok(Literal::Bits(bits))
    }

    fn text(&mut self) -> Result<String, LiteralError> {
        let quote = self.advance();
        let mut text = String::new();
        loop {
            match self.advance() {
                None => return Err(self.expected("the closing quote")),
                Some('\\') => text.push(self.escaped()?),
                c if c == quote => return Ok(text),
                Some(c) => text.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, LiteralError> {
        match self.advance() {
            Some('n') => Ok('\n'),
            Some('t') => Ok('\t'),
            Some('r') => Ok('\r'),
            Some('0') => Ok('\0'),
            Some(c @ ('"' | '\'' | '\\' | '/')) => Ok(c),
            Some('u') => self.code_point(),
            _ => Err(self.expected("one of n t r 0 u \\ / and the quotes after a backslash")),
        }
    }

    /// `\u00e9` as in JSON, or `\u{e9}` as in Rust; not the halves of a pair that JSON has for what is beyond 16 bits.
    fn code_point(&mut self) -> Result<char, LiteralError> {
        let expected = "a character as \\u and 4 hex digits, or \\u{ } with up to 6";
        let braced = self.peek() == Some('{');
        if braced {
            self.advance();
        }
        let rest = &self.text[self.position..];
        let length = if braced { rest.find('}').filter(|length| *length <= 6) } else { Some(4) };
        let digits = length.and_then(|length| rest.get(..length)).ok_or_else(|| self.expected(expected))?;
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'));
        let character = code.and_then(char::from_u32).ok_or_else(|| self.expected(expected))?;
        self.position += digits.len() + usize::from(braced);
        Ok(character)
    }

    fn list(&mut self, open: char, close: char) -> Result<Vec<Literal>, LiteralError> {
        self.container(open, close, "',' or the closing bracket", Self::value)
    }

    fn fields(&mut self) -> Result<Vec<(String, Literal)>, LiteralError> {
        self.container('{', '}', "',' or '}'", Self::field)
    }

    fn field(&mut self) -> Result<(String, Literal), LiteralError> {
        let name = match self.peek() {
            Some('"' | '\'') => self.text()?,
            _ => self.take(|c| c.is_alphanumeric() || c == '_').to_owned(),
        };
        if name.is_empty() {
            return Err(self.expected("the name of a field"));
        }
        self.skip_space();
        self.expect(':', "':' after the name of a field")?;
        Ok((name, self.value()?))
    }

    /// Items between two brackets, separated by commas; one may follow the last.
    fn container<T>(
        &mut self,
        open: char,
        close: char,
        expected: &'static str,
        item: impl Fn(&mut Self) -> Result<T, LiteralError>,
    ) -> Result<Vec<T>, LiteralError> {
        self.expect(open, "an opening bracket")?;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(LiteralError::TooDeep);
        }
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.peek() == Some(close) {
                break;
            }
            items.push(item(self)?);
            self.skip_space();
            match self.peek() {
                Some(',') => self.advance(),
                Some(c) if c == close => break,
                _ => return Err(self.expected(expected)),
            };
        }
        self.advance();
        self.depth -= 1;
        Ok(items)
    }

    fn peek(&self) -> Option<char> {
        self.text[self.position..].chars().next()
    }

    fn advance(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.position += next.len_utf8();
        Some(next)
    }

    fn expect(&mut self, wanted: char, expected: &'static str) -> Result<(), LiteralError> {
        match self.peek() {
            Some(c) if c == wanted => {
                self.advance();
                Ok(())
            }
            _ => Err(self.expected(expected)),
        }
    }

    fn take(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.text[self.position..];
        let length = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.position += length;
        &rest[..length]
    }

    fn skip_space(&mut self) {
        self.take(char::is_whitespace);
    }

    fn character(&self) -> usize {
        self.text[..self.position].chars().count() + 1
    }

    fn expected(&self, expected: &'static str) -> LiteralError {
        LiteralError::Expected { at: self.character(), expected }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

fn is_path(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '/' | '_' | '-' | '.')
}

#[cfg(test)]
mod tests;
