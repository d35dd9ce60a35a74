use std::time::Duration;

use super::*;
use crate::domain::{
    contact::Kind,
    policy::{Channel, Recipient, delay::Delay},
};

const WHOLE: &str = r"
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  language: en
  robots:
    east: {webhook: env:WECOM_EAST, language: zh}
  people:
    zhang-wei: {email: zhang.wei@example.com, robot: east}
    li-na: {email: li.na@example.com}
  warehouses:
    WH-E: {owner: zhang-wei, region: east}
  regions:
    east: {manager: li-na}
  fallback: li-na
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: vip}
spec:
  match: {severities: [Critical]}
  levels:
    - {delay: 0s, recipients: [warehouse-owner], channel: wecom}
    - {delay: 30m, recipients: [region-manager, 'person:zhang-wei'], channel: email}
  overdue: {recipients: [assignee], channel: wecom}
";

fn faults(yaml: &str) -> Vec<String> {
    match Resources::parse(yaml) {
        Ok(_) => Vec::new(),
        Err(Faults(faults)) => faults.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_directory_and_a_policy_are_read_whole() {
    let set = Resources::parse(WHOLE).unwrap().policy_set(3).unwrap();
    assert_eq!(set.version, 3);
    assert_eq!(set.directory.warehouses["WH-E"].owner, "zhang-wei");
    let terms = &set.named("vip").unwrap().root.terms;
    assert_eq!(
        terms.levels[1].delay,
        Delay::wall(Duration::from_secs(1800))
    );
    assert_eq!(terms.levels[1].channels, [Channel::Email]);
    assert_eq!(
        terms.levels[1].recipients[1],
        Recipient::Person("zhang-wei".to_owned())
    );
    assert!(terms.overdue.as_ref().unwrap().after_acknowledgement);
    assert!(terms.due_soon.is_none());
}

#[test]
fn every_fault_is_reported_at_once_with_its_path_and_what_was_expected() {
    let wrong = WHOLE
        .replace("delay: 30m", "delay: half an hour")
        .replace("channel: email", "channel: pigeon")
        .replace("recipients: [assignee]", "recipents: [assignee]")
        .replace("owner: zhang-wei", "owner: nobody");
    let faults = faults(&wrong);
    let expected = [
        "Directory/main: spec.warehouses.WH-E.owner: expected one of spec.people, found \"nobody\"",
        "EscalationPolicy/vip: spec.levels[1].delay: expected a duration such as 0s, 30m, 4h, 1h30m or 2d, found \"half an hour\"",
        "EscalationPolicy/vip: spec.levels[1].channel: expected one of wecom, dingtalk, feishu, slack, pagerduty, webhook, wecom-app, sms, email, log, found \"pigeon\"",
        "EscalationPolicy/vip: spec.overdue.recipents: expected one of recipients, channel, channels, afterAcknowledgement; did you mean `recipients`?",
    ];
    for line in expected {
        assert!(
            faults.iter().any(|fault| fault == line),
            "{line}\nnot in {faults:#?}"
        );
    }
}

#[test]
fn a_webhook_url_in_the_directory_is_refused_without_being_repeated() {
    let leaked = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=s3cret";
    let faults = faults(&WHOLE.replace("env:WECOM_EAST", &format!("'{leaked}'")));
    assert!(faults[0].starts_with("Directory/main: spec.robots.east.webhook: expected"));
    assert!(!faults.concat().contains("s3cret"));
}

#[test]
fn broken_yaml_says_where_it_broke() {
    let faults = faults("apiVersion: orderwatch/v1\nkind: [Directory\n");
    assert!(
        faults[0].starts_with("documents[0]: expected YAML:"),
        "{faults:?}"
    );
    assert!(faults[0].contains("line"), "{faults:?}");
}

#[test]
fn an_unknown_kind_is_told_which_are_known() {
    let faults = faults("{apiVersion: orderwatch/v1, kind: Sop, metadata: {name: a}, spec: {}}");
    assert_eq!(
        faults,
        [
            "documents[0]: kind: expected one of Directory, EscalationPolicy, OnCallSchedule, Calendar, MaintenanceWindow, Inhibition, MessageTemplate, found \"Sop\""
        ]
    );
}

#[test]
fn contact_points_are_masked_when_shown() {
    let shown = Resources::parse(WHOLE).unwrap().to_masked_yaml();
    assert!(shown.contains("z***@example.com"), "{shown}");
    assert!(!shown.contains("zhang.wei@"));
}

#[test]
fn applying_one_document_leaves_the_others_in_force() {
    let resources = Resources::parse(WHOLE).unwrap();
    let more = Resources::parse(
        "{apiVersion: orderwatch/v1, kind: EscalationPolicy, metadata: {name: calm}, spec: {levels: []}}",
    )
    .unwrap();
    let set = resources.merged(more).policy_set(1).unwrap();
    assert_eq!(set.policies.len(), 2);
    assert_eq!(set.directory.people.len(), 2);
}

const ON_CALL: &str = r#"
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  people: {ann: {}, ben: {}}
  teams:
    night: {members: [ann, ben], lead: ann, schedule: nights}
---
apiVersion: orderwatch/v1
kind: OnCallSchedule
metadata: {name: nights}
spec:
  timeZone: Asia/Shanghai
  cover: {daily: ["22:00-24:00"]}
  layers:
    - {name: week, starts: 2026-01-05T09:00, turn: weekly, people: [ann, ben]}
    - {name: sunday, starts: 2026-01-05T09:00, turn: daily, people: [ben], hours: {sunday: ["00:00-24:00"]}}
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  levels:
    - {delay: 0s, recipients: ['team:night', 'schedule:nights/next'], channel: email}
"#;

#[test]
fn teams_and_schedules_are_read_whole() {
    let set = Resources::parse(ON_CALL).unwrap().policy_set(1).unwrap();
    let team = &set.directory.teams["night"];
    assert_eq!(team.schedule.as_deref(), Some("nights"));
    let schedule = &set.directory.schedules["nights"];
    assert_eq!(schedule.clock.zone_name(), "Asia/Shanghai");
    assert_eq!(schedule.layers.len(), 2);
}

#[test]
fn faults_of_schedules_and_of_what_names_them_have_their_paths() {
    let wrong = ON_CALL
        .replace("Asia/Shanghai", "Asia/Atlantis")
        .replace("lead: ann", "lead: zoe")
        .replace("people: [ben]", "people: [ben, zoe]")
        .replace("22:00-24:00", "22:00-06:00")
        .replace("turn: weekly", "turn: 5m")
        .replace("sunday, starts: 2026-01-05T09:00", "sunday, starts: Monday")
        .replace("schedule:nights/next", "schedule:days");
    let found = faults(&wrong);
    let expected = [
        "Directory/main: spec.teams.night.lead: expected one of spec.people, found \"zoe\"",
        "Directory/main: spec.teams.night.schedule: expected an OnCallSchedule, found \"nights\"",
        "EscalationPolicy/default: spec.levels[0].recipients: expected an OnCallSchedule, found \"schedule:days\"",
        "OnCallSchedule/nights: spec.timeZone: expected the IANA name of a time zone, such as Asia/Shanghai, found \"Asia/Atlantis\"",
        "OnCallSchedule/nights: spec.cover.daily[0]: expected hours of one day such as 09:00-18:00 or 22:00-24:00, found \"22:00-06:00\"",
        "OnCallSchedule/nights: spec.layers[0].turn: expected daily, weekly, or a turn from 1h to 366d in whole minutes, found \"5m\"",
        "OnCallSchedule/nights: spec.layers[1].starts: expected a time on the wall clock such as 2026-01-05T09:00, found \"Monday\"",
        "OnCallSchedule/nights: spec.layers[1].people[1]: expected a person of the Directory's spec.people, found \"zoe\"",
    ];
    for line in expected {
        assert!(
            found.iter().any(|fault| fault == line),
            "{line}\nnot in {found:#?}"
        );
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

const ADDRESSES: &str = r#"
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  people:
    ann:
      email: [{address: new@example.com, verified: false}, old@example.com, other@example.com]
      phone: "+8613812345678"
      wecomUser: ann
      quietHours: {timeZone: Asia/Shanghai, hours: {daily: ["22:00-24:00"]}}
"#;

#[test]
fn the_first_address_of_a_kind_that_somebody_vouches_for_is_the_one() {
    let set = Resources::parse(ADDRESSES).unwrap().policy_set(1).unwrap();
    let ann = &set.directory.people["ann"];
    assert_eq!(ann.contacts.len(), 5);
    assert_eq!(ann.address(Kind::Email), Some("old@example.com"));
    assert_eq!(ann.address(Kind::Phone), Some("+8613812345678"));
    assert_eq!(ann.address(Kind::WecomUser), Some("ann"));
}

#[test]
fn what_stands_in_the_place_of_an_address_is_told_of_without_being_repeated() {
    let wrong = ADDRESSES
        .replace("\"+8613812345678\"", "13912345678")
        .replace("old@example.com", "old at home")
        .replace("timeZone: Asia/Shanghai, ", "");
    let found = faults(&wrong);
    assert_eq!(
        found,
        [
            "Directory/main: spec.people.ann.email[1]: expected an address such as name@example.com",
            "Directory/main: spec.people.ann.phone: expected a number with its country in quotes, such as \"+8613812345678\"",
            "Directory/main: spec.people.ann.quietHours.timeZone: expected a time zone and hours, but it is missing",
        ]
    );
    assert!(!found.concat().contains("at home") && !found.concat().contains("139"));
}

#[test]
fn what_differs_is_told_by_its_place_and_addresses_stay_masked() {
    let before = Resources::parse(ADDRESSES).unwrap();
    let changed = ADDRESSES
        .replace("+8613812345678", "+8613812345679")
        .replace("wecomUser: ann", "language: en");
    let after = Resources::parse(&changed).unwrap();
    let lines = before.differences(&after);
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "~ Directory/main: spec.people.ann.phone: +861****5678 -> +861****5679",
            "- Directory/main: spec.people.ann.wecomUser: a***",
            "+ Directory/main: spec.people.ann.language: en",
        ]
    );
    assert_eq!(before.differences(&before), []);
}

#[test]
fn more_templates_than_anybody_writes_are_refused_untried() {
    let template = |name: usize| {
        let endless = "{% for a in range(9999) %}x{% endfor %}";
        format!(
            "---\napiVersion: orderwatch/v1\nkind: MessageTemplate\nmetadata: {{name: t{name}}}\n\
             spec: {{part: text, language: en, template: '{endless}'}}\n"
        )
    };
    let many: String = (0..101).map(template).collect();
    let Err(Faults(faults)) = Resources::parse(&many) else {
        panic!("they were taken");
    };
    let [fault] = faults.as_slice() else {
        panic!("expected one fault, found {}", faults.len());
    };
    assert_eq!(fault.expected, "expected at most 100 of them, found 101");
}
