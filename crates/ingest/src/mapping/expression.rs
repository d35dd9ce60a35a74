//! CEL expressions, parsed once and checked for every name in them.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, SelectExpr};
use cel::parser::PrattParser;

use super::fault::{Fault, Place, nearest};
use super::function;
use super::size;
use super::vocabulary::{PARAMETER, SECRET, Vocabulary};

/// The variable that holds the record.
pub(super) const ROW: &str = "row";
/// The variable through which a key is looked up that may be absent.
pub(super) const ROW_IF_PRESENT: &str = "row?";

/// Functions, conversions and methods of CEL itself.
const STANDARD: [&str; 26] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "string",
    "double",
    "bool",
    "uint",
    "bytes",
    "timestamp",
    "duration",
    "type",
    "dyn",
    "max",
    "min",
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
];
const TYPES: [&str; 8] = [
    "int", "uint", "double", "bool", "string", "bytes", "list", "map",
];

/// A sound expression.
#[derive(Clone, Debug)]
pub struct Expression {
    pub(crate) ast: IdedExpr,
    /// Columns it names, each once, in the order in which it names them.
    pub(crate) columns: Vec<ColumnUse>,
    /// Whether it uses the row as a whole, so that every column may matter.
    pub(crate) uses_row: bool,
    pub(crate) path: String,
}

impl Expression {
    /// Returns where it stands in the document's structure.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the variable and the keys below it, when the expression is nothing else, as
    /// `body.data.orders` is.
    pub(crate) fn keys(&self) -> Option<(&str, Vec<&str>)> {
        looked_up(&self.ast)
    }

    /// Returns what [`Self::keys`] returns of each item of a list, when the expression is a
    /// list of such items and nothing else, as `[body]` is.
    pub(crate) fn listed_keys(&self) -> Option<Vec<(&str, Vec<&str>)>> {
        match &self.ast.expr {
            Expr::List(list) => list.elements.iter().map(looked_up).collect(),
            _ => None,
        }
    }
}

fn looked_up(node: &IdedExpr) -> Option<(&str, Vec<&str>)> {
    let mut keys = Vec::new();
    let mut expr = &node.expr;
    loop {
        match expr {
            Expr::Ident(name) => {
                keys.reverse();
                return Some((name, keys));
            }
            Expr::Select(select) if !select.test => {
                keys.push(select.field.as_str());
                expr = &select.operand.expr;
            }
            _ => return None,
        }
    }
}

/// A column that an expression names.
#[derive(Debug, Clone)]
pub(crate) struct ColumnUse {
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Parses an expression and reports every fault in it.
pub(crate) fn compile(
    text: &str,
    at: Place,
    path: &str,
    vocabulary: &Vocabulary<'_>,
) -> Result<Expression, Vec<Fault>> {
    let refused = |why: String| vec![Fault::new(path, at, why).help("write it shorter")];
    if let Some(why) = size::too_long(text) {
        return Err(refused(why));
    }
    let mut ast = PrattParser::new().parse(text).map_err(|errors| {
        let fault = |error: &cel::ParseError| {
            let place = within(at, error.pos.0, error.pos.1);
            let message = error.msg.trim_start_matches("Syntax error: ");
            Fault::new(path, place, format!("not CEL: {message}"))
        };
        errors.errors.iter().map(fault).collect::<Vec<_>>()
    })?;
    if let Some(why) = size::too_deep(&ast) {
        return Err(refused(why));
    }
    let mut names = Names {
        text,
        at,
        path,
        vocabulary,
        columns: Vec::new(),
        uses_row: false,
        scope: Vec::new(),
        faults: Vec::new(),
    };
    names.expression(&mut ast);
    if !names.faults.is_empty() {
        return Err(names.faults);
    }
    Ok(Expression {
        ast,
        columns: names.columns,
        uses_row: names.uses_row,
        path: path.to_owned(),
    })
}

/// Walks an expression: collects columns, resolves names, and brings equal meanings into
/// one form, so that the interpreter looks columns up directly.
struct Names<'t> {
    text: &'t str,
    at: Place,
    path: &'t str,
    vocabulary: &'t Vocabulary<'t>,
    columns: Vec<ColumnUse>,
    uses_row: bool,
    scope: Vec<String>,
    faults: Vec<Fault>,
}

impl Names<'_> {
    fn expression(&mut self, node: &mut IdedExpr) {
        if self.knows(ROW)
            && let Some(column) = column_of(&mut node.expr)
        {
            self.column(&column);
            return;
        }
        if let Some((holder, key)) = member_of(&node.expr)
            && self.knows(holder)
        {
            self.member(holder, &key);
            return;
        }
        match &mut node.expr {
            Expr::Unspecified | Expr::Literal(_) => {}
            Expr::Ident(name) => {
                let name = std::mem::take(name);
                self.variable(&name);
                node.expr = Expr::Ident(name);
            }
            Expr::Call(call) => self.call(call),
            Expr::Select(select) => self.expression(&mut select.operand),
            Expr::List(list) => list
                .elements
                .iter_mut()
                .for_each(|item| self.expression(item)),
            Expr::Map(map) => map
                .entries
                .iter_mut()
                .for_each(|item| self.entry(&mut item.expr)),
            Expr::Struct(make) => {
                let name = make.type_name.clone();
                self.fault(&name, format!("there is no type `{name}`"), String::new());
            }
            Expr::Comprehension(loops) => {
                self.expression(&mut loops.iter_range);
                self.expression(&mut loops.accu_init);
                let depth = self.scope.len();
                self.scope.push(loops.iter_var.clone());
                self.scope.push(loops.accu_var.clone());
                self.scope.extend(loops.iter_var2.clone());
                self.expression(&mut loops.loop_cond);
                self.expression(&mut loops.loop_step);
                self.expression(&mut loops.result);
                self.scope.truncate(depth);
            }
        }
    }

    fn entry(&mut self, entry: &mut EntryExpr) {
        match entry {
            EntryExpr::MapEntry(entry) => {
                self.expression(&mut entry.key);
                self.expression(&mut entry.value);
            }
            EntryExpr::StructField(field) => self.expression(&mut field.value),
        }
    }

    fn call(&mut self, call: &mut CallExpr) {
        if let Some(ours) = function::named(&call.func_name) {
            if let Some(target) = call.target.take() {
                call.args.insert(0, *target);
            }
            if !ours.arguments.contains(&call.args.len()) {
                let message = format!(
                    "`{}` takes {}, found {} arguments",
                    ours.name,
                    ours.usage,
                    call.args.len()
                );
                self.fault(ours.name, message, String::new());
            }
            if let Err(message) = ours.check_literals(call) {
                self.fault(ours.name, message, String::new());
            }
            call.func_name = ours.internal.to_owned();
        } else if is_word(&call.func_name) && !STANDARD.contains(&call.func_name.as_str()) {
            let known = function::names().chain(STANDARD);
            let help = nearest(&call.func_name, known);
            let message = format!("there is no function `{}`", call.func_name);
            self.fault(&call.func_name.clone(), message, help);
        }
        if let Some(target) = &mut call.target {
            self.expression(target);
        }
        call.args
            .iter_mut()
            .for_each(|argument| self.expression(argument));
    }

    /// A parameter or secret must be one that the document declares.
    fn member(&mut self, holder: &str, key: &str) {
        let known = self.vocabulary.members(holder);
        if known.iter().all(|name| name != key) {
            let help = nearest(key, known.iter().map(String::as_str));
            let message = format!("there is no {holder} `{key}` among spec.{holder}s");
            self.fault(key, message, help);
        }
    }

    /// Whether a name is a variable here that no macro's own variable hides.
    fn knows(&self, name: &str) -> bool {
        self.vocabulary.variables.contains(&name) && self.scope.iter().all(|own| own != name)
    }

    fn column(&mut self, name: &str) {
        if self.columns.iter().all(|column| column.name != name) {
            let place = self.place_of(name);
            self.columns.push(ColumnUse {
                name: name.to_owned(),
                place,
            });
        }
    }

    fn variable(&mut self, name: &str) {
        let is_own = self.scope.iter().any(|known| known == name);
        if name.starts_with('@') || TYPES.contains(&name) || is_own {
            return;
        }
        if !self.vocabulary.variables.contains(&name) {
            let help = self.vocabulary.advice(name);
            self.fault(name, format!("there is no variable `{name}`"), help);
        } else if name == ROW {
            self.uses_row = true;
        } else if [PARAMETER, SECRET].contains(&name) {
            let help = format!("write {name}.NAME");
            self.fault(name, format!("`{name}` cannot be used as a whole"), help);
        }
    }

    fn fault(&mut self, word: &str, message: String, help: String) {
        let place = self.place_of(word);
        self.faults
            .push(Fault::new(self.path, place, message).help(help));
    }

    /// Finds a word in the text: nodes do not know their places.
    fn place_of(&self, word: &str) -> Place {
        let word_character = |c: char| c.is_alphanumeric() || c == '_';
        let found = self.text.match_indices(word).find(|(index, _)| {
            let before = self.text[..*index].chars().next_back();
            let after = self.text[index + word.len()..].chars().next();
            !before.is_some_and(word_character) && !after.is_some_and(word_character)
        });
        let Some((index, _)) = found else {
            return self.at;
        };
        let before = &self.text[..index];
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        within(self.at, line as isize, column as isize)
    }
}

/// Recognises `row.x`, `row["x"]` and `has(row.x)`; the latter two are rewritten, so that
/// the interpreter meets `row.x` and `row.x != null`.
fn column_of(expr: &mut Expr) -> Option<String> {
    let is_row = |node: &IdedExpr| matches!(&node.expr, Expr::Ident(name) if name == ROW);
    let (column, test) = match expr {
        Expr::Select(select) if is_row(&select.operand) => (select.field.clone(), select.test),
        Expr::Call(call) if call.func_name == "_[_]" && call.args.len() == 2 => {
            match (&call.args[0], &call.args[1].expr) {
                (row, Expr::Literal(LiteralValue::String(key))) if is_row(row) => {
                    (key.inner().to_owned(), false)
                }
                _ => return None,
            }
        }
        _ => return None,
    };
    // Asking whether a key is there must not fail where it is not.
    let holder = if test { ROW_IF_PRESENT } else { ROW };
    let operand = Box::new(IdedExpr {
        id: 0,
        expr: Expr::Ident(holder.to_owned()),
    });
    let select = Expr::Select(SelectExpr {
        operand,
        field: column.clone(),
        test: false,
    });
    *expr = if test { is_present(select) } else { select };
    Some(column)
}

/// Recognises `parameter.x` and `secret["x"]`.
fn member_of(expr: &Expr) -> Option<(&'static str, String)> {
    let holder = |node: &IdedExpr| match &node.expr {
        Expr::Ident(name) => [PARAMETER, SECRET].into_iter().find(|known| known == name),
        _ => None,
    };
    match expr {
        Expr::Select(select) if !select.test => {
            holder(&select.operand).map(|holder| (holder, select.field.clone()))
        }
        Expr::Call(call) if call.func_name == "_[_]" && call.args.len() == 2 => {
            match &call.args[1].expr {
                Expr::Literal(LiteralValue::String(key)) => {
                    holder(&call.args[0]).map(|holder| (holder, key.inner().to_owned()))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_present(value: Expr) -> Expr {
    let node = |expr| IdedExpr { id: 0, expr };
    Expr::Call(CallExpr {
        func_name: "_!=_".to_owned(),
        target: None,
        args: vec![node(value), node(Expr::Literal(LiteralValue::Null))],
    })
}

fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Moves a place within an expression, counted from 1, into the document.
pub(crate) fn within(at: Place, line: isize, column: isize) -> Place {
    let line = usize::try_from(line).unwrap_or(1).max(1);
    let column = usize::try_from(column).unwrap_or(1).max(1);
    Place {
        line: at.line + line - 1,
        column: at.column + column - 1,
    }
}
