//! Files that look like the export of the Brazilian marketplace Olist, made up here.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::installation::repository;

/// Wall clock of São Paulo, in minutes since 2017-01-01 00:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wall(i64);

/// Wall times at which São Paulo's clocks jumped (2017-10-15, 00:00 to 01:00) and stood
/// twice (2018-02-17, 23:00 to 24:00).
const JUMPS: [i64; 2] = [287 * 1_440, 412 * 1_440 + 23 * 60];

/// Writes the three files with so many orders; the same seed gives the same files.
///
/// # Panics
///
/// When the files cannot be written.
pub fn write(folder: &Path, orders: usize, seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut order_rows = String::from(
        "\"order_id\",\"customer_id\",\"order_status\",\"order_purchase_timestamp\",\
         \"order_approved_at\",\"order_delivered_carrier_date\",\
         \"order_delivered_customer_date\",\"order_estimated_delivery_date\"\n",
    );
    let mut item_rows = String::from(
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n",
    );
    let mut customer_rows = String::from(
        "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n",
    );
    for number in 0..orders {
        let id = format!("{:032x}", random.random::<u128>());
        let customer = format!("{:032x}", random.random::<u128>());
        let purchase = Wall(match number % 16 {
            0 => JUMPS[0] - random.random_range(0..4_320),
            1 => JUMPS[1] - random.random_range(0..4_320),
            _ => random.random_range(0..600 * 1_440),
        });
        let approved = purchase.after(random.random_range(5..600));
        let mut latest = purchase;
        for item in 1..=[0, 1, 1, 1, 2, 3, 5][random.random_range(0..7)] {
            let limit = match number % 16 {
                0 => Wall(JUMPS[0] + random.random_range(0..60)),
                1 => Wall(JUMPS[1] + random.random_range(0..60)),
                _ => approved.after(random.random_range(1_440..10_000)),
            };
            latest = latest.max(limit);
            let price = f64::from(random.random_range(100..90_000)) / 100.0;
            writeln!(
                item_rows,
                "{id},{item},product-{},seller-1,{},{price:.2},9.99",
                item,
                limit.text()
            )
            .unwrap();
        }
        let carrier = match random.random_range(0..8) {
            0 => None,
            1 => Some(latest),
            2 | 3 => Some(latest.after(random.random_range(1..20_000))),
            _ => Some(approved.after(random.random_range(-60..1_440))),
        };
        let delivered = carrier
            .filter(|_| random.random_bool(0.9))
            .map(|c| c.after(2_000));
        let text = |wall: Option<Wall>| wall.map(Wall::text).unwrap_or_default();
        writeln!(
            order_rows,
            "\"{id}\",\"{customer}\",\"{}\",{},{},{},{},{}",
            if carrier.is_some() {
                "shipped"
            } else {
                "processing"
            },
            purchase.text(),
            text(Some(approved).filter(|_| random.random_bool(0.99))),
            text(carrier),
            text(delivered),
            purchase.after(30_000).text(),
        )
        .unwrap();
        writeln!(customer_rows, "{customer},{customer},01000,são paulo,SP").unwrap();
    }
    fs::write(folder.join("olist_orders_dataset.csv"), order_rows).unwrap();
    fs::write(folder.join("olist_order_items_dataset.csv"), item_rows).unwrap();
    fs::write(folder.join("olist_customers_dataset.csv"), customer_rows).unwrap();
}

/// What the files alone say, by another program: orders handed over late or never.
///
/// # Panics
///
/// When Python cannot run it.
#[must_use]
pub fn overdue(folder: &Path) -> Vec<Value> {
    let script = repository().join("tests/oracle/handover_overdue.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What Orderwatch listed, in the words of [`overdue`].
#[must_use]
pub fn listed(exceptions: &[Value]) -> Vec<Value> {
    let mut listed: Vec<Value> = exceptions
        .iter()
        .map(|exception| {
            json!({
                "order_id": exception["order_id"],
                "opened_at": exception["opened_at"],
                "cleared_at": exception.get("cleared_at").cloned().unwrap_or_default(),
            })
        })
        .collect();
    listed.sort_by_key(|each| each["order_id"].as_str().map(String::from));
    listed
}

impl Wall {
    fn after(self, minutes: i64) -> Self {
        Self(self.0 + minutes)
    }

    fn text(self) -> String {
        let days = self.0.div_euclid(1_440);
        let minutes = self.0.rem_euclid(1_440);
        let (year, month, day) = civil(days);
        let second = self.0.rem_euclid(60);
        format!(
            "{year:04}-{month:02}-{day:02} {:02}:{:02}:{second:02}",
            minutes / 60,
            minutes % 60
        )
    }
}

/// Day of the calendar, from days since 2017-01-01.
fn civil(days: i64) -> (i64, usize, i64) {
    let (mut year, mut left) = (2017, days);
    let length = |year: i64| if year % 4 == 0 { 366 } else { 365 };
    while left < 0 {
        year -= 1;
        left += length(year);
    }
    while left >= length(year) {
        left -= length(year);
        year += 1;
    }
    let february = if year % 4 == 0 { 29 } else { 28 };
    for (month, days) in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        .into_iter()
        .enumerate()
    {
        if left < days {
            return (year, month + 1, left + 1);
        }
        left -= days;
    }
    unreachable!("a day of the year lies in one of its months")
}
