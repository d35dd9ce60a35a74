//! HubSpot: searches in JSON with an access token, properties as texts, 429 for a second that is
//! full, and no more than 10,000 results of one search.

use order::{Fact, Timestamp, Value};
use serde_json::{Map, Value as Json, json};

use super::credentials::Credentials;
use super::ledger::{Ledger, Version};
use super::rows::{Read, Rows};
use super::wire::{Answer, Request, rfc3339};
use crate::life::Entity;
use crate::shop::Day;

/// Where contacts are searched.
pub(super) const CONTACTS: &str = "/hubspot/crm/v3/objects/contacts/search";
/// Where tickets are searched.
pub(super) const TICKETS: &str = "/hubspot/crm/v3/objects/tickets/search";

/// Most results of a page; HubSpot's own limit is 200 by now.
const MOST_ROWS: u64 = 100;
/// Results of one search beyond this cannot be had.
const MOST_RESULTS: usize = 10_000;
const FIRST_CONTACT: u32 = 501_000_000;
const FIRST_TICKET: u32 = 880_000_000;

/// Answers too many requests.
pub(super) fn throttle() -> Answer {
    let body = json!({
        "status": "error",
        "message": "You have reached your secondly limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": CORRELATION,
        "policyName": "SECONDLY",
    });
    Answer::json(429, &body)
}

/// A trace of nothing, as nothing is traced here.
const CORRELATION: &str = "00000000-0000-0000-0000-000000000000";

fn refused(status: u16, category: &str, message: &str) -> Box<Answer> {
    Box::new(Answer::json(
        status,
        &json!({
            "status": "error",
            "message": message,
            "correlationId": CORRELATION,
            "category": category,
        }),
    ))
}

pub(super) fn contacts(
    day: &Day,
    ledger: &Ledger,
    credentials: &Credentials,
    request: &Request,
    now: Timestamp,
) -> Read {
    let search = Search::of(request, credentials, "lastmodifieddate")?;
    search.page(ledger, now, |version| contact(day, version))
}

pub(super) fn tickets(
    day: &Day,
    ledger: &Ledger,
    credentials: &Credentials,
    request: &Request,
    now: Timestamp,
) -> Read {
    let search = Search::of(request, credentials, "hs_lastmodifieddate")?;
    search.page(ledger, now, |version| ticket(day, version))
}

fn contact(day: &Day, version: &Version) -> Option<(u32, Vec<Property>)> {
    let customer = day.customers().get(version.subject.index as usize)?;
    let fact = customer.fact(version.at)?;
    let properties = vec![
        ("shop_customer_id", Some(fact.entity_id().to_string())),
        ("tier", text(&fact, "tier")),
        ("region", text(&fact, "region")),
        ("do_not_chase", flag(&fact)),
        ("createdate", instant(&fact, "since_at")),
        ("lastmodifieddate", Some(rfc3339(version.at))),
    ];
    Some((FIRST_CONTACT + version.subject.index, properties))
}

fn ticket(day: &Day, version: &Version) -> Option<(u32, Vec<Property>)> {
    let life = day.lives().get(version.subject.index as usize)?;
    let fact = life.fact(Entity::Agreement, version.at)?;
    let properties = vec![
        ("shop_order_id", Some(life.order_id().to_string())),
        ("requested_ship_at", instant(&fact, "requested_ship_at")),
        ("do_not_chase", flag(&fact)),
        ("hs_lastmodifieddate", Some(rfc3339(version.at))),
    ];
    Some((FIRST_TICKET + version.subject.index, properties))
}

/// Name and value; a property that was never set is null.
type Property = (&'static str, Option<String>);

fn text(fact: &Fact, name: &str) -> Option<String> {
    fact.attribute(name).as_text().map(str::to_owned)
}

fn instant(fact: &Fact, name: &str) -> Option<String> {
    fact.attribute(name).as_timestamp().map(rfc3339)
}

fn flag(fact: &Fact) -> Option<String> {
    match fact.attribute("do_not_chase") {
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// What is searched for, by when it was modified.
struct Search {
    from: Timestamp,
    /// Itself beyond it.
    to: Timestamp,
    after: usize,
    limit: usize,
    properties: Vec<String>,
}

impl Search {
    fn of(
        request: &Request,
        credentials: &Credentials,
        modified: &str,
    ) -> Result<Self, Box<Answer>> {
        if !request.bears(&credentials.token) {
            let message = "Authentication credentials not found. This API supports OAuth 2.0 \
                           authentication.";
            return Err(refused(401, "INVALID_AUTHENTICATION", message));
        }
        let invalid = |message: &str| refused(400, "VALIDATION_ERROR", message);
        let body: Json = serde_json::from_slice(&request.body)
            .map_err(|_| invalid("Invalid input JSON on line 1, column 1"))?;
        let limit = body.get("limit").map_or(Some(10), Json::as_u64);
        let Some(limit @ 1..=MOST_ROWS) = limit else {
            return Err(invalid("limit must be between 1 and 100"));
        };
        let after = match body.get("after") {
            None | Some(Json::Null) => Some(0),
            Some(after) => after.as_str().and_then(|after| after.parse().ok()),
        };
        let after = after.ok_or_else(|| invalid("after is no cursor"))?;
        if after + limit as usize > MOST_RESULTS {
            return Err(invalid("The total number of results exceeds 10000"));
        }
        let bound = |operator| bound(&body, modified, operator);
        Ok(Self {
            from: bound("GTE").unwrap_or(Timestamp::MIN),
            to: bound("LT").unwrap_or(Timestamp::MAX),
            after,
            limit: limit as usize,
            properties: names(&body),
        })
    }

    fn page(
        &self,
        ledger: &Ledger,
        now: Timestamp,
        row: impl Fn(&Version) -> Option<(u32, Vec<Property>)>,
    ) -> Read {
        let rows = ledger.rows(ledger.number_at(self.from), now);
        let found: Vec<_> = rows.take_while(|version| version.at < self.to).collect();
        let total = found.len();
        let shown = found.into_iter().skip(self.after).take(self.limit);
        let list: Vec<_> = shown.filter_map(row).map(|row| self.written(row)).collect();
        let next = self.after + list.len();
        let has_next = next < total;
        // Whoever pages by what was modified last asks for a part of the window only.
        let is_last = !has_next && self.to > now;
        Ok(Rows {
            list,
            is_first: self.after == 0,
            is_last,
            write: Box::new(move |rows| {
                let mut body = json!({"total": total, "results": rows});
                if has_next {
                    body["paging"] = json!({"next": {"after": next.to_string()}});
                }
                Answer::json(200, &body)
            }),
        })
    }

    fn written(&self, (id, properties): (u32, Vec<Property>)) -> Json {
        let wanted = |name: &str| self.properties.iter().any(|wanted| wanted == name);
        let mut map = Map::new();
        map.insert("hs_object_id".to_owned(), id.to_string().into());
        for (name, value) in properties {
            if wanted(name) {
                map.insert(name.to_owned(), value.map_or(Json::Null, Json::from));
            }
        }
        json!({"id": id.to_string(), "properties": map, "archived": false})
    }
}

fn bound(body: &Json, modified: &str, operator: &str) -> Option<Timestamp> {
    let filters = body.pointer("/filterGroups/0/filters")?.as_array()?;
    let filter = filters
        .iter()
        .find(|filter| filter["propertyName"] == modified && filter["operator"] == operator)?;
    let millis: i64 = filter["value"].as_str()?.parse().ok()?;
    Some(Timestamp::from_micros(millis.saturating_mul(1_000)))
}

fn names(body: &Json) -> Vec<String> {
    let names = body.get("properties").and_then(Json::as_array);
    let names = names.into_iter().flatten().filter_map(Json::as_str);
    names.map(str::to_owned).collect()
}
