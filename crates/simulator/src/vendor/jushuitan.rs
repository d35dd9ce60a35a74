//! 聚水潭: forms with a signature, JSON in `biz`, errors in the body of a 200, Beijing wall
//! clocks, and `""` for what is absent.

mod order_row;
mod refund_row;

use md5::{Digest, Md5};
use order::{Span, Timestamp};
use serde_json::{Value as Json, json};

use super::credentials::Credentials;
use super::ledger::{Ledger, Version};
use super::rows::{Read, Rows};
use super::wire::{Answer, Request, read_wall};
use crate::shop::Day;

/// Where orders are listed.
pub(super) const ORDERS: &str = "/jushuitan/open/orders/single/query";
/// Where refunds are listed.
pub(super) const REFUNDS: &str = "/jushuitan/open/refund/single/query";

const MOST_ROWS: u64 = 100;
const LONGEST_WINDOW: Span = Span::from_hours(7 * 24);
/// How far the clock of a caller may be off. More than a real vendor allows, as the clock of the
/// services may run thousands of times as fast.
const CLOCKS_DIFFER: Span = Span::from_hours(3);
/// Row versions are of the whole installation; those of this shop begin somewhere.
const FIRST_VERSION: usize = 8_216_000_000;

/// Answers too many requests: an error inside a 200.
pub(super) fn throttle() -> Answer {
    error(199, "请求过于频繁,请稍后再试")
}

fn error(code: i64, message: &str) -> Answer {
    Answer::json(200, &json!({"code": code, "msg": message, "data": null}))
}

fn refused(code: i64, message: &str) -> Box<Answer> {
    Box::new(error(code, message))
}

pub(super) fn orders(
    day: &Day,
    ledger: &Ledger,
    credentials: &Credentials,
    request: &Request,
    now: Timestamp,
) -> Read {
    let asked = Asked::of(request, credentials, now)?;
    let rows = asked.page(ledger, now);
    let list = rows
        .shown
        .iter()
        .filter_map(|version| order_row::write(day, version));
    let (list, write) = (list.collect(), rows.writer("orders"));
    Ok(rows.page(list, write))
}

pub(super) fn refunds(
    day: &Day,
    ledger: &Ledger,
    credentials: &Credentials,
    request: &Request,
    now: Timestamp,
) -> Read {
    let asked = Asked::of(request, credentials, now)?;
    let rows = asked.page(ledger, now);
    let list = rows
        .shown
        .iter()
        .filter_map(|version| refund_row::write(day, version));
    let (list, write) = (list.collect(), rows.writer("datas"));
    Ok(rows.page(list, write))
}

const fn row_version(version: &Version) -> usize {
    FIRST_VERSION + version.number
}

/// What part of a list is asked for.
struct Asked {
    from: Begins,
    until: Timestamp,
    page: u64,
    size: u64,
}

enum Begins {
    /// From a row version on.
    Version(usize),
    /// From an instant on.
    Instant(Timestamp),
}

impl Asked {
    fn of(
        request: &Request,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<Self, Box<Answer>> {
        let form = request.form();
        believe(&form, credentials, now)?;
        let biz: Json = serde_json::from_str(field(&form, "biz").unwrap_or_default())
            .map_err(|_| refused(130, "biz 不是合法的 JSON"))?;
        let number = |name: &str, default| match biz.get(name) {
            None => Some(default),
            Some(value) => value.as_u64(),
        };
        let (page, size) = (number("page_index", 1), number("page_size", 30));
        let (Some(page @ 1..), Some(size @ 1..=MOST_ROWS)) = (page, size) else {
            return Err(refused(130, "page_index 从 1 开始, page_size 最大 100"));
        };
        let (from, until) = Self::window(&biz)?;
        Ok(Self {
            from,
            until,
            page,
            size,
        })
    }

    fn window(biz: &Json) -> Result<(Begins, Timestamp), Box<Answer>> {
        if let Some(version) = biz.get("start_ts") {
            let version = version
                .as_u64()
                .and_then(|number| usize::try_from(number).ok());
            let version = version.ok_or_else(|| refused(130, "start_ts 不是数字"))?;
            let number = version.saturating_sub(FIRST_VERSION);
            return Ok((Begins::Version(number), Timestamp::MAX));
        }
        let instant = |name: &str| biz.get(name).and_then(Json::as_str).and_then(read_wall);
        match (instant("modified_begin"), instant("modified_end")) {
            (Some(from), Some(to)) if to.since(from) <= LONGEST_WINDOW => {
                Ok((Begins::Instant(from), to))
            }
            (Some(_), Some(_)) => Err(refused(130, "时间间隔不能超过七天")),
            _ => Err(refused(130, "modified_begin 和 modified_end 必须同时存在")),
        }
    }

    fn page<'l>(&self, ledger: &'l Ledger, now: Timestamp) -> Page<'l> {
        let from = match self.from {
            Begins::Version(number) => number,
            Begins::Instant(instant) => ledger.number_at(instant),
        };
        let rows = ledger.rows(from, now);
        let all: Vec<_> = rows.filter(|version| version.at <= self.until).collect();
        let skipped = (self.page - 1).saturating_mul(self.size) as usize;
        let end = skipped.saturating_add(self.size as usize);
        Page {
            shown: all
                .get(skipped..end.min(all.len()))
                .unwrap_or_default()
                .to_vec(),
            total: all.len(),
            page: self.page,
            size: self.size,
            has_next: end < all.len(),
            is_present: self.until >= now,
        }
    }
}

/// Checks application, token, clock and signature.
fn believe(
    form: &[(String, String)],
    credentials: &Credentials,
    now: Timestamp,
) -> Result<(), Box<Answer>> {
    if field(form, "access_token") != Some(credentials.token.as_str()) {
        return Err(refused(100, "access_token 无效或已过期"));
    }
    let sent = field(form, "timestamp").and_then(|text| text.parse().ok());
    let off = sent.map(|sent| Timestamp::from_seconds(sent).since(now).micros().abs());
    if off.is_none_or(|off| off > CLOCKS_DIFFER.micros()) {
        return Err(refused(120, "timestamp 与服务器时间相差过大"));
    }
    if field(form, "sign") != Some(signature(form, &credentials.app_secret).as_str()) {
        return Err(refused(120, "sign 校验失败"));
    }
    Ok(())
}

fn signature(form: &[(String, String)], secret: &str) -> String {
    let mut pairs: Vec<_> = form.iter().filter(|(key, _)| key != "sign").collect();
    pairs.sort();
    let mut hash = Md5::new_with_prefix(secret);
    for (key, value) in pairs {
        hash.update(key);
        hash.update(value);
    }
    hex::encode(hash.finalize())
}

fn field<'f>(form: &'f [(String, String)], name: &str) -> Option<&'f str> {
    let found = form.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

struct Page<'l> {
    shown: Vec<&'l Version>,
    total: usize,
    page: u64,
    size: u64,
    has_next: bool,
    is_present: bool,
}

impl Page<'_> {
    fn writer(&self, list: &'static str) -> Box<dyn FnOnce(Vec<Json>) -> Answer> {
        let mut data = json!({
            "page_index": self.page,
            "page_size": self.size,
            "data_count": self.total,
            "page_count": (self.total as u64).div_ceil(self.size),
            "has_next": self.has_next,
        });
        Box::new(move |rows| {
            data[list] = rows.into();
            Answer::json(200, &json!({"code": 0, "msg": "执行成功", "data": data}))
        })
    }

    fn page(&self, list: Vec<Json>, write: Box<dyn FnOnce(Vec<Json>) -> Answer>) -> Rows {
        Rows {
            list,
            is_first: self.page == 1,
            is_last: !self.has_next && self.is_present,
            write,
        }
    }
}
