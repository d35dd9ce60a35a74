//! What editors of rules need: the fields that there are, and what a visual rule becomes.

use contracts::rules::v1;
use order::{EntityKind, Field};
use rule_engine::visual::{self, EditorField, Label};

use crate::error::Error;
use crate::grpc::Rules;

/// Most bytes of a tree.
const MAX_TREE_BYTES: usize = 1024 * 1024;

impl Rules {
    pub(super) async fn fields(&self) -> Result<v1::ListFieldsResponse, Error> {
        let mut conn = self.database.pool().acquire().await?;
        let rule_set = self.rule_sets.current(&mut conn).await?;
        let catalogue = rule_set.catalogue();
        let offered = visual::fields(catalogue);
        let fields = catalogue.iter().zip(offered).map(wire).collect();
        let lists = visual::lists().into_iter().map(|list| v1::FieldList {
            name: list.name.to_owned(),
            label: Some(label(list.label)),
            match_modes: list.match_modes.into_iter().map(choice).collect(),
        });
        Ok(v1::ListFieldsResponse {
            fields,
            lists: lists.collect(),
        })
    }

    /// Compiles a tree against the fields of the rule set in force.
    pub(super) async fn compile_visual(
        &self,
        request: &v1::CompileVisualRuleRequest,
    ) -> Result<v1::CompileVisualRuleResponse, Error> {
        let invalid = |message| Error::Invalid {
            field: "tree_json",
            message,
        };
        if request.tree_json.len() > MAX_TREE_BYTES {
            return Err(invalid(format!("has more than {MAX_TREE_BYTES} bytes")));
        }
        let tree = serde_json::from_str(&request.tree_json)
            .map_err(|error| invalid(format!("is not JSON: {error}")))?;
        let mut conn = self.database.pool().acquire().await?;
        let rule_set = self.rule_sets.current(&mut conn).await?;
        Ok(match visual::compile(&tree, rule_set.catalogue()) {
            Ok(condition) => v1::CompileVisualRuleResponse {
                condition,
                faults: Vec::new(),
            },
            Err(faults) => v1::CompileVisualRuleResponse {
                condition: String::new(),
                faults: faults.into_iter().map(fault).collect(),
            },
        })
    }
}

fn wire((field, offered): (&Field, EditorField)) -> v1::Field {
    let operator = |operator: &visual::EditorOperator| v1::FieldOperator {
        name: operator.operator.name().to_owned(),
        label: Some(label(operator.operator.label())),
        takes: operator.takes.to_owned(),
        value_sources: operator
            .value_sources
            .iter()
            .map(ToString::to_string)
            .collect(),
    };
    let value = |known: order::catalogue::Choice| v1::Choice {
        value: known.value,
        label: Some(v1::Label {
            en: known.label_en,
            zh: known.label_zh,
        }),
    };
    v1::Field {
        name: format!("{}.{}", variable(field.kind), field.name),
        r#type: field.field_type.to_string(),
        unit: field.field_type.unit().to_owned(),
        meaning_en: offered.meaning_en,
        meaning_zh: offered.meaning_zh,
        system: field.system.to_string(),
        visual_name: offered.name,
        own_name: offered.own_name,
        entity: Some(label(offered.entity_label)),
        label: Some(v1::Label {
            en: offered.label_en,
            zh: offered.label_zh,
        }),
        input_type: offered.input_type.to_owned(),
        value_editor: offered.value_editor.to_owned(),
        operators: offered.operators.iter().map(operator).collect(),
        values: offered.choices.into_iter().map(value).collect(),
        units: offered.units.iter().copied().map(choice).collect(),
        match_modes: offered.match_modes.into_iter().map(choice).collect(),
    }
}

fn label(label: Label) -> v1::Label {
    v1::Label {
        en: label.en.to_owned(),
        zh: label.zh.to_owned(),
    }
}

fn choice((value, name): (&'static str, Label)) -> v1::Choice {
    v1::Choice {
        value: value.to_owned(),
        label: Some(label(name)),
    }
}

fn fault(fault: visual::Fault) -> v1::VisualFault {
    v1::VisualFault {
        path: fault.path,
        message: fault.message,
        expected: fault.expected.unwrap_or_default(),
        found: fault.found.unwrap_or_default(),
        nearest: fault.nearest.unwrap_or_default(),
        help: fault.help.unwrap_or_default(),
    }
}

/// What a rule calls entities of a kind.
const fn variable(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Order => "order",
        EntityKind::Line => "lines[]",
        EntityKind::Shipment => "shipments[]",
        EntityKind::Refund => "refunds[]",
        EntityKind::Customs => "customs[]",
        EntityKind::Customer => "customer",
        EntityKind::Stock => "stock[]",
    }
}
