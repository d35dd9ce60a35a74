//! Rule sets changed by resource over gRPC: outcomes, refusals, history.

use contracts::event::v1::event::Payload;
use contracts::event::v1::{Event, ResourceOutcome};
use contracts::rules::v1::resource_edit::Edit;
use contracts::rules::v1::{
    ChangeRuleSetRequest, ChangeRuleSetResponse, DiffRuleSetsRequest, GetResourceHistoryRequest,
    GetRuleSetRequest, ListResourcesRequest, Resource, ResourceEdit, RollbackRuleSetRequest,
};
use prost::Message;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::served::Served;
use crate::{RULES, VIP};

pub(crate) fn put(text: &str) -> ResourceEdit {
    ResourceEdit {
        edit: Some(Edit::Put(text.to_owned())),
        ..ResourceEdit::default()
    }
}

fn delete(name: &str) -> ResourceEdit {
    ResourceEdit {
        kind: "Rule".to_owned(),
        name: name.to_owned(),
        edit: Some(Edit::Delete(true)),
        ..ResourceEdit::default()
    }
}

fn seen(etag: &str, edit: ResourceEdit) -> ResourceEdit {
    ResourceEdit {
        etag: etag.to_owned(),
        ..edit
    }
}

/// A change by `li`.
pub(crate) fn request(edits: Vec<ResourceEdit>) -> ChangeRuleSetRequest {
    ChangeRuleSetRequest {
        edits,
        actor: "li".to_owned(),
        reason: "for the promotion".to_owned(),
        ..ChangeRuleSetRequest::default()
    }
}

/// What became of each resource, such as `late Created`.
fn outcomes(answer: &ChangeRuleSetResponse) -> Vec<String> {
    let told = answer
        .changes
        .iter()
        .map(|change| format!("{} {:?}", change.name, change.outcome()));
    told.collect()
}

impl Served {
    pub(crate) async fn change(
        &mut self,
        request: ChangeRuleSetRequest,
    ) -> Result<ChangeRuleSetResponse, Status> {
        let answer = self.rules.change_rule_set(request).await;
        answer.map(tonic::Response::into_inner)
    }

    async fn resources(&mut self) -> Vec<Resource> {
        let request = ListResourcesRequest::default();
        let answer = self.rules.list_resources(request).await.unwrap();
        answer.into_inner().resources
    }

    async fn etag(&mut self, name: &str) -> String {
        let resources = self.resources().await;
        let found = resources.into_iter().find(|found| found.name == name);
        found.unwrap().etag
    }

    async fn activations(&self) -> Vec<Event> {
        let query = "SELECT payload FROM rule_evaluation.event_log
                     WHERE subject = 'orderwatch.changes.rule-set' ORDER BY id";
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(query)
            .fetch_all(self.servers.context.database.pool())
            .await
            .unwrap();
        let decoded = payloads
            .iter()
            .map(|payload| Event::decode(payload.as_slice()).unwrap());
        decoded.collect()
    }
}

#[tokio::test]
async fn resources_are_created_configured_left_and_deleted_one_by_one() {
    let mut served = Served::start().await;
    let answer = served.change(request(vec![put(RULES), put(VIP)])).await;
    let answer = answer.unwrap();
    assert_eq!((answer.number, answer.rules), (1, 2));
    assert_eq!(outcomes(&answer), ["late Created", "vip-late Created"]);

    let later = RULES.replace("24h", "26h");
    let answer = served.change(request(vec![put(&later), put(VIP)])).await;
    let answer = answer.unwrap();
    assert_eq!(answer.number, 2);
    assert_eq!(outcomes(&answer), ["late Configured", "vip-late Unchanged"]);
    assert_eq!(answer.changes[0].etag, served.etag("late").await);

    let answer = served.change(request(vec![put(&later)])).await.unwrap();
    assert!(answer.unchanged && answer.number == 2 && answer.effect.is_none());

    let answer = served.change(request(vec![delete("late")])).await.unwrap();
    assert_eq!(outcomes(&answer), ["late Deleted"]);
    let left = served.resources().await;
    assert_eq!((left[0].name.as_str(), left[0].changed_in), ("vip-late", 1));
    assert_eq!(
        (left[0].actor.as_str(), left[0].reason.as_str(), left.len()),
        ("li", "for the promotion", 1)
    );
    served.running.stop().await.unwrap();
}

#[tokio::test]
async fn a_lost_update_is_refused_and_says_who_was_faster_and_when() {
    let mut served = Served::start().await;
    served
        .change(request(vec![put(RULES), put(VIP)]))
        .await
        .unwrap();
    let etag = served.etag("late").await;
    let faster = ChangeRuleSetRequest {
        actor: "wang".to_owned(),
        reason: "agreed with the warehouse".to_owned(),
        ..request(vec![seen(&etag, put(&RULES.replace("24h", "25h")))])
    };
    served.change(faster).await.unwrap();
    let slower = request(vec![seen(&etag, put(&RULES.replace("24h", "26h")))]);
    let refused = served.change(slower).await.unwrap_err();
    assert_eq!(refused.code(), Code::Aborted);
    assert_eq!(
        refused.message(),
        "Rule/late was changed in between (by wang at 2023-11-16T04:13:20Z in rule set 2: agreed \
         with the warehouse): get it and change it again [OW-RULES-RESOURCE-MOVED]"
    );
    let based = ChangeRuleSetRequest {
        based_on: 1,
        ..request(vec![delete("late")])
    };
    assert_eq!(
        served.change(based).await.unwrap_err().code(),
        Code::Aborted
    );
    let neighbour = ChangeRuleSetRequest {
        based_on: 1,
        ..request(vec![put(&VIP.replace("2h", "3h"))])
    };
    assert_eq!(served.change(neighbour).await.unwrap().number, 3);
    let exists = request(vec![seen("none", put(VIP))]);
    assert_eq!(
        served.change(exists).await.unwrap_err().code(),
        Code::Aborted
    );
    served.running.stop().await.unwrap();
}

#[tokio::test]
async fn of_two_who_change_the_same_at_once_one_is_refused_and_of_others_both_come_through() {
    let mut served = Served::start().await;
    served
        .change(request(vec![put(RULES), put(VIP)]))
        .await
        .unwrap();
    let etag = served.etag("late").await;
    let same = |hours: &str| request(vec![seen(&etag, put(&RULES.replace("24h", hours)))]);
    let (mut one, mut two) = (served.rules.clone(), served.rules.clone());
    let (one, two) = tokio::join!(
        one.change_rule_set(same("25h")),
        two.change_rule_set(same("26h"))
    );
    assert!(one.is_ok() != two.is_ok());
    let refused = one.err().or(two.err()).unwrap();
    assert_eq!(refused.code(), Code::Aborted);
    let (mut one, mut two) = (served.rules.clone(), served.rules.clone());
    let (one, two) = tokio::join!(
        one.change_rule_set(request(vec![put(&RULES.replace("24h", "30h"))])),
        two.change_rule_set(request(vec![put(&VIP.replace("2h", "3h"))]))
    );
    let mut numbers = [
        one.unwrap().into_inner().number,
        two.unwrap().into_inner().number,
    ];
    numbers.sort_unstable();
    assert_eq!(numbers, [3, 4], "neither change is lost");
    let texts: Vec<String> = served
        .resources()
        .await
        .into_iter()
        .map(|it| it.text)
        .collect();
    assert!(
        texts[0].contains("30h") && texts[1].contains("3h"),
        "{texts:?}"
    );
    served.running.stop().await.unwrap();
}

#[tokio::test]
async fn every_change_names_who_and_why_and_tells_the_audit_what() {
    let mut served = Served::start().await;
    for (actor, reason, field) in [("", "why", "actor"), ("li", " ", "reason")] {
        let anonymous = ChangeRuleSetRequest {
            actor: actor.to_owned(),
            reason: reason.to_owned(),
            ..request(vec![put(RULES)])
        };
        let refused = served.change(anonymous).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let details = refused.get_error_details();
        assert_eq!(
            details.bad_request().unwrap().field_violations[0].field,
            field
        );
    }
    served
        .change(request(vec![put(RULES), put(VIP)]))
        .await
        .unwrap();
    served
        .change(request(vec![delete("late"), put(&VIP.replace("2h", "3h"))]))
        .await
        .unwrap();
    let told = served.activations().await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[1].reason, "for the promotion");
    let Some(Payload::RuleSet(activated)) = &told[1].payload else {
        panic!("{:?}", told[1]);
    };
    let changes: Vec<_> = activated
        .changes
        .iter()
        .map(|change| (change.name.as_str(), change.outcome()))
        .collect();
    assert_eq!(
        changes,
        [
            ("vip-late", ResourceOutcome::Configured),
            ("late", ResourceOutcome::Deleted)
        ]
    );
    assert_eq!((activated.number, activated.replaced), (2, 1));
    served.running.stop().await.unwrap();
}

#[tokio::test]
async fn faults_name_resource_path_line_and_column_and_every_one_at_once() {
    let mut served = Served::start().await;
    let broken = [
        put(&RULES.replace("paid_at", "payed_at")),
        put(&VIP.replace("\"2h\"", "2")),
    ];
    let refused = served.change(request(broken.to_vec())).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let violations = refused.get_error_details().bad_request().unwrap().clone();
    let told: Vec<(&str, &str)> = violations
        .field_violations
        .iter()
        .map(|violation| (violation.field.as_str(), &violation.description[..5]))
        .collect();
    assert_eq!(
        told,
        [
            ("Rule/late spec.condition", "1:15:"),
            ("Rule/vip-late spec.condition", "1:61:")
        ]
    );
    let nameless = request(vec![
        put("kind: Rule\nspec: {}\n"),
        put("a: [1"),
        put(RULES),
    ]);
    let refused = served.change(nameless).await.unwrap_err();
    let violations = refused.get_error_details().bad_request().unwrap().clone();
    let fields: Vec<&str> = violations
        .field_violations
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(fields, ["edits[0].put", "edits[1].put"]);
    let absent = served
        .change(request(vec![delete("late")]))
        .await
        .unwrap_err();
    assert_eq!(absent.code(), Code::NotFound);
    assert_eq!(served.resources().await, []);
    served.running.stop().await.unwrap();
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let mut served = Served::start().await;
    served.change(request(vec![put(RULES)])).await.unwrap();
    let dry_run = ChangeRuleSetRequest {
        dry_run: true,
        actor: String::new(),
        reason: String::new(),
        ..request(vec![delete("late"), put(VIP)])
    };
    let answer = served.change(dry_run).await.unwrap();
    assert_eq!(answer.number, 2);
    assert_eq!(outcomes(&answer), ["late Deleted", "vip-late Created"]);
    assert!(answer.effect.is_some());
    let names: Vec<String> = served
        .resources()
        .await
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, ["late"]);
    assert_eq!(served.activations().await.len(), 1);
    served.running.stop().await.unwrap();
}

#[tokio::test]
async fn a_rollback_brings_the_old_content_back_under_a_new_number() {
    let mut served = Served::start().await;
    served.change(request(vec![put(RULES)])).await.unwrap();
    let first = served.etag("late").await;
    served
        .change(request(vec![put(&RULES.replace("24h", "26h")), put(VIP)]))
        .await
        .unwrap();
    let rollback = RollbackRuleSetRequest {
        number: 1,
        actor: "li".to_owned(),
        reason: "too late".to_owned(),
        ..RollbackRuleSetRequest::default()
    };
    let answer = served.rules.rollback_rule_set(rollback.clone()).await;
    let answer = answer.unwrap().into_inner();
    assert_eq!(
        (answer.number, answer.rules, answer.unchanged),
        (3, 1, false)
    );
    assert_eq!(served.etag("late").await, first);
    let request = GetRuleSetRequest { number: 0 };
    let in_force = served
        .rules
        .get_rule_set(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(in_force.rule_set.unwrap().restored, 1);
    let again = served.rules.rollback_rule_set(rollback).await.unwrap();
    assert!(again.into_inner().unchanged);
    let nowhere = RollbackRuleSetRequest {
        number: 9,
        ..RollbackRuleSetRequest::default()
    };
    let refused = served.rules.rollback_rule_set(nowhere).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    served.running.stop().await.unwrap();
}

#[tokio::test]
async fn the_whole_history_of_a_resource_is_kept_and_any_two_rule_sets_compared() {
    let mut served = Served::start().await;
    served
        .change(request(vec![put(RULES), put(VIP)]))
        .await
        .unwrap();
    let later = RULES.replace("24h", "26h");
    served.change(request(vec![put(&later)])).await.unwrap();
    served.change(request(vec![delete("late")])).await.unwrap();
    served.change(request(vec![put(RULES)])).await.unwrap();
    let history = GetResourceHistoryRequest {
        kind: "Rule".to_owned(),
        name: "late".to_owned(),
        page_size: 0,
    };
    let history = served.rules.get_resource_history(history).await.unwrap();
    let versions = history.into_inner().versions;
    let told: Vec<_> = versions
        .iter()
        .map(|it| (it.number, it.outcome()))
        .collect();
    assert_eq!(
        told,
        [
            (4, ResourceOutcome::Created),
            (3, ResourceOutcome::Deleted),
            (2, ResourceOutcome::Configured),
            (1, ResourceOutcome::Created)
        ]
    );
    assert!(versions[2].text.contains("26h") && versions[1].text.is_empty());

    let mut diff = async |from, to, edits| {
        let request = DiffRuleSetsRequest { from, to, edits };
        let answer = served.rules.diff_rule_sets(request).await.unwrap();
        let differences = answer.into_inner().differences.into_iter();
        let told = differences.map(|difference| {
            let change = difference.change.unwrap();
            let is_empty = (
                difference.old_text.is_empty(),
                difference.new_text.is_empty(),
            );
            (change.name.clone(), change.outcome(), is_empty)
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(diff(1, 4, vec![]).await, []);
    assert_eq!(
        diff(2, 3, vec![]).await,
        [("late".to_owned(), ResourceOutcome::Deleted, (false, true))]
    );
    assert_eq!(
        diff(0, 0, vec![put(&later), delete("vip-late")]).await,
        [
            (
                "late".to_owned(),
                ResourceOutcome::Configured,
                (false, false)
            ),
            (
                "vip-late".to_owned(),
                ResourceOutcome::Deleted,
                (false, true)
            )
        ]
    );
    let old = ListResourcesRequest {
        number: 2,
        name: "late".to_owned(),
        ..ListResourcesRequest::default()
    };
    let old = served.rules.list_resources(old).await.unwrap().into_inner();
    assert!(old.resources[0].text.contains("26h"));
    served.running.stop().await.unwrap();
}

#[tokio::test]
async fn a_rule_set_stored_as_one_text_is_listed_changed_and_rolled_back_to() {
    let mut served = Served::start().await;
    let pool = served.servers.context.database.pool();
    let insert = "INSERT INTO rule_evaluation.rule_sets
                      (number, digest, resources, rules, actor, reason, activated_at)
                  VALUES (1, 'before', $1, 1, 'li', 'before', now())";
    sqlx::query(insert).bind(RULES).execute(pool).await.unwrap();
    sqlx::query("UPDATE rule_evaluation.active_rule_set SET number = 1")
        .execute(pool)
        .await
        .unwrap();
    assert_eq!(served.resources().await[0].changed_in, 1);
    let answer = served.change(request(vec![put(VIP)])).await.unwrap();
    assert_eq!((answer.number, answer.rules), (2, 2));
    let changed: Vec<_> = served
        .resources()
        .await
        .into_iter()
        .map(|it| (it.name, it.changed_in))
        .collect();
    assert_eq!(
        changed,
        [("late".to_owned(), 1), ("vip-late".to_owned(), 2)]
    );
    let rollback = RollbackRuleSetRequest {
        number: 1,
        actor: "li".to_owned(),
        reason: "as before".to_owned(),
        ..RollbackRuleSetRequest::default()
    };
    let answer = served.rules.rollback_rule_set(rollback).await.unwrap();
    assert_eq!(answer.into_inner().rules, 1);
    served.running.stop().await.unwrap();
}
