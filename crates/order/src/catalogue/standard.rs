//! The fields that every shop has.

use crate::catalogue::{Field, FieldType};
use crate::fact::EntityKind;
use crate::source::System;

type Row = (
    EntityKind,
    &'static str,
    FieldType,
    System,
    &'static str,
    &'static str,
);

/// Every standard field, by kind; the id of an entity is always its first.
pub(super) fn fields() -> impl Iterator<Item = Field> {
    ROWS.iter()
        .map(|&(kind, name, field_type, system, en, zh)| Field {
            kind,
            name: name.to_owned(),
            field_type,
            system,
            meaning_en: en.to_owned(),
            meaning_zh: zh.to_owned(),
        })
}

#[rustfmt::skip]
const ROWS: &[Row] = {
    use EntityKind::{Customer, Customs, Line, Order, Refund, Shipment, Stock};
    use FieldType::{Amount, Bool, Event, EventList, Int, Plan, Text, TextList};
    use System::{Crm, Erp, Logistics, Warehouse};
    const BORDER: System = System::Customs;
    &[
        (Order, "id", Text, Erp, "order number", "订单号"),
        (Order, "kind", Text, Erp, "normal, presale, split, cross-border or dated", "订单类型"),
        (Order, "status", Text, Erp, "status as the ERP names it", "ERP 中的订单状态"),
        (Order, "channel", Text, Erp, "shop or marketplace it came through", "销售渠道"),
        (Order, "customer_id", Text, Erp, "who ordered", "客户编号"),
        (Order, "warehouse", Text, Erp, "warehouse that ships it", "发货仓库"),
        (Order, "region", Text, Erp, "region it goes to", "收货地区"),
        (Order, "currency", Text, Erp, "ISO 4217 code of its amounts", "币种"),
        (Order, "amount", Amount, Erp, "what the order costs", "订单金额"),
        (Order, "discount_amount", Amount, Erp, "part of the amount that others bear, such as coupons and subsidies of the platform", "优惠与平台补贴金额"),
        (Order, "paid_amount", Amount, Erp, "what was paid", "实付金额"),
        (Order, "line_count", Int, Erp, "how many lines it has", "商品行数"),
        (Order, "parcel_count", Int, Erp, "how many parcels it leaves in", "应发包裹数"),
        (Order, "address_complete", Bool, Erp, "the address can be delivered to", "地址完整"),
        (Order, "address_issue", Text, Erp, "what is wrong with the address, as a code without any part of the address", "地址问题代码"),
        (Order, "duplicate_of", Text, Erp, "earlier order that it seems to repeat", "疑似重复的原订单号"),
        (Order, "tags", TextList, Erp, "labels that people gave it", "标签"),
        (Order, "created_at", Event, Erp, "placed", "下单时间"),
        (Order, "paid_at", Event, Erp, "paid, or its payment approved", "付款时间"),
        (Order, "balance_paid_at", Event, Erp, "balance of a presale paid, after its deposit", "尾款付款时间"),
        (Order, "duplicate_payment_at", Event, Erp, "paid a second time", "重复付款时间"),
        (Order, "payment_settled_at", Event, Erp, "a difference between payment and amount was settled", "收款差异处理完成时间"),
        (Order, "address_flagged_at", Event, Erp, "address first found incomplete or undeliverable", "首次发现地址异常时间"),
        (Order, "address_corrected_at", Event, Erp, "address corrected; missing while it is wrong", "地址修正时间"),
        (Order, "duplicate_found_at", Event, Erp, "found to repeat an earlier order", "发现疑似重复时间"),
        (Order, "duplicate_dismissed_at", Event, Erp, "people found that it repeats none", "确认非重复时间"),
        (Order, "routed_at", Event, Erp, "reached the warehouse", "下发仓库时间"),
        (Order, "cancelled_at", Event, Erp, "cancelled", "取消时间"),
        (Order, "confirmed_at", Event, Erp, "receipt confirmed by the customer or the platform", "确认收货时间"),
        (Order, "completed_at", Event, Erp, "closed as complete", "完成时间"),
        (Order, "ship_by", Plan, Erp, "latest shipping promised to the customer", "最晚发货时间"),
        (Order, "promised_delivery_at", Plan, Erp, "delivery promised to the customer", "承诺送达时间"),
        (Order, "presale_ship_by", Plan, Erp, "latest shipping of a presale", "预售最晚发货时间"),
        (Order, "confirm_by", Plan, Erp, "receipt is due to be confirmed", "应确认收货时间"),
        (Order, "requested_ship_at", Plan, Crm, "the customer asked to ship not before", "客户要求发货时间"),
        (Order, "not_received_at", Event, Crm, "the customer says that nothing arrived", "客户反馈未收到时间"),
        (Order, "claim_settled_at", Event, Crm, "the customer's claim was settled", "客诉处理完成时间"),
        (Order, "do_not_chase", Bool, Crm, "the customer wants no reminders about it", "勿催标记"),
        (Line, "id", Text, Erp, "number of the line", "行号"),
        (Line, "sku", Text, Erp, "stock keeping unit", "库存单位编码"),
        (Line, "product_id", Text, Erp, "product", "商品编号"),
        (Line, "category", Text, Erp, "product category", "商品类目"),
        (Line, "seller", Text, Erp, "who sells it", "卖家"),
        (Line, "quantity", Int, Erp, "how many", "数量"),
        (Line, "price", Amount, Erp, "price of one", "单价"),
        (Line, "freight", Amount, Erp, "freight charged for it", "运费"),
        (Line, "ship_by", Plan, Erp, "latest handover to the carrier", "最晚交运时间"),
        (Line, "short_at", Event, Erp, "first found short when stock was set aside or picked", "首次发现缺货时间"),
        (Line, "allocated_at", Event, Erp, "stock set aside for all of it; missing while it is short", "配货完成时间"),
        (Line, "shipped_at", Event, Erp, "left the warehouse", "该行发货时间"),
        (Line, "cancelled_at", Event, Erp, "taken out of the order", "该行取消时间"),
        (Line, "restock_at", Plan, Erp, "stock for it is expected", "该行预计到货时间"),
        (Shipment, "id", Text, Logistics, "number of the shipment", "运单号"),
        (Shipment, "carrier", Text, Logistics, "who carries it", "承运商"),
        (Shipment, "status", Text, Logistics, "status as the carrier names it", "物流状态"),
        (Shipment, "warehouse", Text, Logistics, "where it leaves from", "发出仓库"),
        (Shipment, "lines", Int, Logistics, "how many order lines are in it", "包含行数"),
        (Shipment, "label_created_at", Event, Logistics, "label printed", "面单生成时间"),
        (Shipment, "handed_over_at", Event, Logistics, "picked up by the carrier", "揽收时间"),
        (Shipment, "last_scan_at", Event, Logistics, "latest scan", "最近扫描时间"),
        (Shipment, "scans", EventList, Logistics, "every scan so far, the handover included", "全部扫描时间"),
        (Shipment, "out_for_delivery_at", Event, Logistics, "on the courier's round", "派送时间"),
        (Shipment, "delivered_at", Event, Logistics, "signed for", "签收时间"),
        (Shipment, "problem_at", Event, Logistics, "carrier reported a problem", "问题件时间"),
        (Shipment, "refused_at", Event, Logistics, "refused by the recipient", "拒收时间"),
        (Shipment, "returned_at", Event, Logistics, "back at the sender", "退回时间"),
        (Shipment, "lost_at", Event, Logistics, "declared lost by the carrier", "承运商确认丢件时间"),
        (Shipment, "voided_at", Event, Logistics, "label cancelled before the handover", "面单作废时间"),
        (Shipment, "estimated_delivery_at", Plan, Logistics, "delivery the carrier expects", "预计送达时间"),
        (Refund, "id", Text, Erp, "number of the refund", "退款单号"),
        (Refund, "status", Text, Erp, "status as the ERP names it", "退款状态"),
        (Refund, "amount", Amount, Erp, "how much goes back", "退款金额"),
        (Refund, "requested_at", Event, Erp, "asked for", "申请时间"),
        (Refund, "approved_at", Event, Erp, "granted", "同意时间"),
        (Refund, "completed_at", Event, Erp, "money returned", "退款完成时间"),
        (Refund, "rejected_at", Event, Erp, "rejected, or withdrawn by who asked", "驳回或撤销时间"),
        (Customs, "id", Text, BORDER, "number of the declaration", "报关单号"),
        (Customs, "status", Text, BORDER, "status as customs names it", "清关状态"),
        (Customs, "declared_at", Event, BORDER, "declared", "申报时间"),
        (Customs, "held_at", Event, BORDER, "held by customs", "查验时间"),
        (Customs, "cleared_at", Event, BORDER, "cleared", "放行时间"),
        (Customer, "id", Text, Crm, "number of the customer", "客户编号"),
        (Customer, "tier", Text, Crm, "tier, such as vip", "客户等级"),
        (Customer, "region", Text, Crm, "where the customer is", "客户地区"),
        (Customer, "do_not_chase", Bool, Crm, "wants no reminders at all", "勿扰标记"),
        (Customer, "since_at", Event, Crm, "first known", "注册时间"),
        (Stock, "id", Text, Warehouse, "stock keeping unit", "库存单位编码"),
        (Stock, "warehouse", Text, Warehouse, "where it lies", "仓库"),
        (Stock, "on_hand", Int, Warehouse, "how many are there", "现有库存"),
        (Stock, "reserved", Int, Warehouse, "how many are promised", "占用库存"),
        (Stock, "counted_at", Event, Warehouse, "last counted", "盘点时间"),
        (Stock, "restock_at", Plan, Warehouse, "next delivery expected", "预计到货时间"),
    ]
};
