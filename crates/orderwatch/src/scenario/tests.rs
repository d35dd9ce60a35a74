use std::fs;
use std::path::Path;

use super::*;
use crate::failure::Exit;

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/scenarios");

fn complaints(folder: &Path) -> Vec<String> {
    Folder::read(folder, &[]).unwrap().test().complaints()
}

#[test]
fn every_shipped_scenario_is_whole_and_does_what_its_examples_say() {
    let shipped = folders(Path::new(SHIPPED)).unwrap();
    assert!(shipped.len() >= 16, "{shipped:?}");
    for folder in shipped {
        assert_eq!(complaints(&folder), Vec::<String>::new());
    }
}

#[test]
fn a_new_scenario_is_a_folder_of_yaml_that_holds_from_the_first() {
    let above = tempfile::tempdir().unwrap();
    let folder = write(above.path(), "gift-wrap-missing").unwrap();
    assert_eq!(folders(above.path()).unwrap(), [folder.as_path()]);
    assert_eq!(complaints(&folder), Vec::<String>::new());

    let again = write(above.path(), "gift-wrap-missing").unwrap_err();
    assert_eq!(again.exit(), Exit::AlreadyExists);
    let named = write(above.path(), "Gift wrap").unwrap_err();
    assert_eq!(named.exit(), Exit::InvalidArgument);
}

#[test]
fn a_changed_limit_is_told_by_the_examples_that_it_breaks() {
    let above = tempfile::tempdir().unwrap();
    let folder = write(above.path(), "late").unwrap();
    let limits = folder.join("thresholds.yaml");
    let text = fs::read_to_string(&limits).unwrap();
    fs::write(&limits, text.replace("48h", "50h")).unwrap();
    let told = complaints(&folder);
    assert_eq!(
        told[0],
        "late/opens: expected late opened 2026-11-22T02:00:00Z, open; \
         found late opened 2026-11-22T04:00:00Z, open (2h later)"
    );
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn what_a_folder_lacks_is_told_in_one_go() {
    let above = tempfile::tempdir().unwrap();
    let folder = write(above.path(), "late").unwrap();
    fs::remove_file(folder.join("sop.yaml")).unwrap();
    fs::remove_file(folder.join("examples.yaml")).unwrap();
    let scenario = folder.join("scenario.yaml");
    let text = fs::read_to_string(&scenario).unwrap();
    let text = text
        .replace("新场景（请填写名称）", "\"\"")
        .replace("order.id", "order.phone");
    fs::write(&scenario, text).unwrap();
    insta::assert_snapshot!(complaints(&folder).join("\n"));
}

#[test]
fn faults_are_told_with_file_and_line() {
    let above = tempfile::tempdir().unwrap();
    let folder = write(above.path(), "late").unwrap();
    let rules = folder.join("rules.yaml");
    let text = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, text.replace("order.paid_at", "order.payed_at")).unwrap();
    let failure = Folder::read(&folder, &[]).unwrap_err().to_string();
    assert!(
        failure.contains("rules.yaml:3: Rule/late spec.condition"),
        "{failure}"
    );
    assert!(failure.contains("did you mean `paid_at`?"), "{failure}");
}

#[test]
fn one_file_may_hold_everything_and_share_a_calendar() {
    let above = tempfile::tempdir().unwrap();
    let made = write(&above.path().join("made"), "late").unwrap();
    let files = ["scenario", "rules", "thresholds", "sop", "examples"];
    let texts = files.map(|file| fs::read_to_string(made.join(format!("{file}.yaml"))).unwrap());
    let whole = texts.join("---\n").replace(
        "elapsed(order.paid_at)",
        "elapsed(order.paid_at, \"always\")",
    );
    let folder = above.path().join("scenarios/late");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("everything.yml"), whole).unwrap();
    let calendar = "apiVersion: orderwatch/v1\nkind: Calendar\nmetadata: {name: always}\nspec:\n  \
        timeZone: UTC\n  weekly: {monday: [\"00:00-24:00\"], tuesday: [\"00:00-24:00\"], \
        wednesday: [\"00:00-24:00\"], thursday: [\"00:00-24:00\"], friday: [\"00:00-24:00\"], \
        saturday: [\"00:00-24:00\"], sunday: [\"00:00-24:00\"]}\n";
    let shared = above.path().join("calendars");
    fs::create_dir_all(&shared).unwrap();
    fs::write(shared.join("always.yaml"), calendar).unwrap();
    assert_eq!(complaints(&folder), Vec::<String>::new());
}
