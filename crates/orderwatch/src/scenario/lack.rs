//! What a scenario must have before anybody relies on it.

use rule_engine::Scenario;
use rule_engine::example::gaps;
use ticketing::domain::sop::DEFAULT;

use super::folder::Folder;
use super::text;

/// Everything that is missing, one line each.
pub(super) fn of(folder: &Folder) -> Vec<String> {
    let mut lacks = Vec::new();
    let scenario = folder
        .rule_set
        .scenarios()
        .iter()
        .find(|s| s.name == folder.name);
    match scenario {
        Some(scenario) => lacks.extend(of_scenario(folder, scenario)),
        None => lacks.push(format!(
            "no document of kind Scenario is named {}",
            folder.name
        )),
    }
    if folder.rule_set.rules().is_empty() {
        lacks.push("there is no rule".to_owned());
    }
    for rule in folder.rule_set.rules() {
        if rule.scenario() != folder.name {
            lacks.push(format!(
                "rule {} is of scenario {}",
                rule.name(),
                rule.scenario()
            ));
        }
        both(
            &mut lacks,
            &format!("the title of rule {}", rule.name()),
            rule.title_en(),
            rule.title_zh(),
        );
    }
    let gaps = gaps(&folder.rule_set, &folder.examples);
    lacks.extend(gaps.iter().map(ToString::to_string));
    for example in &folder.examples {
        let what = format!("the description of example {}", example.name);
        both(
            &mut lacks,
            &what,
            &example.description_en,
            &example.description_zh,
        );
    }
    lacks
}

fn of_scenario(folder: &Folder, scenario: &Scenario) -> Vec<String> {
    let mut lacks = Vec::new();
    let texts = [
        ("title", Some(&scenario.title)),
        ("description", scenario.description.as_ref()),
        ("text for customers", scenario.customer_text.as_ref()),
        ("text for colleagues", scenario.internal_text.as_ref()),
    ];
    for (what, said) in texts {
        match said {
            Some(said) => {
                both(&mut lacks, &format!("the {what}"), &said.en, &said.zh);
                for template in [&said.en, &said.zh] {
                    let faults = text::faults(folder.rule_set.catalogue(), template);
                    lacks.extend(
                        faults
                            .into_iter()
                            .map(|fault| format!("the {what}: {fault}")),
                    );
                }
            }
            None => lacks.push(format!("there is no {what}")),
        }
    }
    match &scenario.sop {
        None => lacks.push("no procedure is named".to_owned()),
        Some(name) if name == DEFAULT => {}
        Some(name) => match folder.sops.iter().find(|sop| sop.name == *name) {
            None => lacks.push(format!("there is no procedure {name}")),
            Some(sop) if !sop.scenarios.contains(&folder.name) => {
                lacks.push(format!(
                    "procedure {name} is not for scenario {}",
                    folder.name
                ));
            }
            Some(sop) => {
                for step in &sop.steps {
                    for condition in step.conditions() {
                        let faults = folder.rule_set.question(condition).err();
                        let faults = faults.into_iter().flatten();
                        lacks.extend(faults.map(|it| format!("step {}: {it}", step.name)));
                    }
                    let what = |part| format!("the {part} of step {}", step.name);
                    both(&mut lacks, &what("title"), &step.title.en, &step.title.zh);
                    let said = &step.instructions;
                    both(&mut lacks, &what("instructions"), &said.en, &said.zh);
                }
            }
        },
    }
    lacks
}

/// A text must be said in both languages; one in Chinese has some character that is not ASCII.
fn both(lacks: &mut Vec<String>, what: &str, en: &str, zh: &str) {
    if en.trim().is_empty() {
        lacks.push(format!("{what} is not said in English"));
    }
    if zh.is_ascii() {
        lacks.push(format!("{what} is not said in Chinese"));
    }
}
