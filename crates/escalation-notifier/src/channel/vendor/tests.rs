use outbound::{
    StatusCode, Url,
    header::{HeaderMap, RETRY_AFTER},
    signature::Signer,
};
use secrecy::SecretString;

use super::*;
use crate::domain::{
    delivery::{DeliveryId, Outgoing},
    endpoint::SmsRequest,
    escalation::Cause,
    routing::Destination,
    ticket::{Severity, Ticket},
};

fn access(url: &str, secret: Option<&str>) -> Access {
    Access {
        url: Some(Url::parse(url).unwrap()),
        secret: secret.map(SecretString::from),
        own: Own::Nothing,
        token: None,
    }
}

fn delivery(cause: Cause) -> Outgoing {
    let destination = Destination {
        channel: Channel::Webhook,
        recipient: "erp".to_owned(),
        shown: "erp".to_owned(),
    };
    Outgoing {
        id: DeliveryId::of("T-1", cause, 1, 0, 0, &destination),
        cause,
        level: 1,
        occurrence: 0,
        alarm: 0,
        repetition: 0,
        destination,
        urgency: 1,
        ticket: Ticket {
            id: "T-1".to_owned(),
            severity: Severity::named("high"),
            ..Ticket::default()
        },
        attempt: 1,
        created_at: DateTime::UNIX_EPOCH,
        traceparent: None,
        bundle: None,
        known_as: None,
    }
}

fn content(deliveries: &[Outgoing]) -> Content<'_> {
    Content {
        name: uuid::Uuid::nil(),
        deliveries,
        to: None,
        title: "标题",
        text: "正文",
        link: None,
        is_card: false,
        language: Language::English,
        at: DateTime::from_timestamp_millis(1_700_000_000_123).unwrap(),
    }
}

fn called(channel: Channel, access: &Access, cause: Cause) -> Call {
    let deliveries = [delivery(cause)];
    of(channel)
        .unwrap()
        .call(access, &content(&deliveries))
        .unwrap()
}

fn body(call: &Call) -> serde_json::Value {
    serde_json::from_slice(&call.body).unwrap()
}

fn judged(channel: Channel, status: u16, body: &str) -> &'static str {
    let reply = outbound::Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.as_bytes().to_vec(),
    };
    of(channel).unwrap().judge(&reply).outcome()
}

/// Made by openssl:
///
/// ```sh
/// printf '1700000000123\nSECd3f4ult-Secret' |
///     openssl dgst -sha256 -hmac SECd3f4ult-Secret -binary | base64
/// ```
#[test]
fn dingtalk_is_signed_in_the_url_as_openssl_signs() {
    let hook = "https://oapi.dingtalk.com/robot/send?access_token=t";
    let call = called(
        Channel::Dingtalk,
        &access(hook, Some("SECd3f4ult-Secret")),
        Cause::Opened,
    );
    assert_eq!(
        call.url.as_str(),
        format!(
            "{hook}&timestamp=1700000000123&sign=Mt%2FYMV3izhYyCCqkzBU9SkyUCPOigjpV%2FJpIrDohlO0%3D"
        )
    );
    let unsigned = called(Channel::Dingtalk, &access(hook, None), Cause::Opened);
    assert_eq!(unsigned.url.as_str(), hook);
}

/// Made by openssl; key and message are not what they seem:
///
/// ```sh
/// key=$(printf '1700000000\nfeishu-secret' | od -An -tx1 | tr -d ' \n')
/// printf '' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary | base64
/// ```
#[test]
fn feishu_is_signed_in_the_body_as_openssl_signs() {
    let hook = "https://open.feishu.cn/open-apis/bot/v2/hook/t";
    let call = called(
        Channel::Feishu,
        &access(hook, Some("feishu-secret")),
        Cause::Opened,
    );
    let body = body(&call);
    assert_eq!(body["timestamp"], "1700000000");
    assert_eq!(body["sign"], "OrBzY1Y01Gq+HgJsl+7OfWcMVwc7YocohQm5iiZwjhU=");
}

/// Standard Webhooks' own vectors are held by the crate that signs.
#[test]
fn a_webhook_is_a_signed_cloud_event_under_the_deliverys_id() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let access = access("https://erp.example.com/hook", Some(secret));
    let call = called(Channel::Webhook, &access, Cause::Opened);
    let id = delivery(Cause::Opened).id.to_string();
    let signer = Signer::new(&[SecretString::from(secret)]).unwrap();
    let signed = signer.sign(&id, 1_700_000_000, &call.body).unwrap();
    for (name, value) in &signed {
        assert_eq!(call.headers[name], value);
    }
    assert_eq!(call.headers["content-type"], "application/cloudevents+json");
    let event = body(&call);
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["id"], id);
    assert_eq!(event["type"], "orderwatch.notice.opened");
    assert_eq!(event["data"]["ticket"]["id"], "T-1");
}

#[test]
fn a_ticket_is_one_incident_of_pagerduty_from_trigger_to_resolve() {
    let access = access("https://events.pagerduty.com/v2/enqueue", Some("R0UT1NG"));
    let opened = body(&called(Channel::Pagerduty, &access, Cause::Opened));
    let resolved = body(&called(Channel::Pagerduty, &access, Cause::Resolved));
    assert_eq!(opened["event_action"], "trigger");
    assert_eq!(resolved["event_action"], "resolve");
    assert_eq!(opened["dedup_key"], "T-1");
    assert_eq!(resolved["dedup_key"], "T-1");
    let mut again = delivery(Cause::Reopened);
    again.alarm = 3;
    again.ticket.id = "T".repeat(300);
    let key = super::pagerduty::dedup_key(&again);
    assert!(key.ends_with("T/3") && key.len() == 255, "{key}");
    assert_eq!(opened["payload"]["severity"], "error");
    assert_eq!(opened["payload"]["source"], "orderwatch");
}

#[test]
fn errors_inside_a_success_are_errors() {
    use Channel::{Dingtalk, Feishu, Pagerduty, Slack, Webhook, Wecom};
    let proxy = "<html>please log in</html>";
    for (channel, status, body, outcome) in [
        (Wecom, 200, r#"{"errcode":0,"errmsg":"ok"}"#, "accepted"),
        (Wecom, 200, r#"{"errcode":45009,"errmsg":"freq"}"#, "busy"),
        (Wecom, 200, r#"{"errcode":93000,"errmsg":"key"}"#, "refused"),
        (
            Wecom,
            200,
            r#"{"errcode":-1,"errmsg":"busy"}"#,
            "unavailable",
        ),
        (Wecom, 200, proxy, "unknown"),
        (Dingtalk, 200, r#"{"errcode":0,"errmsg":"ok"}"#, "accepted"),
        (
            Dingtalk,
            200,
            r#"{"errcode":310000,"errmsg":"sign"}"#,
            "refused",
        ),
        (
            Dingtalk,
            200,
            r#"{"errcode":130101,"errmsg":"fast"}"#,
            "busy",
        ),
        (Dingtalk, 200, proxy, "unknown"),
        (Feishu, 200, r#"{"code":0,"msg":"success"}"#, "accepted"),
        (
            Feishu,
            200,
            r#"{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}"#,
            "accepted",
        ),
        (Feishu, 200, r#"{"data":{},"msg":"success"}"#, "unknown"),
        (
            Feishu,
            200,
            r#"{"StatusCode":0,"StatusMessage":"success"}"#,
            "accepted",
        ),
        (
            Feishu,
            200,
            r#"{"code":19021,"msg":"sign match fail"}"#,
            "refused",
        ),
        (
            Feishu,
            400,
            r#"{"code":11232,"msg":"frequency limited"}"#,
            "busy",
        ),
        (Feishu, 502, r#"{"code":0}"#, "unknown"),
        (Feishu, 503, r#"{"code":0}"#, "unavailable"),
        (Slack, 200, "ok", "accepted"),
        (Slack, 200, proxy, "unknown"),
        (Slack, 404, "no_service", "refused"),
        (Slack, 429, "", "busy"),
        (
            Pagerduty,
            202,
            r#"{"status":"success","dedup_key":"T-1"}"#,
            "accepted",
        ),
        (Pagerduty, 200, proxy, "unknown"),
        (
            Pagerduty,
            400,
            r#"{"status":"invalid event","errors":["x"]}"#,
            "refused",
        ),
        (Pagerduty, 429, "", "busy"),
        (Webhook, 204, "", "accepted"),
        (Webhook, 301, "", "unavailable"),
        (Webhook, 404, "", "unavailable"),
        (Webhook, 410, "", "refused"),
    ] {
        assert_eq!(
            judged(channel, status, body),
            outcome,
            "{channel} {status} {body}"
        );
    }
}

#[test]
fn a_vendor_has_us_wait_but_not_for_ever() {
    let hour = Duration::from_secs(3_600);
    for (asked, wait) in [
        ("120", Some(Duration::from_secs(120))),
        ("1000000000000000000", Some(hour)),
        ("31536000", Some(hour)),
        ("-5", None),
        ("soon", None),
    ] {
        let reply = outbound::Answer {
            status: StatusCode::TOO_MANY_REQUESTS,
            headers: HeaderMap::from_iter([(RETRY_AFTER, asked.parse().unwrap())]),
            body: Vec::new(),
        };
        let judged = of(Channel::Pagerduty).unwrap().judge(&reply);
        let Answer::Busy { retry_after, .. } = judged else {
            panic!("{asked}: {judged:?}");
        };
        assert_eq!(retry_after, wait, "{asked}");
    }
}

#[test]
fn who_has_no_usable_secret_is_told_so_without_it() {
    let access = access("https://erp.example.com/hook", Some("not-a-secret"));
    let content = Content {
        name: uuid::Uuid::nil(),
        deliveries: &[delivery(Cause::Opened)],
        to: None,
        title: "",
        text: "",
        link: None,
        is_card: false,
        language: Language::English,
        at: DateTime::UNIX_EPOCH,
    };
    let Err(why) = of(Channel::Webhook).unwrap().call(&access, &content) else {
        panic!("a secret that is none signs");
    };
    assert!(!why.contains("not-a-secret"), "{why}");
}

/// What Slack shows of a message before it is opened is read as marked up too, and whole texts
/// are searched for names and addresses unless told not to (read: "Formatting text").
#[test]
fn slack_is_told_nothing_that_mentions_everybody() {
    let content = Content {
        title: "New ticket: order <!channel> & <@U1>",
        ..content(&[])
    };
    let access = access("https://hooks.slack.com/services/t", None);
    let call = of(Channel::Slack).unwrap().call(&access, &content).unwrap();
    let body = body(&call);
    assert_eq!(
        body["text"],
        "New ticket: order &lt;!channel&gt; &amp; &lt;@U1&gt;"
    );
    assert_eq!(body["blocks"][0]["text"]["verbatim"], true);
}

#[test]
fn no_request_of_a_gateways_runs_for_ever_or_fills_the_memory() {
    for body in [
        "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
        "{% set ns = namespace(x=text) %}{% for a in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
    ] {
        let own = Own::Sms(SmsRequest {
            body: body.to_owned(),
            content_type: "application/json".to_owned(),
            scheme: String::new(),
            accepted: None,
        });
        let access = Access {
            own,
            ..access("https://sms.example.com", None)
        };
        let content = Content {
            to: Some("+8613812345678"),
            ..content(&[])
        };
        let call = of(Channel::Sms).unwrap().call(&access, &content);
        assert!(call.is_err(), "{body}");
    }
}

#[test]
fn numbers_and_addresses_that_a_gateway_repeats_are_not_kept() {
    let said =
        r#"{"code":1,"to":"+8613812345678","mobile":"13812345678","mail":"li.na@example.com"}"#;
    let reply = outbound::Answer {
        status: StatusCode::BAD_REQUEST,
        headers: HeaderMap::new(),
        body: said.as_bytes().to_vec(),
    };
    let Answer::Refused { detail } = of(Channel::Sms).unwrap().judge(&reply) else {
        panic!("expected a refusal");
    };
    assert_eq!(
        detail,
        r#"HTTP 400 {"code":1,"to":"+***","mobile":"***","mail":"***"}"#
    );
}

#[test]
fn secrets_that_a_vendor_repeats_are_not_kept() {
    let access = Access {
        token: Some("granted-token".into()),
        ..access(
            "https://erp.example.com/hook/s3cret?key=k3y-in-url",
            Some("signing"),
        )
    };
    let said =
        r#"{"path":"/hook/s3cret","key":"k3y-in-url","by":"signing granted-token","to":"Li-Na"}"#;
    assert_eq!(
        access.concealed(said, Some("Li-Na")),
        r#"{"path":"***","key":"***","by":"*** ***","to":"***"}"#
    );
}

#[test]
fn no_part_of_a_secret_is_left_where_what_is_kept_is_cut_or_has_numbers() {
    let url = "https://orders:pass-w0rd@erp.example.com/hook/T-token-of-a-robot?k=a%2Fb%2Fc-key";
    let access = access(url, Some("sign-12345678-ing"));
    let long = "x".repeat(280);
    for said in [
        "signed with sign-12345678-ing".to_owned(),
        format!("{long} sign-12345678-ing"),
        "no robot T-token-of-a-robot".to_owned(),
        "orders:pass-w0rd may not".to_owned(),
        "no k=a%2Fb%2Fc-key, which is a/b/c-key".to_owned(),
    ] {
        let reply = access.conceal(outbound::Answer {
            status: StatusCode::FORBIDDEN,
            headers: HeaderMap::new(),
            body: said.into_bytes(),
        });
        let judged = of(Channel::Slack).unwrap().judge(&reply);
        let kept = judged.detail();
        assert!(kept.contains("***"), "{kept}");
        for part in ["sign-", "-ing", "T-token", "pass-", "c-key"] {
            assert!(!kept.contains(part), "{kept}");
        }
    }
}
