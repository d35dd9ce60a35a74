//! Charts as inline SVG. Colours and fonts are classes of the page's style, so that they follow
//! light, dark and print; every chart has a title and a table beside it on the page.

use std::fmt::Write as _;

use rule_engine::backtest::{Curve, Point, Score};

use super::sheet::{grouped, percent};
use super::words::Words;

const WIDTH: f64 = 440.0;

/// A chart being drawn.
struct Drawing {
    text: String,
}

impl Drawing {
    fn new(height: f64, title: &str) -> Self {
        let title = escaped(title);
        let mut text = String::new();
        let _ = write!(
            text,
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" \
             aria-label=\"{title}\"><title>{title}</title>"
        );
        Self { text }
    }

    fn rect(&mut self, class: &str, [x, y, width, height]: [f64; 4], title: &str) {
        let _ = write!(
            self.text,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" \
             height=\"{height:.1}\" rx=\"1.5\">",
            width.max(0.0)
        );
        if !title.is_empty() {
            let _ = write!(self.text, "<title>{}</title>", escaped(title));
        }
        self.text.push_str("</rect>");
    }

    fn line(&mut self, class: &str, [x1, y1, x2, y2]: [f64; 4]) {
        let _ = write!(
            self.text,
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        );
    }

    fn words(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let _ = write!(
            self.text,
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
            escaped(text)
        );
    }

    fn path(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let _ = write!(
            self.text,
            "<polyline class=\"{class}\" points=\"{}\"/>",
            points.join(" ")
        );
    }

    fn dot(&mut self, class: &str, (x, y): (f64, f64), radius: f64, title: &str) {
        let _ = write!(
            self.text,
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\">\
             <title>{}</title></circle>",
            escaped(title)
        );
    }

    fn done(mut self) -> String {
        self.text.push_str("</svg>");
        self.text
    }
}

/// A share as a small bar in a table's cell.
pub(super) fn bar(share: f64, class: &str) -> String {
    let width = share.clamp(0.0, 1.0) * 60.0;
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 60 4\" aria-hidden=\"true\">\
         <rect class=\"track\" width=\"60\" height=\"4\" rx=\"2\"/>\
         <rect class=\"{class}\" width=\"{width:.1}\" height=\"4\" rx=\"2\"/></svg>"
    )
}

/// Precision and recall of each rule, one pair of bars beneath its name.
pub(super) fn scores(rules: &[&Score], t: &Words) -> String {
    const ROW: f64 = 46.0;
    const LEFT: f64 = 0.0;
    const RIGHT: f64 = 52.0;
    let mut drawing = Drawing::new(ROW * rules.len() as f64, t["chart_scores"]);
    let full = WIDTH - LEFT - RIGHT;
    for (place, rule) in rules.iter().enumerate() {
        let top = ROW * place as f64;
        drawing.words("label", (LEFT, top + 13.0), &rule.name);
        let shares = [("precision", rule.precision), ("recall", rule.recall)];
        for (index, (word, share)) in shares.into_iter().enumerate() {
            let y = top + 20.0 + 10.0 * index as f64;
            drawing.rect("track", [LEFT, y, full, 7.0], "");
            if let Some(value) = share {
                let title = format!("{}: {} {}", rule.name, t[word], percent(share));
                drawing.rect(word, [LEFT, y, full * value, 7.0], &title);
                drawing.words("figure end", (WIDTH, y + 7.0), &percent(share));
            }
        }
    }
    drawing.done()
}

/// How many delays are in each bucket.
pub(super) fn histogram(buckets: &[(String, u64)], title: &str) -> String {
    const ROW: f64 = 17.0;
    const LEFT: f64 = 86.0;
    const RIGHT: f64 = 54.0;
    let most = buckets
        .iter()
        .map(|(_, count)| *count)
        .max()
        .unwrap_or(1)
        .max(1);
    let mut drawing = Drawing::new(ROW * buckets.len() as f64 + 2.0, title);
    for (place, (bounds, count)) in buckets.iter().enumerate() {
        let top = ROW * place as f64 + 2.0;
        let class = if *count == 0 { "faint end" } else { "axis end" };
        drawing.words(class, (LEFT - 8.0, top + 10.5), bounds);
        let width = (WIDTH - LEFT - RIGHT) * *count as f64 / most as f64;
        let early = bounds.starts_with(['−', '<']);
        let class = if early { "recall" } else { "precision" };
        drawing.rect(
            class,
            [LEFT, top, width, 12.0],
            &format!("{bounds}: {count}"),
        );
        if *count > 0 {
            drawing.words("figure", (LEFT + width + 6.0, top + 10.5), &grouped(*count));
        }
    }
    drawing.line("rule", [LEFT, 0.0, LEFT, ROW * buckets.len() as f64 + 2.0]);
    drawing.done()
}

const HEIGHT: f64 = 250.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 40.0;

fn across(share: f64) -> f64 {
    LEFT + (WIDTH - LEFT - RIGHT) * share
}

fn down(share: f64) -> f64 {
    HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share
}

/// Precision over recall, value by value.
pub(super) fn ratios(curve: &Curve, is_current: &dyn Fn(&Point) -> bool, t: &Words) -> String {
    let title = format!("{}: {}", t["pr_curve"], curve.rule);
    let mut drawing = Drawing::new(HEIGHT, &title);
    for tick in 0..=4 {
        let share = f64::from(tick) / 4.0;
        let (x, y) = (across(share), down(share));
        drawing.line("grid", [LEFT, y, WIDTH - RIGHT, y]);
        drawing.line("grid", [x, TOP, x, HEIGHT - BOTTOM]);
        let word = format!("{:.0}%", share * 100.0);
        drawing.words("axis end", (LEFT - 6.0, y + 4.0), &word);
        drawing.words("axis middle", (x, HEIGHT - BOTTOM + 15.0), &word);
    }
    let middle = across(0.5);
    drawing.words(
        "axis middle",
        (middle, HEIGHT - 6.0),
        &format!("{} →", t["recall"]),
    );
    drawing.words(
        "axis",
        (LEFT + 4.0, TOP + 10.0),
        &format!("↑ {}", t["precision"]),
    );
    let known: Vec<(&Point, (f64, f64))> = curve
        .points
        .iter()
        .filter_map(|point| Some((point, (across(point.recall?), down(point.precision?)))))
        .collect();
    let places: Vec<(f64, f64)> = known.iter().map(|(_, place)| *place).collect();
    drawing.path("stroke-precision", &places);
    for (point, place) in &known {
        let title = format!(
            "{}: {} {}, {} {}",
            point.value,
            t["precision"],
            percent(point.precision),
            t["recall"],
            percent(point.recall)
        );
        let (class, radius) = if is_current(point) {
            ("mark", 5.0)
        } else {
            ("precision", 3.0)
        };
        drawing.dot(class, *place, radius, &title);
    }
    named(&mut drawing, &known, is_current);
    drawing.done()
}

/// Names as many points as there is room for, the current one before all others.
fn named(
    drawing: &mut Drawing,
    known: &[(&Point, (f64, f64))],
    is_current: &dyn Fn(&Point) -> bool,
) {
    let mut taken: Vec<(f64, f64)> = Vec::new();
    let current = known.iter().filter(|(point, _)| is_current(point));
    let others = known.iter().filter(|(point, _)| !is_current(point));
    for (point, (x, y)) in current.chain(others) {
        let near = |other: &(f64, f64)| (other.0 - x).abs() < 34.0 && (other.1 - y).abs() < 13.0;
        if taken.iter().any(near) {
            continue;
        }
        taken.push((*x, *y));
        let class = if is_current(point) {
            "label end"
        } else {
            "axis end"
        };
        let x = (x - 7.0).max(LEFT + 26.0);
        drawing.words(
            class,
            (x, (y + 14.0).min(HEIGHT - BOTTOM - 3.0)),
            &point.value,
        );
    }
}

/// Orders found, missed and false, value by value.
pub(super) fn counts(
    curve: &Curve,
    is_current: &dyn Fn(&Point) -> bool,
    labelled: bool,
    t: &Words,
) -> String {
    let title = format!("{}: {}", t["count_curve"], curve.rule);
    let mut drawing = Drawing::new(HEIGHT, &title);
    let mut lines: Vec<(&str, &str, Vec<u64>)> = vec![(
        "stroke-precision",
        t["orders_with"],
        curve
            .points
            .iter()
            .map(|p| p.orders_with_exceptions)
            .collect(),
    )];
    if labelled {
        let of = |count: fn(&Point) -> u64| curve.points.iter().map(count).collect();
        lines.push((
            "stroke-bad",
            t["missed"],
            of(|point| point.confusion.missed),
        ));
        let false_alarms = of(|point| point.confusion.false_positives);
        lines.push(("stroke-warn", t["false_alarms"], false_alarms));
    }
    let most = lines.iter().flat_map(|(_, _, counts)| counts).max();
    let top = rounded_up(most.copied().unwrap_or(0));
    for tick in 0..=4_u64 {
        let y = down(tick as f64 / 4.0);
        drawing.line("grid", [LEFT, y, WIDTH - RIGHT, y]);
        drawing.words("axis end", (LEFT - 6.0, y + 4.0), &short(top * tick / 4));
    }
    let steps = curve.points.len().saturating_sub(1).max(1) as f64;
    let place = |index: usize| across(0.04 + 0.92 * index as f64 / steps);
    let every = curve.points.len().div_ceil(7).max(1);
    for (index, point) in curve.points.iter().enumerate() {
        let x = place(index);
        if is_current(point) {
            drawing.line("current", [x, TOP, x, HEIGHT - BOTTOM]);
        }
        if index % every == 0 {
            drawing.words("axis middle", (x, HEIGHT - BOTTOM + 15.0), &point.value);
        }
    }
    let mut x = LEFT;
    for (class, word, counts) in &lines {
        let height = |count: u64| down(count as f64 / top as f64);
        let places: Vec<(f64, f64)> = counts
            .iter()
            .enumerate()
            .map(|(index, count)| (place(index), height(*count)))
            .collect();
        drawing.path(class, &places);
        for ((at, count), point) in places.iter().zip(counts).zip(&curve.points) {
            let title = format!("{}: {word} {count}", point.value);
            drawing.dot(&class.replace("stroke-", ""), *at, 2.5, &title);
        }
        drawing.rect(
            &class.replace("stroke-", ""),
            [x, HEIGHT - 14.0, 10.0, 4.0],
            "",
        );
        drawing.words("axis", (x + 15.0, HEIGHT - 8.0), word);
        x += 24.0 + width_of(word);
    }
    drawing.done()
}

/// About how wide a word of the axis is.
fn width_of(word: &str) -> f64 {
    let width = |c: char| if c.is_ascii() { 6.2 } else { 11.5 };
    word.chars().map(width).sum()
}

/// The end of an axis whose quarters are whole.
fn rounded_up(most: u64) -> u64 {
    let mut step = 4;
    loop {
        for factor in [1, 2, 5] {
            if step * factor >= most {
                return step * factor;
            }
        }
        step *= 10;
    }
}

fn short(count: u64) -> String {
    match count {
        0..10_000 => grouped(count),
        10_000..10_000_000 => format!("{}k", count / 1_000),
        _ => format!("{}M", count / 1_000_000),
    }
}

/// A text as it may stand in XML, also between quotes. Control characters, which XML has not,
/// become blanks.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            control if control.is_control() => safe.push(' '),
            plain => safe.push(plain),
        }
    }
    safe
}
