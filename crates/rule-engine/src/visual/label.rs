//! What people call operators, entities and match modes, in both languages.

use super::operator::Operator;
use order::EntityKind;

/// A name in English and in Chinese.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// In English.
    pub en: &'static str,
    /// In Chinese.
    pub zh: &'static str,
}

const fn label(en: &'static str, zh: &'static str) -> Label {
    Label { en, zh }
}

impl Operator {
    /// Returns what people call it.
    #[must_use]
    pub const fn label(self) -> Label {
        match self {
            Self::Equal => label("is", "等于"),
            Self::NotEqual => label("is not", "不等于"),
            Self::Less => label("is less than", "小于"),
            Self::Greater => label("is greater than", "大于"),
            Self::LessOrEqual => label("is at most", "小于等于"),
            Self::GreaterOrEqual => label("is at least", "大于等于"),
            Self::Contains => label("contains", "包含"),
            Self::BeginsWith => label("begins with", "开头是"),
            Self::EndsWith => label("ends with", "结尾是"),
            Self::DoesNotContain => label("does not contain", "不包含"),
            Self::DoesNotBeginWith => label("does not begin with", "开头不是"),
            Self::DoesNotEndWith => label("does not end with", "结尾不是"),
            Self::Null => label("is missing", "为空"),
            Self::NotNull => label("is there", "不为空"),
            Self::In => label("is one of", "属于"),
            Self::NotIn => label("is none of", "不属于"),
            Self::Between => label("is between", "介于"),
            Self::NotBetween => label("is not between", "不介于"),
            Self::BeforeNow => label("has passed", "已到"),
            Self::AfterNow => label("is still to come", "未到"),
            Self::ElapsedMoreThan => label("was longer ago than", "距今超过"),
            Self::ElapsedLessThan => label("was less long ago than", "距今不足"),
            Self::RemainingMoreThan => label("is further away than", "剩余时间超过"),
            Self::RemainingLessThan => label("is nearer than", "剩余时间不足"),
        }
    }
}

/// What people call an entity.
pub(super) const fn entity(kind: EntityKind) -> Label {
    match kind {
        EntityKind::Order => label("order", "订单"),
        EntityKind::Customer => label("customer", "客户"),
        EntityKind::Line => label("order line", "商品行"),
        EntityKind::Shipment => label("shipment", "包裹"),
        EntityKind::Refund => label("refund", "退款"),
        EntityKind::Customs => label("customs declaration", "报关"),
        EntityKind::Stock => label("stock", "库存"),
    }
}

/// The match modes by name.
pub(super) const MATCH_MODES: [(&str, Label); 6] = [
    ("all", label("all of them", "全部满足")),
    ("some", label("some of them", "至少一个满足")),
    ("none", label("none of them", "都不满足")),
    ("atLeast", label("at least so many", "至少若干个满足")),
    ("atMost", label("at most so many", "至多若干个满足")),
    ("exactly", label("exactly so many", "恰好若干个满足")),
];

/// The units of spans.
pub(super) const UNITS: [(&str, Label); 4] = [
    ("m", label("minutes", "分钟")),
    ("h", label("hours", "小时")),
    ("d", label("days of 24 hours", "天（24 小时）")),
    ("s", label("seconds", "秒")),
];
