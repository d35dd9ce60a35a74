//! To whom work is given that nobody has: by skills, shift, cap and load.

use std::collections::BTreeMap;

use super::{
    Instant,
    office::Office,
    roster::{Member, Team},
};

/// What somebody has to do already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Steps that they work on, however they came by them.
    pub open: u32,
    /// Grows with everything that is given to anybody; zero for whom nothing was given yet.
    pub turn: i64,
}

/// What everybody has to do already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loads(BTreeMap<String, Load>);

/// Whom work is given, and why, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Login.
    pub login: String,
    /// Why.
    pub reason: String,
}

/// Why somebody is not given something; the first that is so counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Obstacle {
    Away,
    OffShift,
    Unskilled,
    AtCap,
}

impl Loads {
    /// Takes loads in; who is not among them has none.
    #[must_use]
    pub fn new(loads: BTreeMap<String, Load>) -> Self {
        Self(loads)
    }

    /// What somebody has to do already.
    #[must_use]
    pub fn of(&self, login: &str) -> Load {
        self.0.get(login).copied().unwrap_or_default()
    }

    /// Counts one more piece of work for somebody, who was the last to be given something.
    pub fn give(&mut self, login: &str) {
        let last = self.0.values().map(|load| load.turn).max().unwrap_or(0);
        let load = self.0.entry(login.to_owned()).or_default();
        load.open += 1;
        load.turn = last + 1;
    }
}

/// Chooses somebody of a team who can do a piece of work, is there and below their cap: whoever
/// has least relative to that, of several the one to whom nothing was given for longest. When
/// nobody is left it is the lead, or whoever stands in for the lead.
#[must_use]
pub fn choose(
    (name, team): (&str, &Team),
    skills: &[String],
    loads: &Loads,
    office: &Office,
    now: Instant,
) -> Choice {
    let obstacle = |member: &&Member| obstacle(member, skills, loads, office, now);
    let able = team.members.iter().filter(|it| obstacle(it).is_none());
    let chosen = able.min_by(|a, b| {
        let (of_a, of_b) = (loads.of(&a.login), loads.of(&b.login));
        // a's open / a's cap < b's open / b's cap, without a division
        let fills = |load: Load, other: &Member| u64::from(load.open) * u64::from(other.cap);
        fills(of_a, b)
            .cmp(&fills(of_b, a))
            .then(of_a.turn.cmp(&of_b.turn))
            .then_with(|| a.login.cmp(&b.login))
    });
    match chosen {
        Some(member) => Choice {
            login: member.login.clone(),
            reason: fitness(member, skills, loads.of(&member.login)),
        },
        None => last_resort(
            name,
            team,
            team.members.iter().filter_map(|it| obstacle(&it)),
            office,
            now,
        ),
    }
}

fn obstacle(
    member: &Member,
    skills: &[String],
    loads: &Loads,
    office: &Office,
    now: Instant,
) -> Option<Obstacle> {
    if office.absences().of(&member.login, now).is_some() {
        return Some(Obstacle::Away);
    }
    if !office.is_working(member.shifts.as_deref(), now) {
        return Some(Obstacle::OffShift);
    }
    if skills.iter().any(|skill| !member.skills.contains(skill)) {
        return Some(Obstacle::Unskilled);
    }
    (loads.of(&member.login).open >= member.cap).then_some(Obstacle::AtCap)
}

fn fitness(member: &Member, skills: &[String], load: Load) -> String {
    let skilled = match skills {
        [] => String::new(),
        [skill] => format!(" has the skill {skill},"),
        skills => format!(" has the skills {},", skills.join(", ")),
    };
    let Member { login, cap, .. } = member;
    let open = load.open;
    format!("{login}{skilled} is on shift, and has {open} of {cap} pieces of work")
}

fn last_resort(
    name: &str,
    team: &Team,
    obstacles: impl Iterator<Item = Obstacle>,
    office: &Office,
    now: Instant,
) -> Choice {
    let mut counts = BTreeMap::<Obstacle, usize>::new();
    for obstacle in obstacles {
        *counts.entry(obstacle).or_default() += 1;
    }
    let told: Vec<String> = counts
        .into_iter()
        .map(|(obstacle, count)| format!("{count} {}", obstacle.as_str()))
        .collect();
    let nobody = format!("nobody of {name} can take it ({})", told.join(", "));
    let lead = &team.lead;
    let absences = office.absences();
    match (absences.of(lead, now), absences.stand_in(lead, now)) {
        (Some(_), Some(stand_in)) => Choice {
            login: stand_in.to_owned(),
            reason: format!("{nobody}, and {stand_in} stands in for {lead}, who leads it"),
        },
        (Some(_), None) => Choice {
            login: lead.clone(),
            reason: format!("{nobody}, and {lead} leads it, though away and without a stand-in"),
        },
        (None, _) => Choice {
            login: lead.clone(),
            reason: format!("{nobody}, and {lead} leads it"),
        },
    }
}

impl Obstacle {
    fn as_str(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::OffShift => "off shift",
            Self::Unskilled => "without the skills",
            Self::AtCap => "at their cap",
        }
    }
}

#[cfg(test)]
mod tests;
