//! How much an expression may be: whoever walks a tree that is too deep runs out of stack, and
//! takes the whole service along.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr};
use cel::parser::pratt_parser::{Lexer, TokenKind};

/// Names, literals and signs of the longest expression that is still readable, many times over.
const MAX_TOKENS: usize = 2_000;
/// How deep brackets and operators may be nested; operators in a row, such as `a + b + c`, nest.
const MAX_DEPTH: usize = 100;

/// What is wrong with the size of a text that is not parsed yet, if anything is.
pub(super) fn too_long(text: &str) -> Option<String> {
    let mut lexer = Lexer::new(text);
    let kinds = std::iter::from_fn(|| Some(lexer.lex().kind))
        .take_while(|kind| !matches!(kind, TokenKind::TokEnd | TokenKind::TokError))
        .filter(|kind| !matches!(kind, TokenKind::TokWhitespace | TokenKind::TokComment));
    (kinds.take(MAX_TOKENS + 1).count() > MAX_TOKENS)
        .then(|| format!("expected at most {MAX_TOKENS} names, literals and signs, found more"))
}

/// What is wrong with the shape of what was parsed, if anything is.
pub(super) fn too_deep(expression: &IdedExpr) -> Option<String> {
    let mut open = vec![(expression, 1)];
    while let Some((node, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Some(format!(
                "expected brackets and operators nested at most {MAX_DEPTH} deep, found deeper"
            ));
        }
        each_below(node, |below| open.push((below, depth + 1)));
    }
    None
}

fn each_below<'e>(node: &'e IdedExpr, mut found: impl FnMut(&'e IdedExpr)) {
    match &node.expr {
        Expr::Unspecified | Expr::Literal(_) | Expr::Ident(_) => {}
        Expr::Call(call) => call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .for_each(found),
        Expr::Select(select) => found(&select.operand),
        Expr::List(list) => list.elements.iter().for_each(found),
        Expr::Map(map) => map
            .entries
            .iter()
            .for_each(|it| each_of(&it.expr, &mut found)),
        Expr::Struct(make) => make
            .entries
            .iter()
            .for_each(|it| each_of(&it.expr, &mut found)),
        Expr::Comprehension(loops) => [
            &loops.iter_range,
            &loops.accu_init,
            &loops.loop_cond,
            &loops.loop_step,
            &loops.result,
        ]
        .into_iter()
        .for_each(found),
    }
}

fn each_of<'e>(entry: &'e EntryExpr, found: &mut impl FnMut(&'e IdedExpr)) {
    match entry {
        EntryExpr::MapEntry(entry) => {
            found(&entry.key);
            found(&entry.value);
        }
        EntryExpr::StructField(field) => found(&field.value),
    }
}
