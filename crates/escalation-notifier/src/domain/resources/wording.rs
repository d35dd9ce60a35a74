//! Message templates, key by key.

use super::{Fault, node::Node, place::Place, quiet::matchers};
use crate::{
    domain::{
        directory::Language,
        escalation::Cause,
        matcher::Matchers,
        wording::{Part, Wording},
    },
    message::check,
};

/// Largest source of a template, in bytes.
const SOURCE_BYTES: usize = 16 * 1024;

pub(super) fn wording(name: &str, root: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Wording> {
    let spec = root.get("spec");
    let keys = [
        "part", "language", "channels", "causes", "matchers", "template",
    ];
    spec.only(&keys, faults);
    let part: Option<Part> = spec.get("part").required_word(faults);
    let language: Option<Language> = spec.get("language").required_word(faults);
    let template = spec.get("template");
    let source = template.whole_text(faults);
    if source.len() > SOURCE_BYTES {
        let expected = format!(
            "expected at most {SOURCE_BYTES} bytes, found {}",
            source.len()
        );
        template.fault(faults, expected);
    }
    let (channels, causes) = (spec.get("channels"), spec.get("causes"));
    let conditions = spec.get("matchers");
    if part.is_some_and(|part| !part.is_of_one_ticket()) {
        for node in [&causes, &conditions] {
            if node.is_present() {
                node.fault(faults, "expected none: this part is about several tickets");
            }
        }
    }
    Some(Wording {
        name: name.to_owned(),
        part: part?,
        language: language?,
        channels: channels
            .items(faults)
            .iter()
            .filter_map(|item| item.word(faults))
            .collect(),
        causes: causes
            .items(faults)
            .iter()
            .filter_map(|item| cause(item, faults))
            .collect(),
        matchers: Matchers::all(matchers(&conditions, faults)),
        template: source,
    })
}

fn cause(item: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Cause> {
    let text = item.text(faults)?;
    let found = Cause::named(&text).filter(|cause| *cause != Cause::Test);
    if found.is_none() {
        let all = Cause::ALL.into_iter().filter(|cause| *cause != Cause::Test);
        let all = all.map(Cause::as_str).collect::<Vec<_>>().join(", ");
        item.fault(faults, format!("expected one of {all}, found \"{text}\""));
    }
    found
}

/// Faults a template that cannot be written with, where it stands in its document.
pub(super) fn check_template(
    root: &Node<'_>,
    wording: &Wording,
    place: Option<&Place>,
    faults: &mut Vec<Fault>,
) {
    let template = root.get("spec").get("template");
    for mistake in check::mistakes(wording) {
        let (line, column) = (mistake.line, mistake.column);
        let at = match place.and_then(|place| place.within(line, column)) {
            Some((line, column)) => format!("line {line}, column {column} of the document"),
            None => format!("line {line}, column {column} of the template"),
        };
        template.fault(faults, format!("{}, in {at}", mistake.expected));
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::resources::{Faults, Resources};

    const EXAMPLE: &str = include_str!("../../../../../deploy/policies/examples/words.yaml");

    fn faults(yaml: &str) -> Vec<String> {
        let Err(Faults(faults)) = Resources::parse(yaml) else {
            panic!("it was read");
        };
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_example_is_read_whole_and_stays_what_it_is() {
        let resources = Resources::parse(EXAMPLE).unwrap();
        let set = resources.policy_set(1).unwrap();
        assert_eq!(set.wordings.len(), 3);
        let again = Resources::parse(&resources.to_yaml()).unwrap();
        assert_eq!(again.policy_set(1).unwrap().wordings, set.wordings);
    }

    #[test]
    fn a_wrong_template_is_told_by_its_place_in_the_document() {
        let wrong = EXAMPLE
            .replace("{{ region }}", "{{ regoin }}")
            .replace("{{ scenario }}\"", "{{ scenario|uper }}\"");
        let faults = faults(&wrong);
        assert_eq!(faults.len(), 2, "{faults:#?}");
        for (fault, (begin, end)) in faults.iter().zip([
            (
                "MessageTemplate/customs-text-zh: spec.template: expected a variable such as `region`,",
                "found `regoin`, in line 15, column 54 of the document",
            ),
            (
                "MessageTemplate/overdue-subject-en: spec.template: expected a filter that there is,",
                "found `uper`, in line 9, column 115 of the document",
            ),
        ]) {
            assert!(fault.starts_with(begin) && fault.ends_with(end), "{fault}");
        }
    }

    #[test]
    fn what_is_stored_is_read_though_it_would_not_be_taken_any_more() {
        let wrong = EXAMPLE.replace("{{ region }}", "{{ regoin }}");
        let stored = Resources::read(&wrong).unwrap();
        assert_eq!(stored.policy_set(1).unwrap().wordings.len(), 3);
    }

    #[test]
    fn faults_say_what_was_expected_and_what_was_found() {
        let wrong = EXAMPLE
            .replace("part: text", "part: txt")
            .replace("part: line", "part: tail")
            .replace("channels: [slack]", "channels: [slak]\n  causes: [opened]")
            .replace("causes: [overdue,", "causes: [late,");
        let faults = faults(&wrong).join("\n");
        for line in [
            "MessageTemplate/customs-text-zh: spec.part: expected one of text, line,",
            "MessageTemplate/short-line-en: spec.channels[0]: expected one of wecom,",
            "MessageTemplate/short-line-en: spec.causes: expected none: this part is about several",
            "MessageTemplate/short-line-en: spec.template: expected one of markup, quote, rest, found `critical`",
            "MessageTemplate/overdue-subject-en: spec.causes[0]: expected one of opened, reopened,",
        ] {
            assert!(faults.contains(line), "{line}\nnot in {faults}");
        }
    }
}
