use crate::domain::{
    policy::Channel,
    resources::{Faults, Resources},
};

const TREE: &str = r"
apiVersion: orderwatch/v1
kind: Calendar
metadata: {name: office}
spec: {timeZone: Asia/Shanghai, weekly: {monday: ['09:00-18:00']}}
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  levels:
    - {delay: 0s, recipients: [warehouse-owner], channels: [wecom, email]}
    - delay: 4h
      calendar: office
      recipients: [region-manager]
      channel: email
      onlyIf: open
      repeat: {every: 1h, atMost: 3}
  overdue: {recipients: [assignee], channel: wecom}
  comeBack: {after: 2h}
  routes:
    - matchers: [severity >= high, amount >= 5000]
      continue: true
      levels: [{delay: 5m, recipients: [fallback], channel: email}]
      routes:
        - matchers: [customer_tier = vip]
          tellResolution: false
    - matchers: ['region in (east, north)']
      comeBack: {after: 1h, calendar: office}
";

#[test]
fn a_route_has_from_the_route_above_it_what_it_does_not_say() {
    let set = Resources::parse(TREE).unwrap().policy_set(1).unwrap();
    let root = &set.named("default").unwrap().root;
    let [dear, near] = &root.routes[..] else {
        panic!("{root:?}");
    };
    let vip = &dear.routes[0];
    assert_eq!(
        root.terms.levels[0].channels,
        [Channel::Wecom, Channel::Email]
    );
    let second = &root.terms.levels[1];
    assert!(second.while_open);
    assert_eq!(second.repeat.as_ref().unwrap().at_most, 3);
    assert_eq!(second.delay.hours.as_ref().unwrap().name(), "office");
    assert_eq!(vip.place, "spec.routes[0].routes[0]");
    assert_eq!(vip.terms.levels, dear.terms.levels);
    assert_eq!(vip.terms.overdue, root.terms.overdue);
    assert!(dear.continues && dear.terms.tells_resolution && !vip.terms.tells_resolution);
    assert_eq!(near.terms.levels, root.terms.levels);
    assert_ne!(near.terms.comes_back, root.terms.comes_back);
}

#[test]
fn faults_of_routes_say_where_what_was_expected_and_what_was_found() {
    let wrong = TREE
        .replace("severity >= high", "severity >= dire")
        .replace("customer_tier = vip", "tier = vip")
        .replace("onlyIf: open", "onlyIf: rainy")
        .replace("atMost: 3", "atMost: 0")
        .replace("after: 1h, calendar: office", "after: 1h, calendar: shop")
        .replace("channels: [wecom, email]", "channels: [wecom, pigeon]")
        .replace("09:00-18:00", "18:00-09:00")
        .replace("['region in (east, north)']", "[]");
    let Err(Faults(faults)) = Resources::parse(&wrong) else {
        panic!("it was read");
    };
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    for line in [
        "Calendar/office: spec: expected working time: shift 18:00-09:00 ends before it starts",
        "EscalationPolicy/default: spec.levels[0].channels[1]: expected one of",
        "EscalationPolicy/default: spec.levels[1].onlyIf: expected unacknowledged or open, found \"rainy\"",
        "EscalationPolicy/default: spec.levels[1].repeat.atMost: expected a number from 1 to 100, found 0",
        "EscalationPolicy/default: spec.routes[0].matchers[0]: expected one of low, medium, high, critical after >=, found \"dire\"",
        "EscalationPolicy/default: spec.routes[0].routes[0].matchers[0]: expected one of amount, assignee,",
        "EscalationPolicy/default: spec.routes[1].matchers: expected at least one matcher",
        "EscalationPolicy/default: spec.routes[1].comeBack.calendar: expected the name of a Calendar, found \"shop\"; there are none",
    ] {
        assert!(
            faults.iter().any(|fault| fault.starts_with(line)),
            "{line}\nnot in {faults:#?}"
        );
    }
}

const CROWDED: &str = r"
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  groupBy: [warehouse]
  levels:
    - {delay: 0s, recipients: [fallback], channel: log, onlyIf: {groupOver: 10}}
    - {delay: 0s, recipients: [fallback], channel: log, onlyIf: {ticket: open, groupOver: 3}}
";

#[test]
fn a_level_may_ask_how_large_its_group_is() {
    let set = Resources::parse(CROWDED).unwrap().policy_set(1).unwrap();
    let levels = &set.named("default").unwrap().root.terms.levels;
    assert_eq!(
        (levels[0].group_over, levels[0].while_open),
        (Some(10), false)
    );
    assert_eq!(
        (levels[1].group_over, levels[1].while_open),
        (Some(3), true)
    );
}

#[test]
fn a_level_that_asks_for_a_group_where_there_is_none_or_for_no_number_is_refused() {
    let lonely = CROWDED.replace("  groupBy: [warehouse]\n", "");
    let wrong = CROWDED.replace("groupOver: 10", "groupOver: 0");
    for (text, expected) in [
        (
            lonely,
            "EscalationPolicy/default: spec.levels[1].onlyIf.groupOver: expected groupBy",
        ),
        (
            wrong,
            "EscalationPolicy/default: spec.levels[0].onlyIf.groupOver: expected a number from 1",
        ),
    ] {
        let Err(Faults(faults)) = Resources::parse(&text) else {
            panic!("it was read");
        };
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(
            faults.iter().any(|it| it.starts_with(expected)),
            "{faults:#?}"
        );
    }
}
