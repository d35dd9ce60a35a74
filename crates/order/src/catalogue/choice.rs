//! Values that a field is known to have: what an editor offers, and no limit to what a source may
//! send.

use crate::fact::EntityKind;

/// One known value of a text field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value, as facts carry it.
    pub value: String,
    /// What people call it in English.
    pub label_en: String,
    /// What people call it in Chinese.
    pub label_zh: String,
}

type Row = (
    EntityKind,
    &'static str,
    &'static [(&'static str, &'static str, &'static str)],
);

/// The known values of standard fields.
pub(super) fn standard() -> impl Iterator<Item = (EntityKind, &'static str, Vec<Choice>)> {
    ROWS.iter().map(|&(kind, field, choices)| {
        let choice = |&(value, en, zh): &(&str, &str, &str)| Choice {
            value: value.to_owned(),
            label_en: en.to_owned(),
            label_zh: zh.to_owned(),
        };
        (kind, field, choices.iter().map(choice).collect())
    })
}

const ROWS: &[Row] = &[
    (
        EntityKind::Order,
        "kind",
        &[
            ("normal", "in stock", "现货"),
            ("presale", "presale", "预售"),
            ("split", "shipped in parts", "拆单"),
            ("cross-border", "cross-border", "跨境"),
            ("dated", "shipped on a date asked for", "定时发货"),
        ],
    ),
    (
        EntityKind::Order,
        "currency",
        &[
            ("CNY", "Chinese yuan", "人民币"),
            ("HKD", "Hong Kong dollar", "港元"),
            ("USD", "US dollar", "美元"),
            ("EUR", "euro", "欧元"),
            ("JPY", "Japanese yen", "日元"),
        ],
    ),
    (
        EntityKind::Customer,
        "tier",
        &[
            ("normal", "regular", "普通"),
            ("vip", "VIP", "VIP"),
            ("svip", "SVIP", "SVIP"),
        ],
    ),
];
