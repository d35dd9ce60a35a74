use super::*;

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
    let sops = parse(GOOD).unwrap();
    let mandatory: Vec<bool> = sops[0].steps.iter().map(|step| step.mandatory).collect();
    assert_eq!(mandatory, [true, false]);
    assert_eq!(sops[0].steps[1].holder.assignee(), "li");
}

#[test]
fn every_fault_is_named_by_its_place_at_once() {
    let yaml = GOOD
        .replace("kind: Sop", "kind: Rule")
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
            "sop Shipping: kind",
            "sop Shipping: metadata.name",
            "sop Shipping: spec.steps[0].expected",
            "sop Shipping: spec.steps[1].department",
        ]
    );
}

#[test]
fn a_misspelt_key_and_broken_yaml_are_refused() {
    let misspelt = parse(&GOOD.replace("expected: 4h", "expectd: 4h"))
        .unwrap_err()
        .to_string();
    assert!(misspelt.contains("expectd"), "{misspelt}");
    assert!(
        parse("kind: [")
            .unwrap_err()
            .to_string()
            .starts_with("document 1")
    );
    assert!(parse("").is_err());
}

#[test]
fn two_procedures_cannot_claim_one_scenario() {
    let sops = parse(&format!(
        "{GOOD}---{}",
        GOOD.replace("{ name: shipping-delay }", "{ name: other }")
    ))
    .unwrap();
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
    let built_in = parse(BUILT_IN).unwrap();
    assert_eq!(
        sops.iter().find(|sop| sop.name == DEFAULT),
        built_in.first()
    );
}
