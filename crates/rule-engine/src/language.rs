//! From text to syntax: parsed by cel's Pratt parser, macros recognised again, every node with
//! its place.

mod convert;
pub(crate) mod limit;
mod source;

use crate::fault::Fault;
use cel::parser::PrattParser;
use cel::parser::{ParseError, ParseErrors};
use source::Source;
use std::ops::Range;

/// One node of a rule as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Syntax {
    /// Byte offset at which a message points: an operator's sign, a name, a literal.
    pub(crate) at: usize,
    /// Bytes of the whole sub-expression.
    pub(crate) text: Range<usize>,
    pub(crate) form: Form,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Form {
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Name(String),
    /// `of.field`
    Field {
        of: Box<Syntax>,
        field: String,
    },
    /// `has(of.field)`
    Has {
        of: Box<Syntax>,
        field: String,
    },
    /// `function(arguments)` or `target.function(arguments)`
    Call {
        target: Option<Box<Syntax>>,
        function: String,
        arguments: Vec<Syntax>,
    },
    /// An operator by its CEL name, such as `_+_`; `&&` and `||` have two operands or more.
    Operator {
        name: String,
        operands: Vec<Syntax>,
    },
    /// `list.exists(variable, body)` and its like.
    Macro {
        name: MacroName,
        list: Box<Syntax>,
        variable: String,
        body: Box<Syntax>,
    },
    List(Vec<Syntax>),
}

/// The macros over lists. `map` with a condition reads as `map` over `filter`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MacroName {
    Exists,
    All,
    ExistsOne,
    Filter,
    Map,
}

/// Parses the text of an expression that keeps the limits of size and depth.
pub(crate) fn parse(text: &str) -> Result<Syntax, Vec<Fault>> {
    limit::check(text).map_err(|fault| vec![*fault])?;
    let parser = || PrattParser::new().enable_variadic_operator_asts(true);
    let tree = parser()
        .parse(text)
        .map_err(|errors| faults(text, errors))?;
    // The parser hands out positions only with errors, so the text is parsed again with a stray
    // bracket after it: the same nodes get the same ids.
    let positions = match parser().parse(&format!("{text}\n)")) {
        Err(errors) => errors
            .errors
            .into_iter()
            .find_map(|error| error.source_info),
        Ok(_) => None,
    };
    let source = Source::new(text, positions);
    convert::convert(&source, tree).map_err(|fault| vec![*fault])
}

fn faults(text: &str, errors: ParseErrors) -> Vec<Fault> {
    errors
        .errors
        .into_iter()
        .map(|error| fault(text, &error))
        .collect()
}

fn fault(text: &str, error: &ParseError) -> Fault {
    let line = usize::try_from(error.pos.0).unwrap_or(1).max(1);
    let column = usize::try_from(error.pos.1).unwrap_or(1).max(1);
    let start: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    let message = error
        .msg
        .strip_prefix("Syntax error: ")
        .unwrap_or(&error.msg);
    Fault::at(
        text,
        start + column - 1,
        message.replace("<EOF>", "the end"),
    )
}
