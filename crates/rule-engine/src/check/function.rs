//! Functions: text tests, sizes, conversions, time, calendars and decision tables.

use super::clock::Moving;
use super::{Checked, Checker, Outcome, Type, conversion, parse_duration, reading};
use crate::datum::parse_instant;
use crate::expression::{Act, Expression, Hand, TextTest};
use crate::language::{Form, Syntax, limit};
use order::Value;

const DURATION_HELP: &str =
    "write numbers with d, h, m, s, ms or us, such as 2d, 36h or 1h30m; a day is 24 hours";

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        syntax: &Syntax,
        target: Option<&Syntax>,
        function: &str,
        arguments: &[Syntax],
    ) -> Outcome<Checked> {
        let (act, value_type) = match (function, target, arguments) {
            ("elapsed", None, [since, calendar @ ..]) if calendar.len() < 2 => {
                return self.elapsed(since, calendar.first());
            }
            ("threshold", None, [name]) => self.threshold(name)?,
            ("duration", None, [text]) if matches!(text.form, Form::Text(_)) => {
                let span = self.literal(text, "a span", parse_duration, DURATION_HELP)?;
                (Act::Constant(Value::Duration(span)), Type::Duration)
            }
            ("timestamp", None, [text]) if matches!(text.form, Form::Text(_)) => {
                let help = "write RFC 3339 with an offset, such as 2026-11-11T00:00:00+08:00";
                let instant = self.literal(text, "an instant", parse_instant, help)?;
                (Act::Constant(Value::Timestamp(instant)), Type::Timestamp)
            }
            ("size", None, [of]) | ("size", Some(of), []) => self.size(of)?,
            ("startsWith", Some(of), [part]) => self.text_test(of, part, TextTest::StartsWith)?,
            ("endsWith", Some(of), [part]) => self.text_test(of, part, TextTest::EndsWith)?,
            ("contains", Some(of), [part]) => self.text_test(of, part, TextTest::Contains)?,
            ("matches", Some(of), [pattern]) | ("matches", None, [of, pattern]) => {
                self.matches(of, pattern)?
            }
            _ => match (conversion::of(function), reading::part(function), target) {
                (Some(conversion), _, None) if arguments.len() == 1 => {
                    self.conversion(&arguments[0], conversion)?
                }
                (_, Some(part), Some(of)) if arguments.len() < 2 => {
                    self.reading(of, part, arguments.first())?
                }
                _ => {
                    return self.unknown_call(syntax, function, target.is_some(), arguments.len());
                }
            },
        };
        Ok(Checked::Steady(
            Expression {
                text: syntax.text.clone(),
                act,
            },
            value_type,
        ))
    }

    fn elapsed(&mut self, since: &Syntax, calendar: Option<&Syntax>) -> Outcome<Checked> {
        let since = self.typed(since, Type::Timestamp);
        let Some(name) = calendar else {
            return Ok(Checked::Moving(Moving::elapsed(since?)));
        };
        let Form::Text(text) = &name.form else {
            let fault = self.fault(name.text.start, "the calendar is not a literal text");
            return self
                .report(fault.expected("the name of a calendar in quotes", "an expression"));
        };
        match self.world.calendars.get(text) {
            Some(calendar) => {
                let calendar = calendar.clone();
                Ok(Checked::Moving(Moving::worked(Hand::Worked {
                    since: since?,
                    calendar,
                })))
            }
            None => {
                let known = self.world.calendars.keys().map(String::as_str);
                let fault = self
                    .fault(name.at, format!("unknown calendar `{text}`"))
                    .nearest(text, known);
                self.report(fault.help("declare it in a document of kind Calendar"))
            }
        }
    }

    fn threshold(&mut self, name: &Syntax) -> Outcome<(Act, Type)> {
        let Form::Text(text) = &name.form else {
            let fault = self.fault(name.text.start, "the threshold is not a literal text");
            return self
                .report(fault.expected("the name of a threshold in quotes", "an expression"));
        };
        let Some(thresholds) = self.world.thresholds else {
            let fault = self.fault(name.at, "a threshold cannot read another threshold");
            return self.report(fault.help("repeat the condition in the row"));
        };
        match thresholds.get(text) {
            Some(declared) => {
                for system in declared.systems.iter() {
                    self.reads.note(system, name.at);
                }
                Ok((
                    Act::Threshold(declared.threshold.clone()),
                    declared.value_type,
                ))
            }
            None => {
                let known = thresholds.keys().map(String::as_str);
                let fault = self
                    .fault(name.at, format!("unknown threshold `{text}`"))
                    .nearest(text, known);
                self.report(fault.help("declare it in a document of kind Threshold"))
            }
        }
    }

    pub(super) fn literal<T>(
        &mut self,
        syntax: &Syntax,
        what: &str,
        parse: impl Fn(&str) -> Option<T>,
        help: &str,
    ) -> Outcome<T> {
        let found = match &syntax.form {
            Form::Text(text) => match parse(text) {
                Some(value) => return Ok(value),
                None => format!("{text:?}"),
            },
            _ => "an expression".to_owned(),
        };
        let fault = self.fault(syntax.text.start, format!("cannot be read as {what}"));
        self.report(fault.expected("a literal text", found).help(help))
    }

    fn size(&mut self, of: &Syntax) -> Outcome<(Act, Type)> {
        let act = match self.check(of)? {
            Checked::List(list, _) => Act::ListSize(Box::new(list)),
            Checked::Steady(expression, Type::Text) => Act::TextSize(Box::new(expression)),
            Checked::Steady(_, found) => {
                let fault = self
                    .fault(of.text.start, "has no size")
                    .expected("a list or string", found);
                return self.report(fault);
            }
            _ => {
                let fault = self.fault(of.text.start, "has no size");
                return self.report(fault.expected("a list or string", "a record or the clock"));
            }
        };
        Ok((act, Type::Int))
    }

    fn text_test(&mut self, of: &Syntax, part: &Syntax, test: TextTest) -> Outcome<(Act, Type)> {
        let (of, part) = (self.typed(of, Type::Text), self.typed(part, Type::Text));
        Ok((Act::TextTest(test, Box::new([of?, part?])), Type::Bool))
    }

    fn matches(&mut self, of: &Syntax, pattern: &Syntax) -> Outcome<(Act, Type)> {
        let of = self.typed(of, Type::Text)?;
        let patterns = self.world.patterns.get();
        if patterns == limit::MAX_PATTERNS {
            let message = format!("a rule set has at most {patterns} patterns");
            let fault = self.fault(pattern.text.start, message);
            return self.report(fault.help("use startsWith, endsWith, contains or in"));
        }
        self.world.patterns.set(patterns + 1);
        let help = "write a regular expression of RE2's kind as a literal text, compiled once; \
                    a long or much repeated one takes too much room";
        let pattern = self.literal(pattern, "a pattern", limit::pattern, help)?;
        Ok((Act::Matches(Box::new(of), Box::new(pattern)), Type::Bool))
    }
}
