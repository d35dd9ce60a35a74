//! Cuts the text of a filter into tokens.

use super::{Comparator, Offset, Open, Word};
use crate::error::{Fault, Misplaced, shown};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(Word),
    Comparator(Comparator),
    Dot,
    Comma,
    Open,
    Close,
    End,
}

/// A token, where it begins, and whether there is space before it.
#[derive(Debug, Clone)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) at: usize,
    pub(super) spaced: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    position: usize,
}

impl Lexeme {
    /// What stands here, for a message.
    pub(super) fn found(&self, text: &str) -> String {
        let length = match &self.token {
            Token::End => return "the end".to_owned(),
            Token::Word(word) if word.quoted => return shown(&format!("\"{}\"", word.text)),
            Token::Word(word) => word.text.len(),
            Token::Comparator(comparator) => comparator.symbol().len(),
            Token::Dot | Token::Comma | Token::Open | Token::Close => 1,
        };
        format!("`{}`", shown(&text[self.at..self.at + length]))
    }
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, position: 0 }
    }

    /// The same text, read from another place.
    pub(super) fn from(self, position: usize) -> Self {
        Self { position, ..self }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    pub(super) fn next(&mut self) -> Result<Lexeme, Misplaced> {
        let before = self.position;
        self.position = self.text.len() - self.rest().trim_start().len();
        let at = self.position;
        let token = self.token(at)?;
        Ok(Lexeme {
            token,
            at,
            spaced: at > before,
        })
    }

    fn token(&mut self, at: usize) -> Result<Token, Misplaced> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(Token::End);
        };
        let (token, length) = match first {
            '.' => (Token::Dot, 1),
            ',' => (Token::Comma, 1),
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '"' | '\'' => return self.quoted(first, at),
            _ => match Comparator::at_start_of(rest) {
                Some(comparator) => (Token::Comparator(comparator), comparator.symbol().len()),
                None => self.bare(at)?,
            },
        };
        self.position += length;
        Ok(token)
    }

    fn bare(&self, at: usize) -> Result<(Token, usize), Misplaced> {
        let rest = self.rest();
        let length = instant_length(rest)
            .unwrap_or_else(|| rest.find(|c| !is_text(c)).unwrap_or(rest.len()));
        if length == 0 {
            let unexpected = Fault::Unexpected {
                expected: "a name or a value",
                found: format!("`{}`", rest.chars().take(1).collect::<String>()),
            };
            return Err(unexpected.at(at));
        }
        Ok((Token::Word(Word::bare(&rest[..length], at)), length))
    }

    fn quoted(&mut self, quote: char, at: usize) -> Result<Token, Misplaced> {
        let mut word = Word {
            text: String::new(),
            quoted: true,
            open: Open {
                start: false,
                end: false,
            },
            at: Offset(at),
        };
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((offset, character)) = characters.next() {
            if character == quote {
                self.position += offset + 1;
                return Ok(Token::Word(word));
            }
            word.open.end = character == '*';
            word.open.start |= word.open.end && word.text.is_empty();
            word.text.push(match character {
                '\\' => match characters.next() {
                    Some((_, escaped)) => unescape(escaped, at + offset)?,
                    None => break,
                },
                character => character,
            });
        }
        Err(Fault::OpenString.at(at))
    }
}

/// What a character means after a backslash.
fn unescape(character: char, at: usize) -> Result<char, Misplaced> {
    match character {
        '"' | '\'' | '\\' | '*' => Ok(character),
        'n' => Ok('\n'),
        'r' => Ok('\r'),
        't' => Ok('\t'),
        _ => Err(Fault::Escape { character }.at(at)),
    }
}

/// Whether a character can stand in a word without quotes.
fn is_text(c: char) -> bool {
    let is_special = matches!(
        c,
        '.' | ',' | '(' | ')' | '"' | '\'' | '=' | '<' | '>' | '!' | ':'
    );
    !is_special && !c.is_whitespace()
}

/// Length of the RFC 3339 instant at the start of a text. It holds colons and dots, which
/// elsewhere are operators.
fn instant_length(text: &str) -> Option<usize> {
    let seconds = shape_length(text, "dddd-dd-ddTdd:dd:dd")?;
    let rest = &text[seconds..];
    let fraction = rest.strip_prefix('.').map_or(0, |digits| {
        1 + digits.len()
            - digits
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len()
    });
    let rest = &rest[fraction..];
    let zone = ["Z", "+dd:dd", "-dd:dd"]
        .into_iter()
        .find_map(|shape| shape_length(rest, shape))?;
    let after = rest[zone..].chars().next();
    after
        .is_none_or(|c| !is_text(c))
        .then_some(seconds + fraction + zone)
}

/// Length of a shape, in which `d` is a digit and letters are of either case.
fn shape_length(text: &str, shape: &str) -> Option<usize> {
    let fits = |(byte, expected): (u8, u8)| match expected {
        b'd' => byte.is_ascii_digit(),
        _ => byte.eq_ignore_ascii_case(&expected),
    };
    (text.len() >= shape.len() && text.bytes().zip(shape.bytes()).all(fits)).then_some(shape.len())
}
