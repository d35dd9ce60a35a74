use super::*;
use crate::domain::{directory::Language, matcher::Matchers};

fn wording(part: Part, template: &str) -> Wording {
    Wording {
        name: "own".to_owned(),
        part,
        language: Language::English,
        channels: Vec::new(),
        causes: Vec::new(),
        matchers: Matchers::default(),
        template: template.to_owned(),
    }
}

/// Line, column and what was expected of the first mistake.
fn first(part: Part, template: &str) -> (usize, usize, String) {
    let mistakes = mistakes(&wording(part, template));
    let first = mistakes.first().expect(template);
    (first.line, first.column, first.expected.clone())
}

#[test]
fn what_a_template_asks_for_is_known_even_where_no_sample_leads() {
    let template = "工单 {{ ticket }}\n{% if warehouse == 'X' %}{{ odrer|blod }}{% endif %}\n\
                    {{ order is cuddly }} {{ nothing() }}";
    let places: Vec<(usize, usize, String)> = mistakes(&wording(Part::Text, template))
        .into_iter()
        .map(|it| {
            (
                it.line,
                it.column,
                it.expected.split(", found ").last().unwrap().to_owned(),
            )
        })
        .collect();
    let expected = [
        (2, 29, "`odrer`"),
        (2, 35, "`blod`"),
        (3, 13, "`cuddly`"),
        (3, 26, "`nothing`"),
    ];
    assert_eq!(
        places,
        expected.map(|(line, column, name)| (line, column, name.to_owned()))
    );
}

#[test]
fn a_template_that_fails_for_some_ticket_only_is_refused_with_that_ticket() {
    let (line, column, why) = first(Part::Letter, "{{ ticket }}\n{{ time.split(' ')[1].x.y }}");
    assert_eq!((line, column), (2, 8));
    assert!(why.contains("without a deadline"), "{why}");
    let (.., why) = first(
        Part::Text,
        "{% if cause != 'incident' %}{{ order }}x{% endif %}",
    );
    assert_eq!(
        why,
        "expected words of a ticket without a deadline, told because it is `incident`, but it says nothing"
    );
}

#[test]
fn no_template_runs_for_ever_or_says_too_much() {
    for endless in [
        "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
        "{{ 'x' * 100000000 }}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
        "{% set ns = namespace(x=order) %}{% for a in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x|length }}",
    ] {
        let (line, _, why) = first(Part::Text, endless);
        assert_eq!(line, 1, "{why}");
    }
    let (.., why) = first(Part::Letter, "{{ 'x' * 70000 }}");
    assert!(why.ends_with("it says more than 64 KiB"), "{why}");
}

#[test]
fn a_fault_of_the_language_is_found_where_it_stands() {
    let (line, column, why) = first(Part::Text, "one\n{% if order %}two");
    assert_eq!(line, 2, "{column} {why}");
    let (line, _, why) = first(Part::Text, "one\n{{ order");
    assert_eq!(line, 2);
    assert!(why.starts_with("expected a template: "), "{why}");
    assert!(!mistakes(&wording(Part::Text, "{% include 'zh/text' %}")).is_empty());
}

#[test]
fn what_is_built_in_could_be_an_operators_own() {
    for (part, language, template) in [
        (
            Part::Text,
            "zh",
            include_str!("../../../templates/zh/text.j2"),
        ),
        (
            Part::Line,
            "zh",
            include_str!("../../../templates/zh/line.j2"),
        ),
        (
            Part::Digest,
            "en",
            include_str!("../../../templates/en/digest.j2"),
        ),
        (
            Part::Tail,
            "en",
            include_str!("../../../templates/en/tail.j2"),
        ),
        (
            Part::Subject,
            "en",
            include_str!("../../../templates/en/subject.j2"),
        ),
        (
            Part::Letter,
            "en",
            include_str!("../../../templates/en/letter.j2"),
        ),
    ] {
        let wording = Wording {
            language: language.parse().unwrap(),
            ..wording(part, template)
        };
        assert_eq!(mistakes(&wording), [], "{part}");
    }
}

#[test]
fn a_template_that_would_exhaust_the_stack_of_its_reader_is_refused_unread() {
    let template = format!("a\n{{{{ {}1 }}}}", "not ".repeat(4_000));
    let (line, _, expected) = first(Part::Text, &template);
    assert_eq!(line, 2);
    assert!(expected.contains("at most 300 names"), "{expected}");
    // What is just short enough is read, and walked.
    let template = format!("{{{{ {}order }}}}", "not ".repeat(290));
    assert_eq!(mistakes(&wording(Part::Text, &template)), []);
}
