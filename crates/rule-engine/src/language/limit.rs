//! How much an expression may be: what is read at once, and kept in memory, has a bound.

use super::source::tokens;
use crate::fault::Fault;
use cel::parser::pratt_parser::TokenKind;
use regex::{Regex, RegexBuilder};

/// Longest text of an expression, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// Most names, literals, operators and brackets.
const MAX_TOKENS: usize = 20_000;
/// How deep brackets and operators may be nested. Operators in a row, such as `a + b + c`, nest;
/// `&&`, `||` and elements of a list stand beside each other.
const MAX_DEPTH: usize = 80;
/// Most elements of one literal list.
pub(super) const MAX_ELEMENTS: usize = 1_000;
/// Longest pattern of `matches`, in bytes.
const MAX_PATTERN_BYTES: usize = 1_000;
/// Most bytes that a compiled pattern may take.
const MAX_COMPILED_PATTERN_BYTES: usize = 256 * 1024;
/// Most patterns of one rule set.
pub(crate) const MAX_PATTERNS: usize = 1_000;

/// Refuses a text before it is parsed, so that nothing ever walks a tree that is too deep.
pub(super) fn check(text: &str) -> Result<(), Box<Fault>> {
    if text.len() > MAX_BYTES {
        let what = format!("longer than {MAX_BYTES} bytes");
        return Err(too_much(text, MAX_BYTES, &what));
    }
    let tokens = tokens(text);
    if let Some((_, place)) = tokens.get(MAX_TOKENS) {
        let what = format!("made of more than {MAX_TOKENS} names, literals and signs");
        return Err(too_much(text, place.start, &what));
    }
    let mut open = vec![Level::default()];
    for (kind, place) in tokens {
        let Some(level) = open.last_mut() else {
            break;
        };
        match kind {
            TokenKind::TokLeftParen | TokenKind::TokLeftBracket | TokenKind::TokLeftBrace => {
                level.chain += 1;
                open.push(Level::default());
            }
            TokenKind::TokRightParen | TokenKind::TokRightBracket | TokenKind::TokRightBrace => {
                close(&mut open);
            }
            TokenKind::TokComma => level.part(),
            TokenKind::TokLogicalAnd => {
                level.part();
                level.and = 1;
            }
            TokenKind::TokLogicalOr => {
                level.part();
                level.or = 1;
            }
            TokenKind::TokQuestion => level.choices += 1,
            kind if nests(kind) => level.chain += 1,
            _ => {}
        }
        if depth(&open) > MAX_DEPTH {
            let what = format!("nested deeper than {MAX_DEPTH} brackets and operators");
            return Err(too_much(text, place.start, &what));
        }
    }
    Ok(())
}

fn close(open: &mut Vec<Level>) {
    if open.len() < 2 {
        return;
    }
    let inner = open.pop().map_or(0, |level| level.depth(0));
    if let Some(outer) = open.last_mut() {
        outer.below = outer.below.max(inner);
    }
}

/// Depth of everything read so far, at most.
fn depth(open: &[Level]) -> usize {
    open.iter().rev().fold(0, |inner, level| level.depth(inner))
}

/// Compiles a pattern; none when it is none, or too large.
pub(crate) fn pattern(text: &str) -> Option<Regex> {
    let short = text.len() <= MAX_PATTERN_BYTES;
    let compiled = short.then(|| {
        RegexBuilder::new(text)
            .size_limit(MAX_COMPILED_PATTERN_BYTES)
            .build()
    });
    compiled?.ok()
}

/// Faults an expression for its size.
pub(super) fn too_much(text: &str, at: usize, what: &str) -> Box<Fault> {
    let fault = Fault::at(text, at, format!("the expression is {what}"));
    Box::new(fault.help("split the rule, or put values into a threshold or an exemption"))
}

/// What was met so far between two brackets.
#[derive(Default)]
struct Level {
    /// Operators since the last sign that parts siblings.
    chain: usize,
    /// Depth of the deepest brackets since then.
    below: usize,
    /// Depth of the deepest sibling before that.
    beside: usize,
    /// Choices, which nest to the right.
    choices: usize,
    and: usize,
    or: usize,
}

impl Level {
    fn part(&mut self) {
        self.beside = self.beside.max(self.chain + self.below);
        (self.chain, self.below) = (0, 0);
    }

    /// Its depth, when brackets still open in it are `inner` deep.
    fn depth(&self, inner: usize) -> usize {
        let last = self.chain + self.below.max(inner);
        self.beside.max(last) + self.choices + self.and + self.or
    }
}

fn nests(kind: TokenKind) -> bool {
    use TokenKind::{
        TokAsterisk, TokDot, TokEqualEqual, TokExclamation, TokExclamationEqual, TokGreater,
        TokGreaterEqual, TokIn, TokLess, TokLessEqual, TokMinus, TokPercent, TokPlus, TokSlash,
    };
    matches!(
        kind,
        TokAsterisk
            | TokDot
            | TokEqualEqual
            | TokExclamation
            | TokExclamationEqual
            | TokGreater
            | TokGreaterEqual
            | TokIn
            | TokLess
            | TokLessEqual
            | TokMinus
            | TokPercent
            | TokPlus
            | TokSlash
    )
}
