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
    use FieldType::{Amount, Bool, Event, Int, Plan, Text, TextList};
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
        (Order, "paid_amount", Amount, Erp, "what was paid", "实付金额"),
        (Order, "line_count", Int, Erp, "how many lines it has", "商品行数"),
        (Order, "address_complete", Bool, Erp, "the address can be delivered to", "地址完整"),
        (Order, "tags", TextList, Erp, "labels that people gave it", "标签"),
        (Order, "created_at", Event, Erp, "placed", "下单时间"),
        (Order, "paid_at", Event, Erp, "paid, or its payment approved", "付款时间"),
        (Order, "routed_at", Event, Erp, "reached the warehouse", "下发仓库时间"),
        (Order, "cancelled_at", Event, Erp, "cancelled", "取消时间"),
        (Order, "completed_at", Event, Erp, "closed as complete", "完成时间"),
        (Order, "ship_by", Plan, Erp, "latest shipping promised to the customer", "最晚发货时间"),
        (Order, "promised_delivery_at", Plan, Erp, "delivery promised to the customer", "承诺送达时间"),
        (Order, "presale_ship_by", Plan, Erp, "latest shipping of a presale", "预售最晚发货时间"),
        (Order, "requested_ship_at", Plan, Crm, "the customer asked to ship not before", "客户要求发货时间"),
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
        (Shipment, "id", Text, Logistics, "number of the shipment", "运单号"),
        (Shipment, "carrier", Text, Logistics, "who carries it", "承运商"),
        (Shipment, "status", Text, Logistics, "status as the carrier names it", "物流状态"),
        (Shipment, "warehouse", Text, Logistics, "where it leaves from", "发出仓库"),
        (Shipment, "lines", Int, Logistics, "how many order lines are in it", "包含行数"),
        (Shipment, "label_created_at", Event, Logistics, "label printed", "面单生成时间"),
        (Shipment, "handed_over_at", Event, Logistics, "picked up by the carrier", "揽收时间"),
        (Shipment, "last_scan_at", Event, Logistics, "latest scan", "最近扫描时间"),
        (Shipment, "out_for_delivery_at", Event, Logistics, "on the courier's round", "派送时间"),
        (Shipment, "delivered_at", Event, Logistics, "signed for", "签收时间"),
        (Shipment, "problem_at", Event, Logistics, "carrier reported a problem", "问题件时间"),
        (Shipment, "refused_at", Event, Logistics, "refused by the recipient", "拒收时间"),
        (Shipment, "returned_at", Event, Logistics, "back at the sender", "退回时间"),
        (Shipment, "estimated_delivery_at", Plan, Logistics, "delivery the carrier expects", "预计送达时间"),
        (Refund, "id", Text, Erp, "number of the refund", "退款单号"),
        (Refund, "status", Text, Erp, "status as the ERP names it", "退款状态"),
        (Refund, "amount", Amount, Erp, "how much goes back", "退款金额"),
        (Refund, "requested_at", Event, Erp, "asked for", "申请时间"),
        (Refund, "approved_at", Event, Erp, "granted", "同意时间"),
        (Refund, "completed_at", Event, Erp, "money returned", "退款完成时间"),
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
