//! What is spared by testing something once for several rules, in tests spared on average,
//! twofold.

use super::{Key, Open, Selection};
use crate::program::node::Literal;
use foldhash::{HashMap, HashSet};
use std::cmp::Reverse;

/// Fewest rules that are worth a switch.
const MIN_SWITCHED: usize = 4;
/// A limit spares less than a guard: most orders that it is asked of are past most limits, while
/// what guards ask, such as whether nothing has been shipped, is false of most orders.
const LIMITS: usize = 4;
/// About how many elements a list has.
const ELEMENTS: usize = 2;

/// How some of the rules that are left are asked together.
pub(super) enum Choice {
    /// By the values of a key.
    Switch(Key),
    /// Under guards that spare more than the next best choice does.
    Guards(HashMap<Literal, usize>, usize),
    /// From the lowest mark of a scale on.
    Chain(String),
}

impl Selection<'_> {
    /// What spares most.
    pub(super) fn choose(&mut self, open: &[Open]) -> Option<(Choice, usize)> {
        let switch = self.best_key(open);
        let chain = self.best_scale(open);
        let guards = self.guards(open);
        let best = guards.values().copied().max().unwrap_or(0);
        let of = |gain: Option<usize>| gain.unwrap_or(0);
        let switched = of(switch.as_ref().map(|(_, gain)| *gain));
        let chained = of(chain.as_ref().map(|(_, gain)| *gain));
        let most = best.max(switched).max(chained);
        if most == 0 {
            return None;
        }
        let choice = match (switch, chain) {
            (Some((key, _)), _) if switched == most => Choice::Switch(key),
            (_, Some((scale, _))) if best < most => Choice::Chain(scale),
            _ => Choice::Guards(guards, switched.max(chained)),
        };
        Some((choice, most))
    }

    /// The key whose switch spares most.
    fn best_key(&self, open: &[Open]) -> Option<(Key, usize)> {
        let mut keys: HashMap<Key, (usize, usize, HashSet<&str>)> = HashMap::default();
        for rule in open {
            let own = rule.literals.iter().flat_map(|literal| self.keys(*literal));
            let own: HashSet<Key> = own.map(|(key, _)| key).collect();
            for key in own {
                let Some((_, texts)) = self.selector(rule, key) else {
                    continue;
                };
                let (rules, places, values) = keys.entry(key).or_default();
                *rules += 1;
                *places += texts.len();
                values.extend(texts.iter().map(AsRef::as_ref));
            }
        }
        let gains = keys
            .into_iter()
            .filter(|(_, (rules, ..))| *rules >= MIN_SWITCHED)
            .map(|(key, (rules, places, values))| {
                let elements = if key.list.is_some() { ELEMENTS } else { 1 };
                let seen = 2 * elements * places / (values.len() + 1);
                (key, (2 * rules).saturating_sub(seen))
            });
        gains
            .filter(|(_, gain)| *gain > 0)
            .max_by_key(|(key, gain)| (*gain, Reverse((key.list, key.field.slot))))
    }

    /// The literals that several rules have.
    fn guards(&self, open: &[Open]) -> HashMap<Literal, usize> {
        let mut guards: HashMap<Literal, usize> = HashMap::default();
        for literal in open.iter().flat_map(|rule| &rule.literals) {
            *guards.entry(*literal).or_default() += 1;
        }
        guards.retain(|_, rules| *rules > 1);
        for (literal, rules) in &mut guards {
            *rules = self.spared(*literal, *rules);
        }
        guards.retain(|_, gain| *gain > 0);
        guards
    }

    fn spared(&self, literal: Literal, rules: usize) -> usize {
        let cost = self.nodes[literal.node()].test.cost();
        (rules * 4).saturating_sub(cost as usize) / 4
    }

    /// The scale on which most rules are.
    fn best_scale(&mut self, open: &[Open]) -> Option<(String, usize)> {
        let mut scales: HashMap<String, (usize, Literal)> = HashMap::default();
        for rule in open {
            let mut own: HashMap<String, Literal> = HashMap::default();
            for literal in &rule.literals {
                let marks = self.marks(*literal);
                own.extend(marks.iter().map(|mark| (mark.scale.clone(), *literal)));
            }
            for (scale, literal) in own {
                scales.entry(scale).or_insert((0, literal)).0 += 1;
            }
        }
        let gains = scales
            .into_iter()
            .map(|(scale, (rules, literal))| (scale, self.spared(literal, rules) / LIMITS));
        gains
            .filter(|(_, gain)| *gain > 0)
            .max_by(|a, b| (a.1, &b.0).cmp(&(b.1, &a.0)))
    }
}
