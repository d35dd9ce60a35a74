//! Ways through a procedure: which steps lead to which.

use std::collections::VecDeque;

use super::Sop;

impl Sop {
    /// Steps that begin when a step ends in an outcome; the one written next where it has no
    /// outcomes. Absent when it has no such outcome.
    #[must_use]
    pub fn after(&self, step: usize, outcome: &str) -> Option<Vec<usize>> {
        let outcomes = &self.steps[step].outcomes;
        if outcomes.is_empty() {
            return Some(self.default_way(step));
        }
        outcomes
            .iter()
            .find(|candidate| candidate.name == outcome)
            .map(|outcome| outcome.next.clone())
    }

    /// Steps that begin when a step is left out: as after its first outcome.
    #[must_use]
    pub fn past(&self, step: usize) -> Vec<usize> {
        match self.steps[step].outcomes.first() {
            Some(outcome) => outcome.next.clone(),
            None => self.default_way(step),
        }
    }

    /// Whether a way leads from one step to another.
    #[must_use]
    pub fn leads(&self, from: usize, to: usize) -> bool {
        self.reached(&[from]).any(|step| step == to)
    }

    /// Steps to which ways lead from these, nearest first, each once; those from which they
    /// lead only when they lead in a circle.
    pub fn reached(&self, from: &[usize]) -> impl Iterator<Item = usize> {
        let mut seen = vec![false; self.steps.len()];
        let mut front: VecDeque<usize> = from.iter().flat_map(|&step| self.ways(step)).collect();
        std::iter::from_fn(move || {
            while let Some(step) = front.pop_front() {
                if !std::mem::replace(&mut seen[step], true) {
                    front.extend(self.ways(step));
                    return Some(step);
                }
            }
            None
        })
    }

    /// The shortest way from one step to another that leaves out only what may be left out: the
    /// steps between. Absent when there is none.
    #[must_use]
    pub fn shortcut(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        let mut came_from = vec![None; self.steps.len()];
        let mut front = VecDeque::from([from]);
        while let Some(step) = front.pop_front() {
            for next in self.ways(step) {
                if next == to {
                    let mut between = Vec::new();
                    let mut at = step;
                    while at != from {
                        between.push(at);
                        at = came_from[at]?;
                    }
                    between.reverse();
                    return Some(between);
                }
                let optional = self.steps[next].is_optional();
                if optional && next != from && came_from[next].is_none() {
                    came_from[next] = Some(step);
                    front.push_back(next);
                }
            }
        }
        None
    }

    fn ways(&self, step: usize) -> Vec<usize> {
        let outcomes = &self.steps[step].outcomes;
        if outcomes.is_empty() {
            return self.default_way(step);
        }
        outcomes
            .iter()
            .flat_map(|outcome| outcome.next.iter().copied())
            .collect()
    }

    fn default_way(&self, step: usize) -> Vec<usize> {
        (step + 1..self.steps.len()).take(1).collect()
    }
}
