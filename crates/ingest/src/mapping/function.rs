//! The functions that mapping expressions have beyond CEL's own. All of them answer
//! `null` to `null`, so that what is absent stays absent.

use std::ops::RangeInclusive;

use cel::common::ast::{CallExpr, Expr, LiteralValue};
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelNull, CelString, CelTimestamp};
use cel::common::value::{CowVal, Val};
use cel::context::Context;
use cel::{Env, ExecutionError, FunctionContext};
use chrono::{DateTime, FixedOffset};
use jiff::tz::TimeZone;

use super::{json, mask, number, row, wall};

/// One of our functions.
pub(super) struct Function {
    /// Name, as mappings write it.
    pub(super) name: &'static str,
    /// Name under which the interpreter knows it.
    pub(super) internal: &'static str,
    pub(super) arguments: RangeInclusive<usize>,
    /// What it takes, as error messages say it.
    pub(super) usage: &'static str,
}

const fn function(
    name: &'static str,
    arguments: RangeInclusive<usize>,
    usage: &'static str,
) -> Function {
    Function {
        name,
        internal: name,
        arguments,
        usage,
    }
}

const FUNCTIONS: [Function; 18] = [
    function(
        "wall",
        1..=2,
        "a text and optionally the name of a time zone",
    ),
    function("instant", 1..=1, "one text"),
    function("datetime", 1..=1, "one text"),
    function(
        "epoch_ms",
        1..=1,
        "one number of milliseconds, or an instant",
    ),
    function("epoch_s", 1..=1, "one number of seconds, or an instant"),
    function("rfc3339", 1..=1, "one instant"),
    function("wall_text", 1..=1, "one instant"),
    function("json", 1..=1, "one value"),
    function("from_json", 1..=1, "one text"),
    function("flat", 1..=1, "one list of lists"),
    function("number", 1..=1, "one text or number"),
    // CEL's own `int` neither passes null on nor reads 1,000.
    Function {
        internal: "@int",
        ..function("int", 1..=1, "one text or number")
    },
    function("text", 1..=1, "one value"),
    function("trim", 1..=1, "one text"),
    function("lower", 1..=1, "one text"),
    function("upper", 1..=1, "one text"),
    function("mask_phone", 1..=1, "one text"),
    function("mask_name", 1..=1, "one text"),
];

/// Returns the function of that name, if it is one of ours.
pub(super) fn named(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// Names all of them.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}

impl Function {
    /// Checks arguments that are known before any record is.
    pub(super) fn check_literals(&self, call: &CallExpr) -> Result<(), String> {
        match call.args.get(1).map(|argument| &argument.expr) {
            Some(Expr::Literal(LiteralValue::String(zone))) if self.name == "wall" => {
                wall::zone(zone.inner())
                    .map(drop)
                    .map_err(|error| error.to_string())
            }
            _ => Ok(()),
        }
    }
}

type Answer<'c, 'v> = Result<CowVal<'c, 'v>, ExecutionError>;

/// Makes a context with all functions; `wall` reads in the given zone.
pub(crate) fn context(zone: TimeZone) -> Context<'static, 'static> {
    let mut context = Context::with_env(std::sync::Arc::new(Env::stdlib()));
    let mut add = |name, function: cel_function::Boxed| {
        let added = context.add_function(name, function);
        debug_assert!(added.is_ok(), "{name} is taken by the standard library");
    };
    let (shown_in, else_in) = (zone.clone(), zone.clone());
    add(
        "datetime",
        Box::new(move |call| read_datetime(call, &else_in)),
    );
    add("wall", Box::new(move |call| read_wall(call, &zone)));
    add(
        "wall_text",
        Box::new(move |call| instant_text(call, |instant| wall::wall_text(instant, &shown_in))),
    );
    add(
        "rfc3339",
        Box::new(|call| instant_text(call, wall::rfc3339)),
    );
    add("json", Box::new(write_json));
    add("from_json", Box::new(read_json));
    add("flat", Box::new(flatten));
    add("instant", Box::new(read_instant));
    add("epoch_ms", Box::new(|call| epoch(call, 1_000)));
    add("epoch_s", Box::new(|call| epoch(call, 1_000_000)));
    add("number", Box::new(read_number));
    add("@int", Box::new(read_int));
    add("text", Box::new(write_text));
    add(
        "trim",
        Box::new(|call| map_text(call, |text| text.trim().to_owned())),
    );
    add("lower", Box::new(|call| map_text(call, str::to_lowercase)));
    add("upper", Box::new(|call| map_text(call, str::to_uppercase)));
    add("mask_phone", Box::new(|call| map_text(call, mask::phone)));
    add("mask_name", Box::new(|call| map_text(call, mask::name)));
    context
}

mod cel_function {
    use super::{Answer, FunctionContext};

    pub(super) type Boxed =
        Box<dyn for<'c, 'v> Fn(&mut FunctionContext<'c, 'v>) -> Answer<'c, 'v> + Send + Sync>;
}

fn read_wall<'c, 'v>(call: &mut FunctionContext<'c, 'v>, zone: &TimeZone) -> Answer<'c, 'v> {
    let Some(text) = text_at(call, 0)? else {
        return absent();
    };
    let instant = match call.args.get(1) {
        None => wall::wall(text, zone),
        Some(_) => match text_at(call, 1)? {
            Some(name) => wall::zone(name).and_then(|zone| wall::wall(text, &zone)),
            None => return Err(call.error("the name of the time zone is absent")),
        },
    };
    let instant = instant.map_err(|error| call.error(error))?;
    Ok(CowVal::owned(CelTimestamp::from(instant)))
}

fn read_instant<'c, 'v>(call: &mut FunctionContext<'c, 'v>) -> Answer<'c, 'v> {
    let Some(text) = text_at(call, 0)? else {
        return absent();
    };
    let instant = DateTime::parse_from_rfc3339(text.trim()).map_err(|error| {
        let form = "expected RFC 3339, such as 2026-11-11T00:00:00+08:00";
        call.error(format!("{text:?} is not an instant ({error}): {form}"))
    })?;
    Ok(CowVal::owned(CelTimestamp::from(instant)))
}

/// Reads what may name its offset or may not.
fn read_datetime<'c, 'v>(call: &mut FunctionContext<'c, 'v>, zone: &TimeZone) -> Answer<'c, 'v> {
    let Some(text) = text_at(call, 0)? else {
        return absent();
    };
    let instant = DateTime::parse_from_rfc3339(text.trim())
        // ISO 8601 also knows offsets without a colon.
        .or_else(|_| DateTime::parse_from_str(text.trim(), "%Y-%m-%dT%H:%M:%S%.f%z"))
        .or_else(|_| wall::wall(text, zone));
    let instant = instant.map_err(|error| call.error(error))?;
    Ok(CowVal::owned(CelTimestamp::from(instant)))
}

/// Reads an instant from a number, or writes one as a number.
fn epoch<'c, 'v>(call: &mut FunctionContext<'c, 'v>, unit: i64) -> Answer<'c, 'v> {
    if let Some(instant) = argument(call, 0)?.downcast_ref::<CelTimestamp>() {
        let micros = instant.inner().timestamp_micros();
        return Ok(CowVal::owned(CelInt::from(micros.div_euclid(unit))));
    }
    let Some(count) = whole_at(call)? else {
        return absent();
    };
    let micros = count
        .checked_mul(unit)
        .ok_or_else(|| call.error(wall::WallError::Epoch(count)))?;
    let instant = wall::epoch_micros(micros).map_err(|error| call.error(error))?;
    Ok(CowVal::owned(CelTimestamp::from(instant)))
}

fn read_number<'c, 'v>(call: &mut FunctionContext<'c, 'v>) -> Answer<'c, 'v> {
    let value = argument(call, 0)?;
    let number = if let Some(text) = value.downcast_ref::<CelString>() {
        if text.inner().trim().is_empty() {
            return absent();
        }
        number::number(text.inner()).map_err(|error| call.error(error))?
    } else if let Some(whole) = value.downcast_ref::<CelInt>() {
        *whole.inner() as f64
    } else if let Some(double) = value.downcast_ref::<CelDouble>() {
        *double.inner()
    } else if is_null(value) {
        return absent();
    } else {
        return Err(unexpected(call, value, "a text or a number"));
    };
    Ok(CowVal::owned(CelDouble::from(number)))
}

fn read_int<'c, 'v>(call: &mut FunctionContext<'c, 'v>) -> Answer<'c, 'v> {
    whole_at(call)?.map_or_else(absent, |whole| Ok(CowVal::owned(CelInt::from(whole))))
}

fn write_text<'c, 'v>(call: &mut FunctionContext<'c, 'v>) -> Answer<'c, 'v> {
    let value = argument(call, 0)?;
    let text = if let Some(text) = value.downcast_ref::<CelString>() {
        text.inner().to_owned()
    } else if let Some(whole) = value.downcast_ref::<CelInt>() {
        whole.inner().to_string()
    } else if let Some(double) = value.downcast_ref::<CelDouble>() {
        double.inner().to_string()
    } else if let Some(truth) = value.downcast_ref::<CelBool>() {
        truth.inner().to_string()
    } else if let Some(instant) = value.downcast_ref::<CelTimestamp>() {
        instant.inner().to_rfc3339()
    } else if is_null(value) {
        return absent();
    } else {
        return Err(unexpected(call, value, "a single value"));
    };
    Ok(CowVal::owned(CelString::from(text)))
}

fn instant_text<'c, 'v>(
    call: &mut FunctionContext<'c, 'v>,
    write: impl Fn(DateTime<FixedOffset>) -> String,
) -> Answer<'c, 'v> {
    let value = argument(call, 0)?;
    match value.downcast_ref::<CelTimestamp>() {
        Some(instant) => Ok(CowVal::owned(CelString::from(write(*instant.inner())))),
        None if is_null(value) => absent(),
        None => Err(unexpected(call, value, "an instant")),
    }
}

fn write_json<'c, 'v>(call: &mut FunctionContext<'c, 'v>) -> Answer<'c, 'v> {
    let json = json::from_value(argument(call, 0)?).map_err(|error| call.error(error))?;
    Ok(CowVal::owned(CelString::from(json.to_string())))
}

fn read_json<'c, 'v>(call: &mut FunctionContext<'c, 'v>) -> Answer<'c, 'v> {
    let Some(text) = text_at(call, 0)? else {
        return absent();
    };
    let json: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        let column = error.column();
        call.error(format!("the text is not JSON at column {column}"))
    })?;
    let seen = row::from_json(&json);
    Ok(CowVal::Owned(
        cel::Value::try_from(seen.as_ref())?.try_into()?,
    ))
}

/// Makes one list of several; what is absent among them is passed over.
fn flatten<'c, 'v>(call: &mut FunctionContext<'c, 'v>) -> Answer<'c, 'v> {
    let lists = argument(call, 0)?;
    if is_null(lists) {
        return absent();
    }
    let Some(lists) = lists.downcast_ref::<CelList>() else {
        return Err(unexpected(call, lists, "a list of lists"));
    };
    let mut all = Vec::new();
    for list in lists.inner().iter().filter(|list| !is_null(list.as_ref())) {
        match list.downcast_ref::<CelList>() {
            Some(items) => all.extend(items.inner().iter().cloned()),
            None => return Err(unexpected(call, list.as_ref(), "lists in the list")),
        }
    }
    Ok(CowVal::owned(CelList::from(all)))
}

fn map_text<'c, 'v>(call: &mut FunctionContext<'c, 'v>, map: fn(&str) -> String) -> Answer<'c, 'v> {
    text_at(call, 0)?.map_or_else(absent, |text| Ok(CowVal::owned(CelString::from(map(text)))))
}

fn absent<'c, 'v>() -> Answer<'c, 'v> {
    Ok(CowVal::owned(CelNull))
}

fn argument<'a, 'v>(
    call: &'a FunctionContext<'_, 'v>,
    index: usize,
) -> Result<&'a (dyn Val + 'v), ExecutionError> {
    let found = call.args.len();
    let value = call.args.get(index).map(|value| &**value);
    value.ok_or_else(|| ExecutionError::invalid_argument_count(index + 1, found))
}

/// Returns a text argument; blank is absent.
fn text_at<'a>(
    call: &'a FunctionContext<'_, '_>,
    index: usize,
) -> Result<Option<&'a str>, ExecutionError> {
    let value = argument(call, index)?;
    if let Some(text) = value.downcast_ref::<CelString>() {
        let text = text.inner();
        return Ok((!text.trim().is_empty()).then_some(text));
    }
    if is_null(value) {
        return Ok(None);
    }
    Err(unexpected(call, value, "a text"))
}

fn is_null(value: &dyn Val) -> bool {
    value.downcast_ref::<CelNull>().is_some()
}

fn whole_at(call: &FunctionContext<'_, '_>) -> Result<Option<i64>, ExecutionError> {
    let value = argument(call, 0)?;
    if let Some(whole) = value.downcast_ref::<CelInt>() {
        return Ok(Some(*whole.inner()));
    }
    if let Some(double) = value.downcast_ref::<CelDouble>() {
        let double = *double.inner();
        let refused = || call.error(format!("{double} is not a whole number"));
        return number::exact(double).map(Some).ok_or_else(refused);
    }
    match text_at(call, 0)? {
        Some(text) => number::whole(text)
            .map(Some)
            .map_err(|error| call.error(error)),
        None => Ok(None),
    }
}

fn unexpected(call: &FunctionContext<'_, '_>, value: &dyn Val, wanted: &str) -> ExecutionError {
    call.error(format!(
        "expected {wanted}, found {}",
        value.get_type().name()
    ))
}
