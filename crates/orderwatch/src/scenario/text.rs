//! Templates of what customers and colleagues are told.

use minijinja::Environment;
use order::{Catalogue, EntityKind};

/// Names that a template may use besides those of the order.
const EXCEPTION: [&str; 2] = ["opened_at", "rule"];
/// Lists of the order's entities; their elements have names of the template's own.
const LISTS: [&str; 4] = ["lines", "shipments", "refunds", "customs"];

/// What is wrong with a template: its syntax, or a name that nothing fills.
pub(super) fn faults(catalogue: &Catalogue, template: &str) -> Vec<String> {
    let environment = Environment::new();
    let template = match environment.template_from_str(template) {
        Ok(template) => template,
        Err(error) => return vec![error.to_string()],
    };
    let mut unknown: Vec<String> = template
        .undeclared_variables(true)
        .into_iter()
        .filter(|name| !is_known(catalogue, name))
        .collect();
    unknown.sort_unstable();
    let told = unknown.into_iter();
    told.map(|name| {
        format!(
            "nothing is named `{name}`: write a field of order or customer, one of {}, or exception.{}",
            LISTS.join(", "),
            EXCEPTION.join(" or exception.")
        )
    })
    .collect()
}

fn is_known(catalogue: &Catalogue, name: &str) -> bool {
    let has = |kind, field| catalogue.field(kind, field).is_some();
    match name.split_once('.') {
        Some(("order", field)) => has(EntityKind::Order, field),
        Some(("customer", field)) => has(EntityKind::Customer, field),
        Some(("exception", field)) => EXCEPTION.contains(&field),
        Some(_) => false,
        None => LISTS.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_of_an_order_can_be_named() {
        let told = |template| faults(&Catalogue::standard(), template);
        let sound = "{{ order.id }} since {{ exception.opened_at }}{% for s in shipments %} {{ s.carrier }}{% endfor %}";
        assert_eq!(told(sound), Vec::<String>::new());
        let unknown = told("{{ order.address }} {{ phone }}");
        assert_eq!(unknown.len(), 2, "{unknown:?}");
        assert!(
            unknown[0].starts_with("nothing is named `order.address`"),
            "{unknown:?}"
        );
        assert_eq!(told("{{ order.id").len(), 1);
    }
}
