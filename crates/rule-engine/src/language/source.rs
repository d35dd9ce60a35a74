//! Where the nodes of a parsed text stand in it.

use cel::common::ast::SourceInfo;
use cel::parser::pratt_parser::{Lexer, TokenKind};
use std::ops::Range;
use std::sync::Arc;

/// A text with its tokens and the positions of its nodes.
pub(super) struct Source<'t> {
    pub(super) text: &'t str,
    positions: Option<Arc<SourceInfo>>,
    tokens: Vec<(TokenKind, Range<usize>)>,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t str, positions: Option<Arc<SourceInfo>>) -> Self {
        Self {
            text,
            positions,
            tokens: tokens(text),
        }
    }

    /// Byte offset of a node's own token.
    pub(super) fn offset(&self, id: u64) -> usize {
        let offsets = self
            .positions
            .as_ref()
            .and_then(|positions| positions.offset_for(id));
        offsets
            .and_then(|(start, _)| usize::try_from(start).ok())
            .unwrap_or(0)
    }

    /// Bytes of a sub-expression whose own token stands at `at` and whose operands cover `parts`:
    /// widened to names and brackets that belong to it.
    pub(super) fn cover(
        &self,
        at: usize,
        parts: impl Iterator<Item = Range<usize>>,
    ) -> Range<usize> {
        let (from, to) = parts.fold((at, at), |(from, to), part| {
            (from.min(part.start), to.max(part.end.saturating_sub(1)))
        });
        let (mut first, mut last) = (self.token(from), self.token(to));
        let own = self.token(at);
        match self.kind(own) {
            Some(TokenKind::TokMinus | TokenKind::TokDot) => last = last.max(own + 1),
            Some(TokenKind::TokIdent) if self.kind(own + 1) == Some(TokenKind::TokLeftParen) => {
                last = last.max(own + 1);
            }
            _ => {}
        }
        self.balance(&mut first, &mut last);
        let end = self
            .tokens
            .get(last)
            .map_or(self.text.len(), |(_, range)| range.end);
        self.tokens
            .get(first)
            .map_or(from, |(_, range)| range.start)..end
    }

    /// Widens a run of tokens until every bracket in it has its partner.
    fn balance(&self, first: &mut usize, last: &mut usize) {
        let (mut open, mut missing) = (0_usize, 0_usize);
        for index in *first..=*last {
            match self.kind(index).map_or(0, bracket) {
                1 => open += 1,
                -1 if open == 0 => missing += 1,
                -1 => open -= 1,
                _ => {}
            }
        }
        while missing > 0 && *first > 0 {
            *first -= 1;
            match self.kind(*first).map_or(0, bracket) {
                1 => missing -= 1,
                -1 => missing += 1,
                _ => {}
            }
        }
        while open > 0 && *last + 1 < self.tokens.len() {
            *last += 1;
            match self.kind(*last).map_or(0, bracket) {
                1 => open += 1,
                -1 => open -= 1,
                _ => {}
            }
        }
    }

    fn token(&self, offset: usize) -> usize {
        self.tokens
            .partition_point(|(_, range)| range.end <= offset)
    }

    fn kind(&self, token: usize) -> Option<TokenKind> {
        self.tokens.get(token).map(|(kind, _)| *kind)
    }
}

fn bracket(kind: TokenKind) -> i8 {
    match kind {
        TokenKind::TokLeftParen | TokenKind::TokLeftBracket | TokenKind::TokLeftBrace => 1,
        TokenKind::TokRightParen | TokenKind::TokRightBracket | TokenKind::TokRightBrace => -1,
        _ => 0,
    }
}

pub(super) fn tokens(text: &str) -> Vec<(TokenKind, Range<usize>)> {
    let mut lexer = Lexer::new(text);
    let mut tokens = Vec::new();
    loop {
        let token = lexer.lex();
        match token.kind {
            TokenKind::TokEnd | TokenKind::TokError => return tokens,
            TokenKind::TokWhitespace | TokenKind::TokComment => {}
            kind => tokens.push((kind, token.start..token.end)),
        }
    }
}
