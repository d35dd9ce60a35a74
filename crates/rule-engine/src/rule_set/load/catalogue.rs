//! Fields of the shop's own beside the standard ones.

use crate::rule_set::fault::Faults;
use crate::rule_set::spec::{CatalogueSpec, FieldSpec, ValueSpec};
use order::catalogue::{Choice, FieldType};
use order::{Catalogue, Field};
use std::collections::BTreeMap;

pub(super) fn catalogue(specs: &BTreeMap<String, CatalogueSpec>, faults: &mut Faults) -> Catalogue {
    let mut catalogue = Catalogue::standard();
    for (name, spec) in specs {
        let resource = format!("FieldCatalogue/{name}");
        for (index, spec) in spec.fields.iter().enumerate() {
            let path = format!("spec.fields[{index}]");
            if let Err(message) = declare(&mut catalogue, spec) {
                faults.add(&resource, &path, message);
            }
        }
    }
    catalogue
}

fn declare(catalogue: &mut Catalogue, spec: &FieldSpec) -> Result<(), String> {
    let field = field(spec)?;
    let kind = field.kind;
    catalogue
        .declare(field)
        .map_err(|error| error.to_string())?;
    if spec.values.is_empty() {
        return Ok(());
    }
    let choices = spec.values.iter().map(choice).collect();
    catalogue
        .offer(kind, &spec.name, choices)
        .map_err(|error| error.to_string())
}

fn choice(spec: &ValueSpec) -> Choice {
    let or_value = |label: &String| match label.is_empty() {
        true => spec.value.clone(),
        false => label.clone(),
    };
    Choice {
        value: spec.value.clone(),
        label_en: or_value(&spec.label.en),
        label_zh: or_value(&spec.label.zh),
    }
}

fn field(spec: &FieldSpec) -> Result<Field, String> {
    let names = || FieldType::ALL.map(FieldType::as_str).join(", ");
    Ok(Field {
        kind: spec
            .entity
            .parse()
            .map_err(|error: order::fact::EntityKindError| error.to_string())?,
        name: spec.name.clone(),
        field_type: FieldType::named(&spec.field_type)
            .ok_or_else(|| format!("`{}` is not a type: expected {}", spec.field_type, names()))?,
        system: spec
            .system
            .parse()
            .map_err(|error: order::source::SystemError| error.to_string())?,
        meaning_en: spec.meaning.en.clone(),
        meaning_zh: spec.meaning.zh.clone(),
    })
}
