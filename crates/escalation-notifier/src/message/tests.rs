use std::time::Duration;

use super::*;
use crate::domain::{
    delivery::DeliveryId,
    escalation::Cause,
    matcher::Matchers,
    policy::Channel,
    routing::Destination,
    ticket::{Severity, Ticket},
};

fn delivery(order: &str, cause: Cause, severity: &str, due_in_minutes: i64) -> Outgoing {
    let destination = Destination {
        channel: Channel::Wecom,
        recipient: "east".to_owned(),
        shown: "east".to_owned(),
    };
    let minutes = chrono::TimeDelta::minutes(due_in_minutes);
    Outgoing {
        id: DeliveryId::of(order, cause, 1, 0, 0, &destination),
        cause,
        level: 1,
        occurrence: 0,
        alarm: 0,
        repetition: 0,
        destination,
        urgency: 1,
        ticket: Ticket {
            id: format!("T-{order}"),
            order_id: order.to_owned(),
            warehouse: "WH-E".to_owned(),
            scenario: "未按时发货".to_owned(),
            severity: Severity::named(severity),
            department: "仓储".to_owned(),
            instructions: "联系仓库核实库存".to_owned(),
            due_at: Some(now() + minutes),
            ..Ticket::default()
        },
        attempt: 1,
        created_at: now(),
        traceparent: None,
        bundle: None,
        known_as: None,
    }
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn form(language: Language) -> Form<'static> {
    Form {
        channel: Channel::Wecom,
        markup: Markup::Wecom,
        bytes: 4_096,
        language,
        wordings: &[],
    }
}

fn letter(language: Language) -> Form<'static> {
    Form::of_letter(language, &[])
}

fn templates() -> Templates {
    Templates::built_in().unwrap()
}

#[test]
fn an_hour_or_less_is_bold_and_more_is_not() {
    let hour = [delivery("A1", Cause::Opened, "high", 60)];
    let text = templates()
        .text(&hour, None, form(Language::Chinese), now())
        .unwrap();
    assert!(text.contains("剩余时间：**1 小时 0 分钟**"), "{text}");
    let more = [delivery("A1", Cause::Opened, "high", 61)];
    let text = templates()
        .text(&more, None, form(Language::English), now())
        .unwrap();
    assert!(text.contains("Time left: 1 h 1 min\n"), "{text}");
}

#[test]
fn one_notice_reads_as_a_person_would_write_it() {
    let one = [delivery("A1", Cause::Overdue, "critical", -30)];
    let text = templates()
        .text(&one, None, form(Language::Chinese), now())
        .unwrap();
    assert_eq!(
        text,
        "<font color=\"warning\">紧急</font> **已超时：未按时发货**\n\
         >订单：**A1**（仓库 WH-E）\n\
         >责任：仓储\n\
         >处理说明：联系仓库核实库存\n\
         >已超时：**30 分钟**\n\
         >工单：T-A1"
    );
}

#[test]
fn an_incident_reads_as_one_thing_without_an_order() {
    let mut one = delivery("", Cause::Incident, "critical", 0);
    one.ticket.id = "G1".to_owned();
    one.ticket.step = "many at once".to_owned();
    one.ticket.instructions = "2000 tickets".to_owned();
    one.ticket.due_at = None;
    let text = templates().text(&[one.clone()], None, form(Language::English), now());
    assert_eq!(
        text.unwrap(),
        "<font color=\"warning\">Critical</font> **Many at once, with one cause: 未按时发货**\n\
         >Where: warehouse WH-E\n\
         >Accountable: 仓储\n\
         >Incident: many at once\n\
         >Because: 2000 tickets\n\
         >Incident id: G1"
    );
    let letter = templates()
        .letter(&[one], None, letter(Language::Chinese), now())
        .unwrap();
    assert_eq!(letter.subject, "【紧急】同一原因的大量异常：未按时发货");
    assert!(!letter.text.contains("订单："), "{}", letter.text);
}

#[test]
fn an_incident_that_is_over_says_which_it_was() {
    let mut one = delivery("", Cause::Resolved, "critical", 0);
    one.ticket.id = "G1".to_owned();
    one.ticket.kind = "incident".to_owned();
    one.ticket.step = "many at once".to_owned();
    one.ticket.instructions = "every ticket of it is resolved".to_owned();
    one.ticket.due_at = None;
    let text = templates().text(&[one.clone()], None, form(Language::English), now());
    assert_eq!(
        text.unwrap(),
        "<font color=\"warning\">Critical</font> **The incident is over: 未按时发货**\n\
         >Where: warehouse WH-E\n\
         >Accountable: 仓储\n\
         >Incident: many at once\n\
         >Because: every ticket of it is resolved\n\
         >Incident id: G1"
    );
    let letter = templates()
        .letter(&[one], None, letter(Language::Chinese), now())
        .unwrap();
    assert_eq!(letter.subject, "【紧急】事件已结束：未按时发货");
    assert!(letter.text.contains("一个事件已结束。"), "{}", letter.text);
    assert!(letter.text.contains("事件编号：G1"), "{}", letter.text);
}

#[test]
fn a_digest_says_how_many_and_names_the_most_urgent_within_the_limit() {
    let mut many = vec![delivery("MOST-URGENT", Cause::Overdue, "critical", -30)];
    many.extend((0..499).map(|n| delivery(&format!("A{n}"), Cause::Opened, "high", 90)));
    for language in [Language::Chinese, Language::English] {
        let text = templates()
            .text(&many, None, form(language), now())
            .unwrap();
        assert!(text.len() <= 4_096);
        assert!(text.len() > 4_096 * 8 / 10, "room is used: {}", text.len());
        assert!(text.starts_with("**500 "), "{text}");
        assert!(text.lines().nth(1).unwrap().contains("MOST-URGENT"));
    }
}

#[test]
fn a_digest_leads_to_all_of_it_within_the_limit() {
    let link = "https://ow.example.com/d/t";
    let many: Vec<_> = (0..500)
        .map(|n| delivery(&format!("A{n}"), Cause::Opened, "high", 90))
        .collect();
    for language in [Language::Chinese, Language::English] {
        for bytes in [2_048, 4_096, 12_000, 16_000] {
            let form = Form {
                bytes,
                ..form(language)
            };
            let text = templates().text(&many, Some(link), form, now()).unwrap();
            let second = text.lines().nth(1).unwrap();
            assert!(second.ends_with(&format!("]({link})")), "{text}");
            assert!(text.len() <= bytes, "{}", text.len());
            let title = templates().title(&many, form, now()).unwrap();
            assert!(!title.contains(link), "{title}");
        }
    }
    let letter = templates().letter(&many, Some(link), letter(Language::English), now());
    let text = letter.unwrap().text;
    assert!(text.contains(&format!(": {link}\n")), "{text}");
}

#[test]
fn what_systems_send_cannot_mention_everybody_or_break_the_layout() {
    let mut nasty = delivery("A1", Cause::Opened, "high", 90);
    nasty.ticket.instructions = format!("<@all> **now**\n# {}", "长".repeat(5_000));
    let text = templates()
        .text(&[nasty], None, form(Language::Chinese), now())
        .unwrap();
    assert!(!text.contains("<@"));
    assert!(text.ends_with(">工单：T-A1"), "{text}");
    assert!(text.len() <= 4_096);
}

#[test]
fn a_letter_has_a_subject_of_one_line() {
    let mut escalated = delivery("A1\r\nBcc: x@example.com", Cause::Escalated, "high", 90);
    escalated.level = 2;
    let letter = templates()
        .letter(&[escalated], None, letter(Language::English), now())
        .unwrap();
    assert_eq!(letter.subject.lines().count(), 1);
    assert!(letter.subject.starts_with("[escalated to level 2]"));
    assert!(letter.text.contains("Nobody has acknowledged"));
}

#[test]
fn a_link_that_acknowledges_is_written_as_each_vendor_writes_links() {
    let one = [delivery("A1", Cause::Opened, "high", 90)];
    let link = Some("https://ow.example.com/a/t");
    for (markup, written) in [
        (Markup::Wecom, "\n[我来处理](https://ow.example.com/a/t)"),
        (Markup::Slack, "\n<https://ow.example.com/a/t|我来处理>"),
        (Markup::Plain, "\n我来处理: https://ow.example.com/a/t"),
    ] {
        let form = Form {
            markup,
            ..form(Language::Chinese)
        };
        let text = templates().text(&one, link, form, now()).unwrap();
        assert!(text.ends_with(written), "{text}");
    }
    let letter = templates().letter(&one, link, letter(Language::English), now());
    let text = letter.unwrap().text;
    assert!(
        text.contains("I take it on: https://ow.example.com/a/t"),
        "{text}"
    );
}

#[test]
fn long_instructions_have_the_room_that_a_vendor_leaves_and_its_link_stays() {
    let mut long = delivery("A1", Cause::Opened, "high", 90);
    long.ticket.instructions = "请联系仓库。".repeat(500);
    let (one, link) = ([long], "https://ow.example.com/a/t");
    let letter = templates().letter(&one, Some(link), letter(Language::Chinese), now());
    assert!(letter.unwrap().text.contains(&one[0].ticket.instructions));
    for bytes in [600, 2_048, 4_096, 12_000, 15_360] {
        let form = Form {
            bytes,
            ..form(Language::Chinese)
        };
        let text = templates().text(&one, Some(link), form, now()).unwrap();
        assert!(text.ends_with(&format!("({link})")), "{text}");
        let is_whole = text.contains(&one[0].ticket.instructions);
        assert!(text.len() <= bytes, "{} of {bytes}", text.len());
        assert!(is_whole || text.len() > bytes - 16, "{}", text.len());
    }
}

#[test]
fn every_cause_has_words_of_its_own() {
    for language in [Language::Chinese, Language::English] {
        let said = |say: &dyn Fn(&[Outgoing]) -> String| {
            let all = Cause::ALL.map(|cause| say(&[delivery("A1", cause, "high", 90)]));
            std::collections::BTreeSet::from(all).len()
        };
        let titles = said(&|of| templates().title(of, form(language), now()).unwrap());
        let texts = said(&|of| templates().text(of, None, form(language), now()).unwrap());
        let lines = said(&|of| {
            let several = [of[0].clone(), of[0].clone()];
            templates()
                .text(&several, None, form(language), now())
                .unwrap()
        });
        assert_eq!([titles, texts, lines], [Cause::ALL.len(); 3]);
    }
}

fn wording(part: Part, template: &str) -> Wording {
    Wording {
        name: "own".to_owned(),
        part,
        language: Language::Chinese,
        channels: Vec::new(),
        causes: Vec::new(),
        matchers: Matchers::default(),
        template: template.to_owned(),
    }
}

#[test]
fn an_operators_own_words_are_cut_by_bytes_and_show_short_time_boldly() {
    let own = [
        wording(
            Part::Text,
            "{{ time }} {{ time|bold }} {{ instructions }}\n",
        ),
        wording(Part::Line, "{{ order }}: {{ instructions }}"),
        wording(Part::Tail, "{{ rest }} 条未列出 {{ 'x' * 5000 }}"),
    ];
    let form = Form {
        wordings: &own,
        bytes: 512,
        ..form(Language::Chinese)
    };
    let mut nasty = delivery("A1", Cause::Opened, "high", 60);
    nasty.ticket.instructions = format!("<@all> **{}", "长".repeat(1_000));
    let one = templates().text(std::slice::from_ref(&nasty), None, form, now());
    let one = one.unwrap();
    let bold = "**1 小时 0 分钟** **1 小时 0 分钟** ＜@all＞ ··长";
    assert!(one.starts_with(bold), "{one}");
    assert!(one.len() <= 512 && one.ends_with('…'), "{}", one.len());
    let many = templates()
        .text(&vec![nasty; 50], None, form, now())
        .unwrap();
    assert!(many.len() <= 512, "{}", many.len());
    assert!(many.contains("条工单通知"), "{many}");
}

#[test]
fn a_template_that_fails_is_replaced_by_the_built_in_one() {
    let one = [delivery("A1", Cause::Opened, "high", 90)];
    let said = |wordings: &[Wording]| {
        let form = Form {
            wordings,
            ..form(Language::Chinese)
        };
        templates().text(&one, None, form, now()).unwrap()
    };
    let built_in = said(&[]);
    for failing in [
        "{{ odrer }}",
        "{% if %}",
        "{% for a in range(9999) %}{{ range(9999)|list }}{% endfor %}",
        " ",
    ] {
        assert_eq!(said(&[wording(Part::Text, failing)]), built_in, "{failing}");
    }
    assert_eq!(said(&[wording(Part::Text, "{{ order }} 来了")]), "A1 来了");
}
