use calendar::CalendarSpec;
use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::domain::{
    absence::{Absence, Absences},
    roster::Roster,
};

const TEAM: &str = "
    department: warehouse
    lead: zhao
    assign: automatic
    members:
      - { login: zhao, cap: 2 }
      - { login: wang, cap: 4, skills: [customs, fragile] }
      - { login: li, cap: 4, skills: [customs], shifts: mornings }
";

fn team() -> Team {
    serde_norway::from_str(TEAM).unwrap()
}

/// Eight in the morning.
fn at(minutes: i64) -> Instant {
    let eight: Instant = "2026-06-18T08:00:00Z".parse().unwrap();
    eight + TimeDelta::minutes(minutes)
}

/// People away from eight to nine, each with who stands in.
fn office(away: &[(&str, &str)]) -> Office {
    let mornings = "{ timeZone: UTC, weekly: { thursday: ['08:00-12:00'] } }";
    let mornings: CalendarSpec = serde_norway::from_str(mornings).unwrap();
    let mornings = std::sync::Arc::new(mornings.build().unwrap());
    let absences = away.iter().map(|(login, stand_in)| Absence {
        login: (*login).to_owned(),
        from: at(0),
        until: at(60),
        stand_in: Some((*stand_in).to_owned()).filter(|it| !it.is_empty()),
        reason: "leave".into(),
    });
    let calendars = BTreeMap::from([("mornings".to_owned(), mornings)]);
    Office::new(calendars, Roster::default()).with_absences(Absences::new(absences))
}

fn loads(open: &[(&str, u32, i64)]) -> Loads {
    let load = |&(login, open, turn): &(&str, u32, i64)| (login.to_owned(), Load { open, turn });
    Loads::new(open.iter().map(load).collect())
}

fn chosen(skills: &[&str], loads: &Loads, office: &Office, now: Instant) -> Choice {
    let skills: Vec<String> = skills.iter().map(|&it| it.to_owned()).collect();
    choose(("east", &team()), &skills, loads, office, now)
}

#[test]
fn who_has_least_relative_to_their_cap_is_given_it() {
    let half_and_quarter = loads(&[("zhao", 1, 1), ("wang", 1, 2), ("li", 2, 3)]);
    let choice = chosen(&[], &half_and_quarter, &office(&[]), at(0));
    assert_eq!(choice.login, "wang");
    assert_eq!(
        choice.reason,
        "wang is on shift, and has 1 of 4 pieces of work"
    );
}

#[test]
fn of_several_it_is_the_one_to_whom_nothing_was_given_for_longest() {
    let even = loads(&[("zhao", 1, 9), ("wang", 2, 8), ("li", 2, 7)]);
    assert_eq!(chosen(&[], &even, &office(&[]), at(0)).login, "li");
    assert_eq!(
        chosen(&[], &Loads::default(), &office(&[]), at(0)).login,
        "li",
        "else by name"
    );
}

#[test]
fn skills_shifts_and_absences_are_respected() {
    let none = Loads::default();
    let choice = chosen(&["customs", "fragile"], &none, &office(&[]), at(0));
    assert_eq!(
        choice.reason,
        "wang has the skills customs, fragile, is on shift, and has 0 of 4 pieces of work"
    );
    assert_eq!(
        chosen(&["customs"], &none, &office(&[("li", "")]), at(59)).login,
        "wang"
    );
    assert_eq!(
        chosen(&["customs"], &none, &office(&[("li", "")]), at(60)).login,
        "li",
        "back"
    );
    assert_eq!(
        chosen(&["customs"], &none, &office(&[]), at(239)).login,
        "li"
    );
    assert_eq!(
        chosen(&["customs"], &none, &office(&[]), at(240)).login,
        "wang",
        "off shift"
    );
}

#[test]
fn when_nobody_is_left_it_is_the_lead_and_the_reason_says_why() {
    let full = loads(&[("wang", 4, 1), ("li", 1, 2)]);
    let choice = chosen(&["customs"], &full, &office(&[]), at(300));
    assert_eq!(choice.login, "zhao");
    assert_eq!(
        choice.reason,
        "nobody of east can take it (1 off shift, 1 without the skills, 1 at their cap), and zhao leads it"
    );
}

#[test]
fn a_lead_who_is_away_has_a_stand_in_or_gets_it_all_the_same() {
    let none = Loads::default();
    let choice = chosen(&["lifting"], &none, &office(&[("zhao", "wang")]), at(0));
    assert_eq!(choice.login, "wang");
    assert!(
        choice
            .reason
            .ends_with("and wang stands in for zhao, who leads it"),
        "{choice:?}"
    );
    let choice = chosen(&["lifting"], &none, &office(&[("zhao", "")]), at(0));
    assert_eq!(choice.login, "zhao");
    assert!(
        choice
            .reason
            .ends_with("though away and without a stand-in"),
        "{choice:?}"
    );
}

#[derive(Debug, Clone)]
struct Plan {
    team: Team,
    away: Vec<(String, String)>,
    work: Vec<Vec<String>>,
    loads: Loads,
    now: Instant,
}

fn skills() -> impl Strategy<Value = Vec<String>> {
    let known = vec![
        "customs".to_owned(),
        "fragile".to_owned(),
        "lifting".to_owned(),
    ];
    prop::sample::subsequence(known, 0..=2)
}

fn plan() -> impl Strategy<Value = Plan> {
    let member = (
        skills(),
        0u32..6,
        any::<bool>(),
        0u32..4,
        0i64..5,
        0usize..8,
        any::<bool>(),
    );
    let members = prop::collection::vec(member, 1..7);
    let work = prop::collection::vec(skills(), 1..30);
    (members, work, 0usize..6, -60i64..300).prop_map(|(people, work, lead, minutes)| {
        let name = |index: usize| format!("p{}", index % people.len());
        let mut loads = BTreeMap::new();
        let mut away = Vec::new();
        let mut members = Vec::new();
        for (index, (skills, cap, mornings, open, turn, stand_in, is_away)) in
            people.iter().cloned().enumerate()
        {
            loads.insert(name(index), Load { open, turn });
            if is_away {
                let stand_in = if stand_in == index {
                    String::new()
                } else {
                    name(stand_in)
                };
                away.push((name(index), stand_in));
            }
            members.push(Member {
                login: name(index),
                roles: Vec::new(),
                skills,
                cap,
                shifts: mornings.then(|| "mornings".to_owned()),
            });
        }
        let team = Team {
            lead: name(lead),
            members,
            ..team()
        };
        Plan {
            team,
            away,
            work,
            loads: Loads::new(loads),
            now: at(minutes),
        }
    })
}

impl Plan {
    fn office(&self) -> Office {
        let away: Vec<(&str, &str)> = self
            .away
            .iter()
            .map(|(login, other)| (&**login, &**other))
            .collect();
        office(&away)
    }

    /// By the words of the promise, not by those of the code.
    fn may_take(&self, member: &Member, skills: &[String], loads: &Loads) -> bool {
        let is_there = !self.away.iter().any(|(login, _)| *login == member.login)
            || !(at(0)..at(60)).contains(&self.now);
        let is_morning = (at(0)..at(240)).contains(&self.now);
        is_there
            && (member.shifts.is_none() || is_morning)
            && skills.iter().all(|it| member.skills.contains(it))
            && loads.of(&member.login).open < member.cap
    }

    fn run(&self, mut check: impl FnMut(&[String], &Loads, &Choice)) -> Vec<Choice> {
        let (office, mut loads) = (self.office(), self.loads.clone());
        let give = |skills: &Vec<String>| {
            let choice = choose(("east", &self.team), skills, &loads, &office, self.now);
            check(skills, &loads, &choice);
            loads.give(&choice.login);
            choice
        };
        self.work.iter().map(give).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whoever gets it may take it, as long as there is anybody who may; else it is the lead or
    /// who stands in, and never nobody.
    #[test]
    fn work_goes_to_whoever_may_take_it_or_else_to_the_lead(plan in plan()) {
        plan.run(|skills, loads, choice| {
            let may = |it: &&Member| plan.may_take(it, skills, loads);
            let able: Vec<&Member> = plan.team.members.iter().filter(may).collect();
            if able.is_empty() {
                let office = plan.office();
                let stand_in = office.absences().stand_in(&plan.team.lead, plan.now);
                assert_eq!(choice.login, stand_in.unwrap_or(&plan.team.lead));
                assert!(choice.reason.starts_with("nobody of east"));
            } else {
                let chosen = able.iter().find(|it| it.login == choice.login).unwrap();
                let share = |it: &Member| f64::from(loads.of(&it.login).open) / f64::from(it.cap);
                assert!(able.iter().all(|it| share(chosen) <= share(it)));
            }
        });
    }

    #[test]
    fn the_same_work_and_loads_give_the_same_choices_in_whatever_order_members_stand(plan in plan()) {
        let mut turned = plan.clone();
        turned.team.members.reverse();
        prop_assert_eq!(plan.run(|_, _, _| {}), turned.run(|_, _, _| {}));
    }

    /// Of what is given while somebody may take it, nobody is ever over their cap.
    #[test]
    fn nobody_goes_past_their_cap_but_the_last_resort(plan in plan()) {
        let mut given = plan.loads.clone();
        for choice in plan.run(|_, _, _| {}) {
            given.give(&choice.login);
            let member = plan.team.members.iter().find(|it| it.login == choice.login).unwrap();
            let is_last_resort = choice.reason.starts_with("nobody of east");
            prop_assert!(is_last_resort || given.of(&choice.login).open <= member.cap);
        }
    }
}
