//! Operators: logic, comparison, arithmetic, membership, choice.

use super::clock::HELP;
use super::{Checked, Checker, Outcome, Type};
use crate::expression::{Act, Arithmetic, Comparison, Expression};
use crate::language::Syntax;
use cel::common::ast::operators;

impl Checker<'_> {
    pub(super) fn operator(
        &mut self,
        syntax: &Syntax,
        name: &str,
        operands: &[Syntax],
    ) -> Outcome<Checked> {
        if let (Some(comparison), [left, right]) = (comparison(name), operands) {
            return self.comparison(syntax, comparison, left, right);
        }
        if let (Some(arithmetic), [left, right]) = (arithmetic(name), operands) {
            return self.arithmetic(syntax, arithmetic, left, right);
        }
        match (name, operands) {
            (operators::CONDITIONAL, [condition, yes, no]) => {
                return self.choice(syntax, condition, yes, no);
            }
            (operators::INDEX, [list, index]) => return self.index(syntax, list, index),
            _ => {}
        }
        let (act, value_type) = match (name, operands) {
            (operators::LOGICAL_AND, _) => (Act::And(self.all_bools(operands)?), Type::Bool),
            (operators::LOGICAL_OR, _) => (Act::Or(self.all_bools(operands)?), Type::Bool),
            (operators::LOGICAL_NOT, [part]) => (
                Act::Not(Box::new(self.typed(part, Type::Bool)?)),
                Type::Bool,
            ),
            (operators::NEGATE, [part]) => self.negation(part)?,
            (operators::IN, [element, list]) => self.membership(element, list)?,
            _ => {
                let fault = self.fault(
                    syntax.at,
                    format!("operator {name} is not supported in rules"),
                );
                return self.report(fault);
            }
        };
        Ok(Checked::Steady(
            Expression {
                text: syntax.text.clone(),
                act,
            },
            value_type,
        ))
    }

    /// Checks every operand, so that all their faults are told at once.
    fn all_bools(&mut self, operands: &[Syntax]) -> Outcome<Vec<Expression>> {
        let outcomes: Vec<_> = operands
            .iter()
            .map(|part| self.typed(part, Type::Bool))
            .collect();
        outcomes.into_iter().collect()
    }

    fn comparison(
        &mut self,
        syntax: &Syntax,
        comparison: Comparison,
        left: &Syntax,
        right: &Syntax,
    ) -> Outcome<Checked> {
        let (a, b) = self.both(left, right)?;
        let (a, b) = match (a, b) {
            (Checked::Moving(moving), other) => {
                let other = self.at_rest(syntax, right, other)?;
                return self.clock(syntax, comparison, moving, other);
            }
            (other, Checked::Moving(moving)) => {
                let other = self.at_rest(syntax, left, other)?;
                return self.clock(syntax, comparison.mirrored(), moving, other);
            }
            (Checked::List(a, of_a), Checked::List(b, of_b)) if is_equality(comparison) => {
                return self.list_comparison(syntax, comparison, (a, of_a), (b, of_b));
            }
            (a, b) => (
                self.at_rest(syntax, left, a)?,
                self.at_rest(syntax, right, b)?,
            ),
        };
        if !a.1.compares_with(b.1) {
            let fault = self.fault(right.text.start, "the two sides are of different types");
            return self.report(fault.expected(a.1, b.1));
        }
        let act = Act::Compare(comparison, Box::new([a.0, b.0]));
        Ok(Checked::Steady(
            Expression {
                text: syntax.text.clone(),
                act,
            },
            Type::Bool,
        ))
    }

    fn both(&mut self, left: &Syntax, right: &Syntax) -> Outcome<(Checked, Checked)> {
        let (a, b) = (self.check(left), self.check(right));
        Ok((a?, b?))
    }

    /// The side of a comparison or sum that must not run.
    fn at_rest(
        &mut self,
        syntax: &Syntax,
        side: &Syntax,
        checked: Checked,
    ) -> Outcome<(Expression, Type)> {
        let found = match checked {
            Checked::Steady(expression, value_type) => return Ok((expression, value_type)),
            Checked::Moving(_) => {
                let fault = self.fault(syntax.at, "`now` or elapsed() on both sides");
                return self.report(fault.help(HELP));
            }
            Checked::List(_, element) => format!("a list of {}", self.element_name(element)),
            Checked::Record(_, kind) => format!("the {kind} record"),
        };
        let fault = self.fault(side.text.start, "not a single value");
        self.report(
            fault
                .expected("a value", found)
                .help("name a field of it, or use exists, all or size"),
        )
    }

    fn arithmetic(
        &mut self,
        syntax: &Syntax,
        arithmetic: Arithmetic,
        left: &Syntax,
        right: &Syntax,
    ) -> Outcome<Checked> {
        let (a, b) = self.both(left, right)?;
        let types = (value_type(&a), value_type(&b));
        let result = match types {
            (Some(a), Some(b)) => result_of(arithmetic, a, b),
            _ => None,
        };
        match (a, b) {
            (Checked::Moving(moving), Checked::Steady(term, _)) => match result {
                Some(result) if is_sum(arithmetic) => {
                    let minus = arithmetic == Arithmetic::Subtract;
                    Ok(Checked::Moving(moving.offset(minus, term, result)))
                }
                _ => self.no_such_sum(syntax, arithmetic, types),
            },
            (Checked::Steady(term, _), Checked::Moving(moving)) => match result {
                Some(result) if is_sum(arithmetic) => {
                    let minus = arithmetic == Arithmetic::Subtract;
                    let moving = if minus { moving.negate() } else { moving };
                    Ok(Checked::Moving(moving.offset(false, term, result)))
                }
                _ => self.no_such_sum(syntax, arithmetic, types),
            },
            (Checked::List(a, of_a), Checked::List(b, of_b)) if arithmetic == Arithmetic::Add => {
                self.joined(right, (a, of_a), (b, of_b))
            }
            (a, b) => {
                let (a, b) = (
                    self.at_rest(syntax, left, a)?,
                    self.at_rest(syntax, right, b)?,
                );
                let Some(result) = result else {
                    return self.no_such_sum(syntax, arithmetic, types);
                };
                let sides = Box::new([a.0, b.0]);
                let act = match result {
                    Type::Text => Act::Concatenate(sides),
                    _ => Act::Arithmetic(arithmetic, sides),
                };
                Ok(Checked::Steady(
                    Expression {
                        text: syntax.text.clone(),
                        act,
                    },
                    result,
                ))
            }
        }
    }

    fn no_such_sum(
        &mut self,
        syntax: &Syntax,
        arithmetic: Arithmetic,
        types: (Option<Type>, Option<Type>),
    ) -> Outcome<Checked> {
        let name =
            |value_type: Option<Type>| value_type.map_or("?".to_owned(), |found| found.to_string());
        let found = format!("{} {} {}", name(types.0), sign(arithmetic), name(types.1));
        let fault = self.fault(syntax.at, format!("no operator {}", sign(arithmetic)));
        let expected = match types.0 {
            Some(Type::Timestamp) => "timestamp ± duration or timestamp - timestamp",
            Some(Type::Duration) => "duration ± duration or duration + timestamp",
            _ => "two ints, two doubles, two texts (+), or timestamps and durations",
        };
        let mixed = matches!(types, (Some(a), Some(b)) if a != b && a.is_number() && b.is_number());
        let fault = fault.expected(expected, found);
        self.report(if mixed {
            fault.help("write 1.0 instead of 1, or convert with double(…)")
        } else {
            fault
        })
    }

    fn negation(&mut self, part: &Syntax) -> Outcome<(Act, Type)> {
        let (expression, found) = self.steady(part)?;
        if !found.is_number() {
            let fault = self
                .fault(part.text.start, "cannot be negated")
                .expected("int or double", found);
            return self.report(fault);
        }
        Ok((Act::Negate(Box::new(expression)), found))
    }

    fn choice(
        &mut self,
        syntax: &Syntax,
        condition: &Syntax,
        yes: &Syntax,
        no: &Syntax,
    ) -> Outcome<Checked> {
        let condition = self.typed(condition, Type::Bool);
        let (a, b) = match self.both(yes, no)? {
            (Checked::List(a, of_a), Checked::List(b, of_b)) => {
                return self.list_choice(no, condition?, (a, of_a), (b, of_b));
            }
            (a, b) => (self.settle(yes, a), self.settle(no, b)),
        };
        let (condition, (yes, a), (no_expression, b)) = (condition?, a?, b?);
        if a != b {
            let fault = self.fault(no.text.start, "the two branches are of different types");
            return self.report(fault.expected(a, b));
        }
        let expression = Expression {
            text: syntax.text.clone(),
            act: Act::If(Box::new([condition, yes, no_expression])),
        };
        Ok(Checked::Steady(expression, a))
    }
}

fn value_type(checked: &Checked) -> Option<Type> {
    match checked {
        Checked::Steady(_, value_type) => Some(*value_type),
        Checked::Moving(moving) => Some(moving.value_type),
        _ => None,
    }
}

fn is_equality(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::Equal | Comparison::NotEqual)
}

fn is_sum(arithmetic: Arithmetic) -> bool {
    matches!(arithmetic, Arithmetic::Add | Arithmetic::Subtract)
}

fn result_of(arithmetic: Arithmetic, a: Type, b: Type) -> Option<Type> {
    use Arithmetic::{Add, Modulo, Subtract};
    use Type::{Double, Duration, Int, Text, Timestamp};
    match (arithmetic, a, b) {
        (_, Int, Int) => Some(Int),
        (Modulo, Double, Double) => None,
        (_, Double, Double) => Some(Double),
        (Add, Text, Text) => Some(Text),
        (Add | Subtract, Duration, Duration) | (Subtract, Timestamp, Timestamp) => Some(Duration),
        (Add | Subtract, Timestamp, Duration) | (Add, Duration, Timestamp) => Some(Timestamp),
        _ => None,
    }
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::NotEqual,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::LessOrEqual,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn arithmetic(name: &str) -> Option<Arithmetic> {
    Some(match name {
        operators::ADD => Arithmetic::Add,
        operators::SUBSTRACT => Arithmetic::Subtract,
        operators::MULTIPLY => Arithmetic::Multiply,
        operators::DIVIDE => Arithmetic::Divide,
        operators::MODULO => Arithmetic::Modulo,
        _ => return None,
    })
}

fn sign(arithmetic: Arithmetic) -> &'static str {
    match arithmetic {
        Arithmetic::Add => "+",
        Arithmetic::Subtract => "-",
        Arithmetic::Multiply => "*",
        Arithmetic::Divide => "/",
        Arithmetic::Modulo => "%",
    }
}
