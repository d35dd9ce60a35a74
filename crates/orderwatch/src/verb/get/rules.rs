//! `orderwatch get rules`, `get rule-sets` and `get fields`.

use contracts::rules::v1::{GetRuleSetRequest, ListFieldsRequest, ListRuleSetsRequest};

use super::resources;
use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::{Field, Rule, RuleSet};

pub(crate) async fn rules(global: &Global, of: &resources::Arguments) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .rules()
        .call(
            GetRuleSetRequest { number: of.number },
            async |mut client, request| client.get_rule_set(request).await,
        )
        .await?;
    let set = answer.rule_set.unwrap_or_default();
    let rows: Vec<Rule> = set.rule.into_iter().map(Rule::from).collect();
    output::list(global.output, &rows)
}

pub(crate) async fn rule_sets(global: &Global) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .rules()
        .call(
            ListRuleSetsRequest { page_size: 1_000 },
            async |mut client, request| client.list_rule_sets(request).await,
        )
        .await?;
    let rows: Vec<RuleSet> = answer.rule_sets.into_iter().map(RuleSet::from).collect();
    output::list(global.output, &rows)
}

pub(crate) async fn fields(global: &Global) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .rules()
        .call(ListFieldsRequest {}, async |mut client, request| {
            client.list_fields(request).await
        })
        .await?;
    let rows: Vec<Field> = answer.fields.into_iter().map(Field::from).collect();
    output::list(global.output, &rows)
}
