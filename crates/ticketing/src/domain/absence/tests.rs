use super::*;

fn day(day: i64) -> Instant {
    chrono::DateTime::from_timestamp(1_750_000_000, 0).unwrap() + chrono::TimeDelta::days(day)
}

fn away(login: &str, days: (i64, i64), stand_in: &str) -> Absence {
    Absence {
        login: login.into(),
        from: day(days.0),
        until: day(days.1),
        stand_in: Some(stand_in.to_owned()).filter(|it| !it.is_empty()),
        reason: "leave".into(),
    }
}

fn roster() -> Roster {
    let teams = "
        east: { department: warehouse, lead: zhao, members: [{ login: zhao }, { login: wang }, { login: li }] }
        road: { department: logistics, lead: chen, members: [{ login: chen }] }
        bridge: { department: operations, lead: sun, members: [{ login: sun, roles: [supervisor] }] }
    ";
    Roster::new(serde_norway::from_str(teams).unwrap())
}

fn check(absence: &Absence, by: &str, others: &[Absence]) -> Result<(), String> {
    let by = Person::try_from(by.to_owned()).unwrap();
    let checked = absence.check(&by, &roster(), others, day(0));
    checked.map_err(|refusal| refusal.to_string())
}

#[test]
fn somebody_is_away_from_an_instant_on_until_right_before_the_other() {
    let absences = Absences::new([away("wang", (1, 3), ""), away("wang", (5, 6), "")]);
    let days = (0..7).filter(|it| absences.of("wang", day(*it)).is_some());
    assert_eq!(days.collect::<Vec<_>>(), [1, 2, 5]);
    assert!(absences.of("li", day(1)).is_none());
}

#[test]
fn who_stands_in_is_the_first_who_is_there() {
    let chain = [
        away("wang", (0, 9), "li"),
        away("li", (2, 9), "zhao"),
        away("zhao", (4, 9), "wang"),
    ];
    let absences = Absences::new(chain);
    let on = |it| absences.stand_in("wang", day(it));
    assert_eq!(on(1), Some("li"));
    assert_eq!(on(3), Some("zhao"), "li is away too");
    assert_eq!(on(5), None, "round in a circle");
    assert_eq!(on(9), None, "wang is back");
    assert_eq!(
        Absences::new([away("wang", (0, 9), "")]).stand_in("wang", day(1)),
        None
    );
}

#[test]
fn the_person_their_lead_and_supervisors_may_set_it() {
    for by in ["wang", "zhao", "sun"] {
        assert_eq!(check(&away("wang", (1, 2), "li"), by, &[]), Ok(()), "{by}");
    }
    for by in ["li", "chen", "nobody"] {
        let refused = check(&away("wang", (1, 2), "li"), by, &[]).unwrap_err();
        assert!(refused.starts_with(&format!("{by} may not")), "{refused}");
    }
}

#[test]
fn a_stand_in_may_do_the_work() {
    let refused = check(&away("wang", (1, 2), "chen"), "wang", &[]).unwrap_err();
    assert!(
        refused.contains("may not do the work of warehouse"),
        "{refused}"
    );
    let refused = check(&away("wang", (1, 2), "ghost"), "wang", &[]).unwrap_err();
    assert_eq!(refused, "ghost is in no team");
    assert_eq!(
        check(&away("wang", (1, 2), "sun"), "wang", &[]),
        Ok(()),
        "a supervisor may"
    );
}

#[test]
fn what_is_over_already_and_whom_nobody_knows_are_refused() {
    let refused = check(&away("wang", (-3, 0), ""), "wang", &[]).unwrap_err();
    assert!(refused.contains("over already"), "{refused}");
    let refused = check(&away("ghost", (1, 2), ""), "sun", &[]).unwrap_err();
    assert_eq!(refused, "ghost is in no team");
}

#[test]
fn one_person_is_away_once_at_a_time_and_the_same_absence_can_be_changed() {
    let known = [away("wang", (1, 3), "")];
    assert_eq!(check(&away("wang", (3, 5), ""), "wang", &known), Ok(()));
    assert_eq!(check(&away("wang", (1, 9), ""), "wang", &known), Ok(()));
    for days in [(0, 2), (2, 4), (0, 9), (2, 3)] {
        let refused = check(&away("wang", days, ""), "wang", &known).unwrap_err();
        assert!(refused.contains("away from"), "{refused}");
    }
}
