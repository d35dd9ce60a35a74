use super::*;
use crate::domain::sop::{Mandatory, Step, Text};

const GOOD: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  steps:
    - { name: check, title: { en: Check, zh: 核查 }, department: warehouse, expected: 4h }
    - { name: tell, title: { en: Tell }, department: customer-service, assignee: li, expected: 30m, mandatory: false }
";

#[test]
fn steps_are_mandatory_unless_said_otherwise() {
    let sops = parse(GOOD).unwrap().sops;
    let mandatory: Vec<Mandatory> = sops[0].steps.iter().map(|step| step.mandatory).collect();
    assert_eq!(mandatory, [Mandatory::Yes, Mandatory::No]);
    assert_eq!(sops[0].steps[1].holder.assignee(), "li");
}

#[test]
fn every_fault_is_named_by_its_place_at_once() {
    let yaml = GOOD
        .replace("orderwatch/v1", "orderwatch/v2")
        .replace("4h", "soon")
        .replace("department: customer-service", "department: ''")
        .replace("name: shipping-delay }", "name: Shipping }");
    let places: Vec<String> = parse(&yaml)
        .unwrap_err()
        .0
        .into_iter()
        .map(|f| f.place)
        .collect();
    assert_eq!(
        places,
        [
            "Sop/Shipping: apiVersion",
            "Sop/Shipping: metadata.name",
            "Sop/Shipping: spec.steps[0].expected",
            "Sop/Shipping: spec.steps[1].department",
        ]
    );
}

#[test]
fn a_misspelt_key_and_broken_yaml_are_refused() {
    let misspelt = parse(&GOOD.replace("expected: 4h", "expectd: 4h"))
        .unwrap_err()
        .to_string();
    assert!(misspelt.contains("expectd"), "{misspelt}");
    let broken = parse(&format!("{GOOD}---\nkind: [")).unwrap_err();
    assert!(broken.to_string().starts_with("line 11: "), "{broken}");
    assert!(parse("").is_err());
    let rule = parse(&GOOD.replace("kind: Sop", "kind: Rule")).unwrap_err();
    assert_eq!(
        rule.to_string(),
        "Rule/shipping-delay: kind: must be Sop, Calendar or Team, not Rule"
    );
}

/// Faults of a procedure of one step, written so.
fn faults_of(step: &str) -> Vec<String> {
    let yaml = format!(
        "apiVersion: orderwatch/v1\nkind: Sop\nmetadata: {{ name: it }}\nspec:\n  steps:\n    - {{ name: one, title: {{ en: One }}, department: it, expected: 1h, {step} }}\n"
    );
    let faults = parse(&yaml)
        .err()
        .map(|faults| faults.0)
        .unwrap_or_default();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn ways_that_lead_nowhere_fields_that_cannot_be_and_teams_told_twice_are_refused() {
    let place = "Sop/it: spec.steps[0]";
    for (step, fault) in [
        (
            "outcomes: [{ name: x, next: [two] }]",
            ".outcomes[0].next: there is no step `two`; the steps are one",
        ),
        (
            "outcomes: [{ name: x, next: [one] }]",
            ".outcomes: no way leads from it to an end: some outcome must have `next: []`",
        ),
        (
            "outcomes: [{ name: x }, { name: x }]",
            ".outcomes: `x` is there twice",
        ),
        (
            "fields: [{ name: eta, kind: choice }]",
            ".fields[0].choices: must be there for kind choice, and for no other",
        ),
        (
            "fields: [{ name: eta, kind: number, min: 2, max: 1 }]",
            ".fields[0].max: must not be less than min",
        ),
        (
            "team: east, teamOf: warehouse",
            ".teamOf: cannot stand beside team: either the order decides, or you do",
        ),
    ] {
        assert_eq!(faults_of(step), [format!("{place}{fault}")]);
    }
    for step in [
        "mandatory: sometimes",
        "fields: [{ name: eta, kind: color }]",
    ] {
        assert!(!faults_of(step).is_empty(), "{step}");
    }
    assert!(faults_of("mandatory: always, calendar: x, reminder: 5m").is_empty());
}

#[test]
fn a_step_to_which_no_way_leads_is_refused() {
    let yaml = GOOD.replace(
        "expected: 4h }",
        "expected: 4h, outcomes: [{ name: x, next: [] }] }",
    );
    let faults = parse(&yaml).unwrap_err().to_string();
    assert_eq!(
        faults,
        "Sop/shipping-delay: spec.steps[1]: no way leads to it: name it in the next of an outcome"
    );
}

#[test]
fn the_lead_of_a_team_is_one_of_its_people() {
    let yaml = "apiVersion: orderwatch/v1\nkind: Team\nmetadata: { name: east }\nspec: { department: warehouse, lead: zhao, members: [{ login: wang, roles: [supervisor] }, { login: wang }] }";
    let faults = parse(yaml).unwrap_err().to_string();
    assert_eq!(
        faults,
        "Team/east: spec.lead: `zhao` must be one of the members; Team/east: spec.members: `wang` is there twice"
    );
}

#[test]
fn two_procedures_cannot_claim_one_scenario() {
    let sops = parse(&format!(
        "{GOOD}---{}",
        GOOD.replace("{ name: shipping-delay }", "{ name: other }")
    ))
    .unwrap()
    .sops;
    let faults = without_rivals(sops.iter()).unwrap_err();
    assert!(
        faults
            .to_string()
            .contains("already belongs to sop `shipping-delay`"),
        "{faults}"
    );
}

#[test]
fn the_same_name_twice_is_refused() {
    assert!(parse(&format!("{GOOD}---{GOOD}")).is_err());
    assert!(parse(&GOOD.replace("name: tell,", "name: check,")).is_err());
}

#[test]
fn the_procedures_shipped_with_orderwatch_are_sound() {
    let deploy = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    let read = |path: &std::path::Path| {
        let read = parse(&std::fs::read_to_string(path).unwrap());
        read.unwrap_or_else(|faults| panic!("{}: {faults}", path.display()))
            .sops
    };
    let mut sops = read(&deploy.join("sops/default.yaml"));
    let entries = std::fs::read_dir(deploy.join("scenarios")).unwrap();
    let folders = entries.map(|entry| entry.unwrap().path());
    for folder in folders.filter(|path| path.is_dir()) {
        let own = read(&folder.join("sop.yaml"));
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert_eq!(
            (own[0].name.as_str(), own[0].scenarios.as_slice()),
            (name, &[name.to_owned()][..])
        );
        let both = |text: &Text| !text.en.is_empty() && !text.zh.is_ascii();
        let said = |step: &Step| both(&step.title) && both(&step.instructions);
        assert!(own[0].steps.iter().all(said), "{name}");
        sops.extend(own);
    }
    without_rivals(sops.iter()).unwrap();
    let built_in = parse(BUILT_IN).unwrap().sops;
    assert_eq!(
        sops.iter().find(|sop| sop.name == DEFAULT),
        built_in.first()
    );
}

#[test]
fn an_automation_is_one_of_three_and_fills_nothing_in_but_by_a_webhook() {
    let step = |rest: &str| {
        GOOD.replace(
            "department: warehouse, expected: 4h",
            &format!("department: warehouse, expected: 4h, {rest}"),
        )
    };
    let refused = |rest: &str| parse(&step(rest)).unwrap_err().to_string();
    for (rest, told) in [
        (
            "automation: { wait: { until: a }, publish: { subject: b } }",
            "automation: must have exactly one of webhook, publish and wait",
        ),
        (
            "automation: { publish: { subject: orders.> } }",
            "automation.publish.subject: must be a subject without wildcards",
        ),
        (
            "automation: { webhook: { endpoint: desk, attempts: 99, timeout: 2h } }",
            "webhook.attempts: must be from 1 to 20; ",
        ),
        (
            "automation: { webhook: { endpoint: 'https://a.example' } }",
            "webhook.endpoint: must be lower-case",
        ),
        ("doneWhen: ' '", "` ` is no condition"),
        (
            "doneWhen: a, fields: [{ name: b, kind: text, required: true }]",
            "doneWhen: cannot stand beside field `b`",
        ),
        (
            "automation: { wait: { until: a } }, fields: [{ name: b, kind: text, required: true }]",
            "automation: cannot stand beside field `b`",
        ),
    ] {
        let found = refused(rest);
        assert!(found.contains(told), "{found}");
    }
    let webhook = "automation: { webhook: { endpoint: desk } }, fields: [{ name: b, kind: text, required: true }]";
    let parsed = parse(&step(webhook)).unwrap();
    let automation = parsed.sops[0].steps[0].automation.as_ref().unwrap();
    assert_eq!(automation.at_most.to_string(), "1h");
}
