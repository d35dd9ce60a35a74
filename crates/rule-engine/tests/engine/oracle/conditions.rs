//! Random conditions, each in two spellings: ours, and one for cel's interpreter, which knows
//! neither days, nor elapsed(), nor decision tables.

use super::GRID;
use super::orders::{TEXTS, literal};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

pub(crate) type Spellings = (String, String);

/// Fields of a record by type: instants, texts, whole numbers, amounts, bools.
type Fields = [&'static [&'static str]; 5];

const ORDER: Fields = [
    &[
        "created_at",
        "paid_at",
        "cancelled_at",
        "ship_by",
        "requested_ship_at",
    ],
    &["kind", "warehouse"],
    &["line_count"],
    &["amount", "paid_amount"],
    &["address_complete"],
];
const CUSTOMER: Fields = [&["since_at"], &["tier"], &[], &[], &["do_not_chase"]];
const LINE: Fields = [
    &["ship_by"],
    &["sku", "category"],
    &["quantity"],
    &["price"],
    &[],
];
const SHIPMENT: Fields = [
    &["handed_over_at", "delivered_at", "estimated_delivery_at"],
    &["carrier"],
    &["lines"],
    &[],
    &[],
];
const REFUND: Fields = [
    &["requested_at", "completed_at"],
    &["status"],
    &[],
    &["amount"],
    &[],
];
const LISTS: [(&str, Fields); 3] = [
    ("lines", LINE),
    ("shipments", SHIPMENT),
    ("refunds", REFUND),
];

const PARTS: [&str; 10] = [
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

pub(crate) struct Author<'r> {
    random: &'r mut ChaCha8Rng,
    scope: Vec<(String, Fields)>,
}

fn same(text: impl Into<String>) -> Spellings {
    let text = text.into();
    (text.clone(), text)
}

/// Fills the braces of a pattern with both spellings of the parts.
fn fill(pattern: &str, parts: &[&Spellings]) -> Spellings {
    let mut pieces = pattern.split("{}");
    let (mut ours, mut theirs) = same(pieces.next().unwrap_or_default());
    for (part, piece) in parts.iter().zip(pieces) {
        ours = ours + &part.0 + piece;
        theirs = theirs + &part.1 + piece;
    }
    (ours, theirs)
}

impl<'r> Author<'r> {
    pub(crate) fn new(random: &'r mut ChaCha8Rng) -> Self {
        Self {
            random,
            scope: vec![("order".into(), ORDER), ("customer".into(), CUSTOMER)],
        }
    }

    pub(crate) fn condition(&mut self) -> Spellings {
        self.bool(4)
    }

    fn one_of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts.choose(self.random).unwrap()
    }

    /// A field of a type, of a record in scope, the innermost more often than others.
    fn field(&mut self, of_type: usize) -> Spellings {
        let records: Vec<_> = self
            .scope
            .iter()
            .filter(|(_, fields)| !fields[of_type].is_empty())
            .collect();
        let index = match self.random.random_bool(0.6) {
            true => records.len() - 1,
            false => self.random.random_range(0..records.len()),
        };
        let (name, fields) = records[index].clone();
        same(format!("{name}.{}", self.one_of(fields[of_type])))
    }

    fn bool(&mut self, depth: usize) -> Spellings {
        let choices = if depth == 0 { 4..12 } else { 0..18 };
        match self.random.random_range(choices) {
            0 => fill(
                "({} && {})",
                &[&self.bool(depth - 1), &self.bool(depth - 1)],
            ),
            1 => fill(
                "({} || {})",
                &[&self.bool(depth - 1), &self.bool(depth - 1)],
            ),
            2 => fill("!({})", &[&self.bool(depth - 1)]),
            3 => {
                let parts = [
                    self.bool(depth - 1),
                    self.bool(depth - 1),
                    self.bool(depth - 1),
                ];
                fill("({} ? {} : {})", &[&parts[0], &parts[1], &parts[2]])
            }
            4 | 5 => {
                let of_type = self.random.random_range(0..2);
                fill("has({})", &[&self.field(of_type)])
            }
            6 | 7 => self.clock(),
            8 => self.text_test(),
            9 => self.comparison(depth.min(1)),
            10 => self.field(4),
            11 => same(self.one_of(&["true", "false"])),
            12 => self.comparison(depth),
            13 | 14 => self.quantified(depth),
            15 | 16 => self.sequences(depth),
            _ => self.membership(depth),
        }
    }

    fn compare(&mut self, left: &Spellings, right: &Spellings) -> Spellings {
        let sign = self.one_of(&["<", "<=", ">", ">=", "==", "!="]);
        fill(&format!("({{}} {sign} {{}})"), &[left, right])
    }

    fn comparison(&mut self, depth: usize) -> Spellings {
        let (left, right) = match self.random.random_range(0..6) {
            0 => (self.instant(depth), self.instant(depth)),
            1 => (self.span(depth), self.span(depth)),
            2 => (self.int(depth), self.int(depth)),
            3 => (self.double(depth), self.double(depth)),
            4 => (self.int(depth), self.double(depth)),
            _ => (self.text(), self.text()),
        };
        self.compare(&left, &right)
    }

    fn clock(&mut self) -> Spellings {
        let instant = self.instant(1);
        let (moving, still) = match self.random.random_range(0..7) {
            0 => (same("now"), instant),
            1 => (fill("(now - {})", &[&instant]), self.span(1)),
            2 => (fill("({} - now)", &[&instant]), self.span(1)),
            3 => (fill("(now + {})", &[&self.span(0)]), instant),
            4 => (
                (
                    format!("elapsed({})", instant.0),
                    format!("(now - ({}))", instant.1),
                ),
                self.span(1),
            ),
            5 => {
                let ours = format!("elapsed({}, \"warehouse\")", instant.0);
                ((ours, format!("worked({}, now)", instant.1)), self.span(1))
            }
            _ => {
                let ours = format!("elapsed({}, \"warehouse\")", instant.0);
                let worked = (ours, format!("worked({}, now)", instant.1));
                (fill("({} - {})", &[&self.span(0), &worked]), self.span(0))
            }
        };
        let sign = self.one_of(&["<", "<=", ">", ">="]);
        match self.random.random() {
            true => fill(&format!("({{}} {sign} {{}})"), &[&moving, &still]),
            false => fill(&format!("({{}} {sign} {{}})"), &[&still, &moving]),
        }
    }

    fn instant(&mut self, depth: usize) -> Spellings {
        match self.random.random_range(0..if depth == 0 { 6 } else { 9 }) {
            0 => same(literal(self.random.random_range(0..=10))),
            1..6 => self.field(0),
            6 => fill(
                "({} + {})",
                &[&self.instant(depth - 1), &self.span(depth - 1)],
            ),
            7 => fill(
                "({} - {})",
                &[&self.instant(depth - 1), &self.span(depth - 1)],
            ),
            _ => {
                let (a, b) = (self.instant(depth - 1), self.instant(depth - 1));
                fill("({} ? {} : {})", &[&self.bool(0), &a, &b])
            }
        }
    }

    fn span(&mut self, depth: usize) -> Spellings {
        match self.random.random_range(0..if depth == 0 { 5 } else { 8 }) {
            0 if self.random.random_bool(0.2) => {
                ("duration(\"1d\")".into(), "duration(\"24h\")".into())
            }
            0 => same("duration(\"1h4m\")"),
            1..4 => same(format!(
                "duration(\"{}m\")",
                self.random.random_range(-2..=4) * GRID
            )),
            4 => ("threshold(\"ship-within\")".into(), "ship_within".into()),
            5 => fill(
                "({} - {})",
                &[&self.instant(depth - 1), &self.instant(depth - 1)],
            ),
            6 => fill("({} + {})", &[&self.span(depth - 1), &self.span(depth - 1)]),
            _ => fill("({} - {})", &[&self.span(depth - 1), &self.span(depth - 1)]),
        }
    }

    fn int(&mut self, depth: usize) -> Spellings {
        match self.random.random_range(0..if depth == 0 { 5 } else { 11 }) {
            0 => same(format!("{}", self.random.random_range(-2..4))),
            1..4 => self.field(2),
            4 => ("threshold(\"many-lines\")".into(), "many_lines".into()),
            5 | 6 => {
                let sign = self.one_of(&["+", "-", "*", "/", "%"]);
                let (a, b) = (self.int(depth - 1), self.int(depth - 1));
                fill(&format!("({{}} {sign} {{}})"), &[&a, &b])
            }
            7 => fill("int({})", &[&self.double(depth - 1)]),
            8 => {
                let part = self.one_of(&PARTS);
                let zone = self.one_of(&["", "'+08:00'", "'-09:30'", "'Asia/Kathmandu'"]);
                fill(&format!("{{}}.{part}({zone})"), &[&self.instant(0)])
            }
            9 => {
                let (a, b) = (self.int(0), self.int(0));
                fill("[{}, {}][{}]", &[&a, &b, &self.int(0)])
            }
            _ => fill("{}.size()", &[&self.list(depth - 1).0]),
        }
    }

    fn double(&mut self, depth: usize) -> Spellings {
        match self.random.random_range(0..if depth == 0 { 4 } else { 7 }) {
            0 => same(format!(
                "{:.1}",
                f64::from(self.random.random_range(-2..8)) / 2.0
            )),
            1..4 => self.field(3),
            4 => {
                let sign = self.one_of(&["+", "-", "*"]);
                let (a, b) = (self.double(depth - 1), self.double(depth - 1));
                fill(&format!("({{}} {sign} {{}})"), &[&a, &b])
            }
            5 => fill("-({})", &[&self.double(depth - 1)]),
            _ => fill("double({})", &[&self.int(depth - 1)]),
        }
    }

    fn text(&mut self) -> Spellings {
        match self.random.random_range(0..6) {
            0 => same(format!("\"{}\"", self.one_of(&TEXTS))),
            1 => fill("string({})", &[&self.int(0)]),
            2 => fill("({} + {})", &[&self.field(1), &self.field(1)]),
            _ => self.field(1),
        }
    }

    /// Lists of values, compared.
    fn sequences(&mut self, depth: usize) -> Spellings {
        let (left, right) = match self.random.random() {
            true => (self.int(depth - 1), self.int(depth - 1)),
            false => (self.text(), self.text()),
        };
        let sign = self.one_of(&["==", "!="]);
        let (pattern, parts): (&str, &[&Spellings]) = match self.random.random_range(0..4) {
            0 => ("([{}] L [{}])", &[&left, &right]),
            1 => (
                "([{}, {}] L ([{}] + [{}]))",
                &[&left, &right, &right, &left],
            ),
            2 => ("(([{}] + []) L [{}])", &[&left, &right]),
            _ => (
                "([{}].map(q, q + q) L [{}].map(q, q + q))",
                &[&left, &right],
            ),
        };
        fill(&pattern.replace('L', sign), parts)
    }

    fn text_test(&mut self) -> Spellings {
        let test = self.one_of(&["startsWith", "endsWith", "contains"]);
        match self.random.random_range(0..3) {
            0 => fill("{}.matches(\"^a.?$\")", &[&self.field(1)]),
            1 => fill("(size({}) > 1)", &[&self.field(1)]),
            _ => fill(
                &format!("{{}}.{test}({{}})"),
                &[&self.field(1), &self.text()],
            ),
        }
    }

    /// A list of records, and what they are.
    fn list(&mut self, depth: usize) -> (Spellings, Fields) {
        let (name, fields) = *LISTS.choose(self.random).unwrap();
        if depth == 0 || self.random.random_bool(0.6) || self.scope.len() > 3 {
            return (same(name), fields);
        }
        let variable = format!("v{}", self.scope.len());
        let body = self.within(&variable, fields, |author| author.bool(depth - 1));
        (
            fill(&format!("{name}.filter({variable}, {{}})"), &[&body]),
            fields,
        )
    }

    fn within(
        &mut self,
        variable: &str,
        fields: Fields,
        write: impl FnOnce(&mut Self) -> Spellings,
    ) -> Spellings {
        self.scope.push((variable.to_owned(), fields));
        let body = write(self);
        self.scope.pop();
        body
    }

    fn quantified(&mut self, depth: usize) -> Spellings {
        let quantifier = self.one_of(&["exists", "all", "exists_one"]);
        if self.scope.len() > 3 {
            return self.comparison(1);
        }
        if self.random.random_bool(0.1) {
            return same(format!(
                "order.tags.{quantifier}(t, t.startsWith(\"a\") || t == order.kind)"
            ));
        }
        if self.random.random_bool(0.1) {
            let span = self.span(0);
            let spelled = |since: &str, span: &str| {
                format!("shipments.exists(v, v.scans.{quantifier}(t, {since} > {span}))")
            };
            return (
                spelled("elapsed(t)", &span.0),
                spelled("(now - t)", &span.1),
            );
        }
        let (list, fields) = self.list(depth - 1);
        let variable = format!("v{}", self.scope.len());
        let body = self.within(&variable, fields, |author| author.bool(depth - 1));
        fill(
            &format!("{{}}.{quantifier}({variable}, {{}})"),
            &[&list, &body],
        )
    }

    fn membership(&mut self, depth: usize) -> Spellings {
        let element = self.text();
        let list = match self.random.random_range(0..4) {
            0 => same("order.tags"),
            1 => same("([\"a\", \"vip\"] + order.tags)"),
            2 => fill("[\"b\", {}]", &[&self.field(1)]),
            _ if self.scope.len() > 3 => same("[\"a\"]"),
            _ => {
                let (list, fields) = self.list(depth - 1);
                let variable = format!("v{}", self.scope.len());
                let body = self.within(&variable, fields, Self::text);
                match self.random.random() {
                    true => fill(&format!("{{}}.map({variable}, {{}})"), &[&list, &body]),
                    false => {
                        let kept = self.within(&variable, fields, |author| author.bool(0));
                        fill(
                            &format!("{{}}.map({variable}, {{}}, {{}})"),
                            &[&list, &kept, &body],
                        )
                    }
                }
            }
        };
        fill("({} in {})", &[&element, &list])
    }
}
