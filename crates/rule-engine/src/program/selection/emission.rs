//! The code of rules that are asked together.

use super::{Key, Open, Selection};
use crate::program::code::{self, Place, Step};
use crate::program::node::Literal;
use foldhash::HashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value of a key, and the rules that it selects.
type Case = (Arc<str>, Vec<Open>);

impl Selection<'_> {
    /// Emits a rule by itself.
    pub(super) fn plain(&mut self, rule: &Open) {
        let tests = rule
            .literals
            .iter()
            .map(|literal| (*literal, self.code.reserve()));
        let tests: Vec<_> = tests.collect();
        self.code.steps.push(if rule.used.is_empty() {
            Step::Say(rule.rule)
        } else {
            Step::SayOnce(rule.rule)
        });
        self.otherwise_here(tests);
    }

    /// The tests go on here when they do not hold.
    fn otherwise_here(&mut self, tests: Vec<(Literal, Place)>) {
        let otherwise = self.code.here();
        for (literal, place) in tests {
            self.code.set(place, Step::Test { literal, otherwise });
        }
    }

    /// Emits the switch of a key; gives back the rules that it does not select.
    pub(super) fn switch(&mut self, key: Key, open: Vec<Open>) -> Vec<Open> {
        let (cases, rest) = self.cases(key, open);
        let (at, number) = (self.code.reserve(), self.tables.len());
        let dictionary = self.code.key(key);
        self.tables.push((dictionary, HashMap::default()));
        let mut ends = Vec::with_capacity(cases.len());
        for (text, rules) in cases {
            let start = self.code.here();
            let texts = &mut self.code.keys[dictionary].numbers;
            let next = code::count(texts.len());
            let text = *texts.entry(text).or_insert(next);
            self.tables[number].1.insert(text, start);
            self.block(rules);
            ends.push(self.code.reserve());
        }
        let otherwise = self.code.here();
        let table = code::count(number);
        if key.list.is_none() {
            for end in ends {
                self.code.set(end, Step::Jump(otherwise));
            }
            self.code.set(at, Step::Switch { table, otherwise });
        } else {
            self.code.set(at, Step::Each { table, otherwise });
        }
        rest
    }

    /// The rules that each value of a key selects, and the rest.
    fn cases(&self, key: Key, open: Vec<Open>) -> (Vec<Case>, Vec<Open>) {
        let mut cases: Vec<Case> = Vec::new();
        let mut known: HashMap<Arc<str>, usize> = HashMap::default();
        let mut rest = Vec::new();
        for mut rule in open {
            let Some((literal, texts)) = self.selector(&rule, key) else {
                rest.push(rule);
                continue;
            };
            rule.copies *= texts.len();
            if key.list.is_some() {
                // That an element has the text does not say that it has all the rest.
                rule.used.push(key);
            } else {
                rule = rule.without(literal);
            }
            for text in texts {
                let case = *known.entry(text.clone()).or_insert_with(|| {
                    cases.push((text.clone(), Vec::new()));
                    cases.len() - 1
                });
                cases[case].1.push(rule.clone());
            }
        }
        (cases, rest)
    }

    /// Emits every guard that spares more than `least`, each with the rules that have none
    /// better; gives back the rest.
    pub(super) fn guard(
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
                rules.iter().for_each(|rule| self.plain(rule));
                continue;
            }
            let place = self.under(literal, rules);
            self.otherwise_here(vec![(literal, place)]);
        }
        rest
    }

    /// Emits rules that all have a literal, after room for its test.
    fn under(&mut self, literal: Literal, rules: Vec<Open>) -> Place {
        let place = self.code.reserve();
        let rules = rules.into_iter().map(|rule| rule.without(literal));
        self.block(rules.collect());
        place
    }

    /// Emits the rules on a scale from the lowest mark on: where one does not hold, none that is
    /// higher does. Gives back the rest.
    pub(super) fn chain(&mut self, scale: &str, open: Vec<Open>) -> Vec<Open> {
        let mut marks: BTreeMap<(i64, Literal), Vec<Open>> = BTreeMap::new();
        let mut rest = Vec::new();
        for rule in open {
            let mut highest = None;
            for literal in &rule.literals {
                let own = self.marks(*literal);
                let own = own.iter().filter(|mark| mark.scale == scale);
                highest = highest.max(own.map(|mark| (mark.height, *literal)).max());
            }
            match highest {
                Some(mark) => marks.entry(mark).or_default().push(rule),
                None => rest.push(rule),
            }
        }
        let mut tests = Vec::with_capacity(marks.len());
        for ((_, literal), rules) in marks {
            tests.push((literal, self.under(literal, rules)));
        }
        self.otherwise_here(tests);
        rest
    }
}
