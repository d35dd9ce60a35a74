//! Reads a tree from text: one function for each rule of the grammar of AIP-160.

use super::{
    Argument, Comparable, Expression, Function, Member, Offset, Restriction, Word,
    lexer::{Lexeme, Lexer, Token},
};
use crate::error::{Fault, Misplaced};

/// Longest text of a filter, in bytes.
pub const MAX_BYTES: usize = 8_192;
/// How deep brackets nest at most.
pub const MAX_DEPTH: usize = 32;
/// How many comparisons and words a filter has at most.
pub const MAX_TERMS: usize = 100;

const TERM: &str = "a comparison, a word or `(`";
const ARGUMENT: &str = "a value, a function or `(`";

struct Parser<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    ahead: Lexeme,
    depth: usize,
    terms: usize,
}

/// Reads the tree of a filter; a blank one has none.
pub(crate) fn parse(text: &str) -> Result<Option<Expression>, Misplaced> {
    if text.len() > MAX_BYTES {
        return Err(Fault::TooLong { bytes: text.len() }.at(MAX_BYTES));
    }
    if let Some(nul) = text.find('\0') {
        return Err(Fault::Nul.at(nul));
    }
    let mut lexer = Lexer::new(text);
    let mut parser = Parser {
        text,
        ahead: lexer.next()?,
        lexer,
        depth: 0,
        terms: 0,
    };
    if parser.ahead.token == Token::End {
        return Ok(None);
    }
    let expression = parser.expression()?;
    if parser.ahead.token != Token::End {
        return Err(parser.unexpected("`AND`, `OR`, a space or the end"));
    }
    Ok(Some(expression))
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<Lexeme, Misplaced> {
        let next = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.ahead, next))
    }

    fn unexpected(&self, expected: &'static str) -> Misplaced {
        let found = self.ahead.found(self.text);
        Fault::Unexpected { expected, found }.at(self.ahead.at)
    }

    /// Whether an operator written as a word comes next. A bracket that opens right after it would
    /// make it a function, and a dot a path.
    fn is_at_keyword(&self, keyword: &str) -> bool {
        let is_keyword = matches!(&self.ahead.token, Token::Word(word)
            if word.is_keyword() && word.text == keyword);
        let after = self.text.get(self.ahead.at + keyword.len()..);
        let next = after.and_then(|after| after.chars().next());
        is_keyword && next.is_none_or(|next| next.is_whitespace() || next == ')')
    }

    /// `expression: sequence {WS AND WS sequence}`
    fn expression(&mut self) -> Result<Expression, Misplaced> {
        let mut sequences = vec![self.sequence()?];
        while self.ahead.spaced && self.is_at_keyword("AND") {
            self.advance()?;
            sequences.push(self.sequence()?);
        }
        Ok(joined(sequences, Expression::And))
    }

    /// `sequence: factor {WS factor}`
    fn sequence(&mut self) -> Result<Expression, Misplaced> {
        let mut factors = vec![self.factor()?];
        while self.ahead.spaced
            && !matches!(self.ahead.token, Token::Close | Token::End)
            && !self.is_at_keyword("AND")
        {
            factors.push(self.factor()?);
        }
        Ok(joined(factors, Expression::Sequence))
    }

    /// `factor: term {WS OR WS term}`
    fn factor(&mut self) -> Result<Expression, Misplaced> {
        let mut terms = vec![self.term()?];
        while self.ahead.spaced && self.is_at_keyword("OR") {
            self.advance()?;
            terms.push(self.term()?);
        }
        Ok(joined(terms, Expression::Or))
    }

    /// `term: [(NOT WS | MINUS)] simple`
    fn term(&mut self) -> Result<Expression, Misplaced> {
        if self.is_at_keyword("NOT") {
            self.advance()?;
            return Ok(Expression::Not(Box::new(self.simple()?)));
        }
        let is_negated = matches!(&self.ahead.token, Token::Word(word)
            if !word.quoted && word.text.starts_with('-'));
        if !is_negated {
            return self.simple();
        }
        self.lexer = self.lexer.from(self.ahead.at + 1);
        self.advance()?;
        if self.ahead.spaced {
            return Err(self.unexpected("what `-` negates, without a space"));
        }
        Ok(Expression::Not(Box::new(self.simple()?)))
    }

    /// `simple: restriction | composite`, `restriction: comparable [comparator arg]`
    fn simple(&mut self) -> Result<Expression, Misplaced> {
        if self.ahead.token == Token::Open {
            return self.composite();
        }
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(Fault::TooManyTerms.at(self.ahead.at));
        }
        let comparable = self.comparable(TERM)?;
        let Token::Comparator(comparator) = self.ahead.token else {
            return Ok(Expression::Global(comparable));
        };
        let at = Offset(self.advance()?.at);
        Ok(Expression::Restriction(Restriction {
            comparable,
            comparator,
            at,
            argument: self.argument()?,
        }))
    }

    /// `composite: LPAREN expression RPAREN`
    fn composite(&mut self) -> Result<Expression, Misplaced> {
        self.enter()?;
        let expression = self.expression()?;
        self.leave("`AND`, `OR`, a space or `)`")?;
        Ok(expression)
    }

    fn enter(&mut self) -> Result<(), Misplaced> {
        let open = self.advance()?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Fault::TooDeep.at(open.at));
        }
        Ok(())
    }

    fn leave(&mut self, expected: &'static str) -> Result<(), Misplaced> {
        if self.ahead.token != Token::Close {
            return Err(self.unexpected(expected));
        }
        self.depth -= 1;
        self.advance().map(drop)
    }

    /// `arg: comparable | composite`
    fn argument(&mut self) -> Result<Argument, Misplaced> {
        let at = Offset(self.ahead.at);
        if self.ahead.token == Token::Open {
            return Ok(Argument::Composite(Box::new(self.composite()?), at));
        }
        self.comparable(ARGUMENT).map(Argument::Comparable)
    }

    /// `comparable: member | function`, `member: value {DOT field}`
    fn comparable(&mut self, expected: &'static str) -> Result<Comparable, Misplaced> {
        let Token::Word(first) = self.ahead.token.clone() else {
            return Err(self.unexpected(expected));
        };
        let keyword = first.is_keyword().then(|| self.unexpected(expected));
        self.advance()?;
        let mut words = vec![first];
        while self.ahead.token == Token::Dot && !self.ahead.spaced {
            self.advance()?;
            words.push(self.field()?);
        }
        let is_called = self.ahead.token == Token::Open && !self.ahead.spaced;
        match keyword {
            _ if is_called => self.function(words).map(Comparable::Function),
            Some(misplaced) => Err(misplaced),
            None => Ok(Comparable::Member(Member(words))),
        }
    }

    /// `field: value | keyword`
    fn field(&mut self) -> Result<Word, Misplaced> {
        match &self.ahead.token {
            Token::Word(word) if !self.ahead.spaced => {
                let word = word.clone();
                self.advance()?;
                Ok(word)
            }
            _ => Err(self.unexpected("a name right after the dot")),
        }
    }

    /// `function: name {DOT name} LPAREN [argList] RPAREN`
    fn function(&mut self, name: Vec<Word>) -> Result<Function, Misplaced> {
        if name.iter().any(|word| word.quoted) {
            return Err(self.unexpected("an operator: names of functions have no quotes"));
        }
        self.enter()?;
        let mut arguments = Vec::new();
        if self.ahead.token != Token::Close {
            arguments.push(self.argument()?);
            while self.ahead.token == Token::Comma {
                self.advance()?;
                arguments.push(self.argument()?);
            }
        }
        self.leave("`,` or `)`")?;
        Ok(Function {
            name: Member(name),
            arguments,
        })
    }
}

/// One expression as it is, several as one.
fn joined(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => join(parts.into_iter().chain(last).collect()),
    }
}
