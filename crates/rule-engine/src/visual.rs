//! Visual rules: a tree of groups and conditions, as react-querybuilder 8 stores it, compiled to
//! CEL.
//!
//! The tree is the truth; the text is made from it, never the other way. Every value becomes one
//! literal of its field's type or a fault with its place, so that nothing in a value is ever read
//! as a condition.
//!
//! # What a tree says
//!
//! Conditions are true, false or unknown; groups are Kleene's logic over them: `and` is false when
//! one part is, `or` true when one part is, `not` and `xor` (an odd number is true) are unknown
//! when a part is. Only *true* opens an exception.
//!
//! - A condition about a **missing** field is unknown. `null` and `notNull` always know.
//! - `!=`, `notIn` and `doesNot…` of a **text, a list of texts or a bool** against given values
//!   hold when the field is missing: who has no label has not this label. A `not` around a group
//!   does no such thing: it makes no verdict of what is not known. Numbers, spans and instants that
//!   are missing are neither this nor that, and neither is a comparison with another field.
//! - A field **of a list** (`lines.sku`) asks whether *some* element is so. An operator that denies
//!   (`!=`, `notIn`, `doesNot…`, `notBetween`, `null`) says that *no* element is. A value that is
//!   another field of the same list is that of the same element.
//! - A **match mode** asks conditions about each element, whose fields are named without the list
//!   (`sku`; an element of a list of texts is named by the empty text): `all` (of none too),
//!   `some`, `none`, and a number (or a share below 1) that counts at least, at most or exactly. A
//!   number is unknown as long as the conditions are unknown for one element.

mod cel;
mod editor;
mod fault;
mod field;
mod label;
mod lower;
mod operator;
mod tree;
mod value;

pub use cel::is_hidden;
pub use editor::{EditorField, EditorList, EditorOperator, fields, lists};
pub use fault::Fault;
pub use label::Label;
pub use operator::Operator;

use lower::Lowering;
use order::Catalogue;

/// Most groups within each other, those about elements of lists included.
pub const MAX_DEPTH: usize = 12;
/// Most conditions of a tree.
pub const MAX_CONDITIONS: usize = 500;
/// Most values of one condition.
pub const MAX_VALUES: usize = 1_000;
/// Most bytes of one value, as of the texts of facts.
pub const MAX_TEXT_BYTES: usize = order::catalogue::MAX_TEXT_BYTES;
/// Most bytes of the condition that a tree becomes.
pub const MAX_CONDITION_BYTES: usize = 64 * 1024;

/// Compiles a tree to a condition. The same tree gives the same text. Thresholds and calendars that
/// it names are looked up when the condition is checked.
///
/// # Errors
///
/// Every fault of the tree, each with its place.
pub fn compile(tree: &serde_json::Value, catalogue: &Catalogue) -> Result<String, Vec<Fault>> {
    let mut faults = Vec::new();
    let group = tree::read(tree, &mut faults);
    let mut lowering = Lowering {
        catalogue,
        scope: Vec::new(),
        faults,
    };
    let condition = group.and_then(|group| lowering.group(&group));
    let mut faults = lowering.faults;
    let text = condition.map(|condition| condition.layout());
    if let Some(text) = text
        .as_ref()
        .filter(|text| text.len() > MAX_CONDITION_BYTES)
    {
        let fault = Fault::at("", "the condition is too long");
        faults.push(fault.expected(format!("at most {MAX_CONDITION_BYTES} bytes"), text.len()));
    }
    match text {
        Some(text) if faults.is_empty() => Ok(text),
        _ => Err(faults),
    }
}
