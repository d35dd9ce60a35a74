//! Which rules are asked at all, as code that tests what they share once.
//!
//! A switch jumps by the value of a text field to the rules that name this value: the others are
//! never seen. A condition that several of the rest have in common guards them together.

use super::node::{Field, Literal, Node, Place, Test};
use foldhash::{HashMap, HashSet};
use std::sync::Arc;

/// Most places that a rule may come to stand in because it names several values.
const MAX_COPIES: usize = 16;
/// Fewest rules that are worth a switch.
const MIN_SWITCHED: usize = 4;

/// A rule, and what must all hold for it to be true.
#[derive(Debug)]
pub(super) struct Demand {
    pub(super) rule: usize,
    pub(super) literals: Vec<Literal>,
}

/// Steps, run from the first to past the last.
#[derive(Debug, Default)]
pub(super) struct Code {
    pub(super) steps: Vec<Step>,
    pub(super) tables: Vec<Table>,
}

/// Where the rules of a value begin.
pub(super) type Table = HashMap<Arc<str>, usize>;

#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Goes on at `otherwise` when the literal does not hold.
    Test {
        literal: Literal,
        otherwise: usize,
    },
    /// Goes on where a table says, or at `otherwise`.
    Switch {
        field: Field,
        table: usize,
        otherwise: usize,
    },
    Jump(usize),
    /// A rule is true.
    Say(usize),
}

impl Code {
    pub(super) fn select(nodes: &[Node], demands: Vec<Demand>) -> Self {
        let mut selection = Selection {
            nodes,
            code: Self::default(),
        };
        let open = demands.into_iter().map(|demand| Open {
            rule: demand.rule,
            literals: demand.literals,
            copies: 1,
        });
        selection.block(open.collect());
        selection.code
    }

    /// Every literal that is tested, as often as it is.
    pub(super) fn literals(&self) -> impl Iterator<Item = Literal> {
        self.steps.iter().filter_map(|step| match step {
            Step::Test { literal, .. } => Some(*literal),
            _ => None,
        })
    }
}

/// A rule with what is left to be tested.
#[derive(Clone)]
struct Open {
    rule: usize,
    literals: Vec<Literal>,
    /// How many places it stands in.
    copies: usize,
}

impl Open {
    fn without(mut self, literal: Literal) -> Self {
        self.literals.retain(|own| *own != literal);
        self
    }
}

struct Selection<'n> {
    nodes: &'n [Node],
    code: Code,
}

impl Selection<'_> {
    fn block(&mut self, mut open: Vec<Open>) {
        while open.len() > 1 {
            let guards = self.guards(&open);
            let most = guards.values().copied().max().unwrap_or(0);
            match self.best_field(&open) {
                Some((field, gain)) if gain >= most => open = self.switch(field, open),
                other => {
                    let least = other.map_or(0, |(_, gain)| gain);
                    let before = open.len();
                    open = self.guard(&guards, least, open);
                    if open.len() == before {
                        break;
                    }
                }
            }
        }
        for rule in open {
            self.plain(rule);
        }
    }

    fn plain(&mut self, rule: Open) {
        let say = self.code.steps.len() + rule.literals.len();
        let tests = rule.literals.into_iter().map(|literal| Step::Test {
            literal,
            otherwise: say + 1,
        });
        self.code.steps.extend(tests);
        self.code.steps.push(Step::Say(rule.rule));
    }

    /// The values of a steady field by which a literal can select.
    fn values(&self, literal: Literal) -> Option<(Field, &[Arc<str>])> {
        match &self.nodes[literal.node()].test {
            Test::Text(field, texts) if literal.wanted() && field.place != Place::Element => {
                Some((*field, texts))
            }
            _ => None,
        }
    }

    /// The literal by which a rule can be selected through a field.
    fn selector(&self, rule: &Open, field: Field) -> Option<(Literal, &[Arc<str>])> {
        rule.literals.iter().find_map(|literal| {
            let (own, texts) = self.values(*literal)?;
            (own == field && texts.len() * rule.copies <= MAX_COPIES).then_some((*literal, texts))
        })
    }

    /// The field whose switch spares most, and how many rules it spares on average, twofold.
    fn best_field(&self, open: &[Open]) -> Option<(Field, usize)> {
        let mut fields: HashMap<Field, (usize, usize, HashSet<&str>)> = HashMap::default();
        for rule in open {
            let own: HashSet<Field> = rule
                .literals
                .iter()
                .filter_map(|literal| Some(self.values(*literal)?.0))
                .collect();
            for field in own {
                let Some((_, texts)) = self.selector(rule, field) else {
                    continue;
                };
                let (rules, places, values) = fields.entry(field).or_default();
                *rules += 1;
                *places += texts.len();
                values.extend(texts.iter().map(AsRef::as_ref));
            }
        }
        let gains = fields
            .into_iter()
            .filter(|(_, (rules, ..))| *rules >= MIN_SWITCHED)
            .map(|(field, (rules, places, values))| {
                let gain = (2 * rules).saturating_sub(2 * places / (values.len() + 1));
                (field, gain)
            });
        gains.max_by_key(|(field, gain)| (*gain, std::cmp::Reverse(field.slot)))
    }

    /// Emits the switch of a field; gives back the rules that it does not select.
    fn switch(&mut self, field: Field, open: Vec<Open>) -> Vec<Open> {
        let mut cases: Vec<(Arc<str>, Vec<Open>)> = Vec::new();
        let mut known: HashMap<Arc<str>, usize> = HashMap::default();
        let mut rest = Vec::new();
        for rule in open {
            let Some((literal, texts)) = self.selector(&rule, field) else {
                rest.push(rule);
                continue;
            };
            let texts = texts.to_vec();
            let mut rule = rule.without(literal);
            rule.copies *= texts.len();
            for text in texts {
                let case = *known.entry(text.clone()).or_insert_with(|| {
                    cases.push((text, Vec::new()));
                    cases.len() - 1
                });
                cases[case].1.push(rule.clone());
            }
        }
        let (at, table) = (self.code.steps.len(), self.code.tables.len());
        self.code.steps.push(Step::Jump(0));
        self.code.tables.push(Table::default());
        let mut jumps = Vec::with_capacity(cases.len());
        for (text, rules) in cases {
            let start = self.code.steps.len();
            self.code.tables[table].insert(text, start);
            self.block(rules);
            jumps.push(self.code.steps.len());
            self.code.steps.push(Step::Jump(0));
        }
        let otherwise = self.code.steps.len();
        for jump in jumps {
            self.code.steps[jump] = Step::Jump(otherwise);
        }
        self.code.steps[at] = Step::Switch {
            field,
            table,
            otherwise,
        };
        rest
    }

    /// What it spares on average, twofold, to test a literal once for all rules that have it.
    fn guards(&self, open: &[Open]) -> HashMap<Literal, usize> {
        let mut guards: HashMap<Literal, usize> = HashMap::default();
        for literal in open.iter().flat_map(|rule| &rule.literals) {
            *guards.entry(*literal).or_default() += 1;
        }
        guards.retain(|_, rules| *rules > 1);
        for (literal, rules) in &mut guards {
            let cost = self.nodes[literal.node()].test.cost();
            *rules = (*rules * 4).saturating_sub(cost as usize) / 4;
        }
        guards.retain(|_, gain| *gain > 0);
        guards
    }

    /// Emits every guard that spares more than `least`, each with the rules that have none
    /// better; gives back the rest.
    fn guard(
        &mut self,
        guards: &HashMap<Literal, usize>,
        least: usize,
        open: Vec<Open>,
    ) -> Vec<Open> {
        let mut guarded: Vec<(Literal, Vec<Open>)> = Vec::new();
        let mut known: HashMap<Literal, usize> = HashMap::default();
        let mut rest = Vec::new();
        for rule in open {
            let own = rule.literals.iter().filter_map(|literal| {
                let gain = *guards.get(literal)?;
                (gain > least).then_some((gain, *literal))
            });
            let Some((_, literal)) = own.max() else {
                rest.push(rule);
                continue;
            };
            let group = *known.entry(literal).or_insert_with(|| {
                guarded.push((literal, Vec::new()));
                guarded.len() - 1
            });
            guarded[group].1.push(rule);
        }
        for (literal, rules) in guarded {
            if rules.len() == 1 {
                rules.into_iter().for_each(|rule| self.plain(rule));
                continue;
            }
            let at = self.code.steps.len();
            self.code.steps.push(Step::Jump(0));
            self.block(
                rules
                    .into_iter()
                    .map(|rule| rule.without(literal))
                    .collect(),
            );
            self.code.steps[at] = Step::Test {
                literal,
                otherwise: self.code.steps.len(),
            };
        }
        rest
    }
}
