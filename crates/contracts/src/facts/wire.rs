//! Reads encoded messages in place, without copying their texts.

use std::sync::Arc;

use order::{Span, Timestamp, Value};
use prost::encoding::decode_varint;
use prost_types::Timestamp as WireInstant;

use crate::time;

/// One field as it stands in a message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Raw<'w> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'w [u8]),
}

/// Walks through the fields of a message; ends with none where it is malformed.
pub(super) struct Fields<'w> {
    rest: &'w [u8],
}

impl<'w> Fields<'w> {
    pub(super) const fn of(message: &'w [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&mut self) -> Option<(u32, Raw<'w>)> {
        let key = u32::try_from(decode_varint(&mut self.rest).ok()?).ok()?;
        let raw = match key & 7 {
            0 => Raw::Varint(decode_varint(&mut self.rest).ok()?),
            1 => {
                let (number, rest) = self.rest.split_first_chunk()?;
                self.rest = rest;
                Raw::Fixed64(u64::from_le_bytes(*number))
            }
            2 => {
                let length = usize::try_from(decode_varint(&mut self.rest).ok()?).ok()?;
                let (bytes, rest) = self.rest.split_at_checked(length)?;
                self.rest = rest;
                Raw::Bytes(bytes)
            }
            _ => return None,
        };
        Some((key >> 3, raw))
    }
}

impl<'w> Iterator for Fields<'w> {
    type Item = Option<(u32, Raw<'w>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// A value that borrows its texts.
#[derive(Debug)]
pub(super) enum ValueRef<'w> {
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(&'w str),
    Timestamp(Timestamp),
    Duration(Span),
    TextList(Vec<&'w str>),
    InstantList(Vec<Timestamp>),
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Bool(value) => Self::Bool(value),
            ValueRef::Int(value) => Self::Int(value),
            ValueRef::Double(value) => Self::Double(value),
            ValueRef::Text(text) => Self::text(text),
            ValueRef::Timestamp(instant) => Self::Timestamp(instant),
            ValueRef::Duration(span) => Self::Duration(span),
            ValueRef::TextList(texts) => Self::TextList(texts.into_iter().map(Arc::from).collect()),
            ValueRef::InstantList(instants) => Self::instants(instants),
        }
    }
}

/// Reads an attribute: its name and its value. None when it has none, or is malformed.
pub(super) fn attribute(message: &[u8]) -> Option<(&str, ValueRef<'_>)> {
    let (mut name, mut found) = ("", None);
    for field in Fields::of(message) {
        match field? {
            (1, Raw::Bytes(text)) => name = std::str::from_utf8(text).ok()?,
            (2, Raw::Bytes(message)) => found = Some(value(message)?),
            _ => return None,
        }
    }
    Some((name, found?))
}

fn value(message: &[u8]) -> Option<ValueRef<'_>> {
    let mut found = None;
    for field in Fields::of(message) {
        found = Some(match field? {
            (1, Raw::Varint(number)) => ValueRef::Bool(number != 0),
            (2, Raw::Varint(number)) => ValueRef::Int(number.cast_signed()),
            (3, Raw::Fixed64(bits)) => ValueRef::Double(f64::from_bits(bits)),
            (4, Raw::Bytes(text)) => ValueRef::Text(std::str::from_utf8(text).ok()?),
            (5, Raw::Bytes(message)) => ValueRef::Timestamp(instant(message)?),
            (6, Raw::Bytes(message)) => ValueRef::Duration(span(message)?),
            (7, Raw::Bytes(message)) => ValueRef::TextList(texts(message)?),
            (8, Raw::Bytes(message)) => ValueRef::InstantList(instants(message)?),
            _ => return None,
        });
    }
    found
}

fn texts(message: &[u8]) -> Option<Vec<&str>> {
    Fields::of(message)
        .map(|field| match field? {
            (1, Raw::Bytes(text)) => std::str::from_utf8(text).ok(),
            _ => None,
        })
        .collect()
}

fn instants(message: &[u8]) -> Option<Vec<Timestamp>> {
    Fields::of(message)
        .map(|field| match field? {
            (1, Raw::Bytes(message)) => instant(message),
            _ => None,
        })
        .collect()
}

/// Reads an instant, if it is in range and exact to the microsecond.
pub(super) fn instant(message: &[u8]) -> Option<Timestamp> {
    let (seconds, nanos) = seconds_and_nanos(message)?;
    let exact = nanos % 1_000 == 0;
    exact
        .then(|| time::instant(&WireInstant { seconds, nanos }).ok())
        .flatten()
}

fn span(message: &[u8]) -> Option<Span> {
    let (seconds, nanos) = seconds_and_nanos(message)?;
    let exact = nanos % 1_000 == 0;
    exact
        .then(|| time::span(&prost_types::Duration { seconds, nanos }).ok())
        .flatten()
}

fn seconds_and_nanos(message: &[u8]) -> Option<(i64, i32)> {
    let (mut seconds, mut nanos) = (0, 0);
    for field in Fields::of(message) {
        match field? {
            (1, Raw::Varint(number)) => seconds = number.cast_signed(),
            (2, Raw::Varint(number)) => nanos = i32::try_from(number.cast_signed()).ok()?,
            _ => return None,
        }
    }
    Some((seconds, nanos))
}
