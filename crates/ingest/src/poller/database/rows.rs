//! Rows as records: columns by name, values without loss, no more than there may be.

use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};
use sqlx::{Column as _, Row as _, TypeInfo as _};
use tokio_stream::{Stream, StreamExt as _};

use super::Question;
use super::trouble::broken;
use crate::poll::{Broken, Record};

/// What the structure of an object takes beside its values, a column.
const OVERHEAD: usize = 16;

/// What a kind of database does in its own way.
pub(super) trait Dialect: sqlx::Database {
    /// How the values of a column are read.
    type Kind: Send;

    /// Returns how values of a type are read, where wall clocks hang in a zone; none when
    /// nobody knows.
    fn kind(info: &Self::TypeInfo, zone: &TimeZone) -> Option<Self::Kind>;

    /// Reads one value.
    fn cell(row: &Self::Row, index: usize, kind: &Self::Kind) -> Result<Cell, sqlx::Error>;
}

/// One value, and how many bytes it came as.
#[derive(Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) value: Json,
    pub(super) bytes: usize,
    /// Why it is not what it should be.
    pub(super) fault: Option<String>,
}

struct Column<K> {
    name: String,
    kind: K,
}

impl Cell {
    pub(super) const NULL: Self = Self {
        value: Json::Null,
        bytes: 0,
        fault: None,
    };
}

/// Reads rows as they come.
pub(super) async fn collected<D: Dialect>(
    mut rows: impl Stream<Item = Result<D::Row, sqlx::Error>> + Unpin,
    question: &Question<'_>,
) -> Result<Vec<Record>, Broken> {
    let most = question.most;
    let mut columns: Option<Vec<Column<D::Kind>>> = None;
    let mut records = Vec::new();
    let mut bytes = 0_u64;
    while let Some(row) = rows.next().await {
        let row = row.map_err(|error| broken(&error))?;
        let columns = match &mut columns {
            Some(columns) => columns,
            none => none.insert(described::<D>(&row, question.zone)?),
        };
        let (record, size) = record::<D>(&row, columns)?;
        bytes += size as u64;
        if bytes > most {
            let number = records.len() + 1;
            return Err(too_large(number, size as u64, most));
        }
        records.push(record);
    }
    Ok(records)
}

fn too_large(number: usize, size: u64, most: u64) -> Broken {
    Broken::Rows(match size > most {
        true => format!(
            "row {number} alone is larger than the {most} bytes of max_answer: select less of it, \
             or raise max_answer"
        ),
        false => format!(
            "the answer is larger than the {most} bytes of max_answer at row {number}: lower \
             limit, or, where so many rows have one and the same cursor, raise max_answer"
        ),
    })
}

fn described<D: Dialect>(row: &D::Row, zone: &TimeZone) -> Result<Vec<Column<D::Kind>>, Broken> {
    let mut columns: Vec<Column<D::Kind>> = Vec::new();
    for column in row.columns() {
        let name = column.name();
        if columns.iter().any(|known| known.name == name) {
            let message = format!("two columns are named `{name}`: give one another name, with AS");
            return Err(Broken::Rows(message));
        }
        let info = column.type_info();
        let kind = D::kind(info, zone).ok_or_else(|| {
            let of = info.name();
            Broken::Rows(format!(
                "column `{name}` is of type {of}, which cannot be read: cast it to a text"
            ))
        })?;
        let name = name.to_owned();
        columns.push(Column { name, kind });
    }
    Ok(columns)
}

fn record<D: Dialect>(
    row: &D::Row,
    columns: &[Column<D::Kind>],
) -> Result<(Record, usize), Broken> {
    let mut object = Map::new();
    let mut size = 0;
    let mut fault = None;
    for (index, column) in columns.iter().enumerate() {
        let cell = D::cell(row, index, &column.kind).map_err(|error| {
            Broken::Rows(format!("column `{}` cannot be read: {error}", column.name))
        })?;
        size += cell.bytes + column.name.len() + OVERHEAD;
        if let Some(reason) = cell.fault {
            fault.get_or_insert_with(|| format!("column `{}`: {reason}", column.name));
        }
        object.insert(column.name.clone(), cell.value);
    }
    let value = Json::Object(object);
    Ok((Record { value, fault }, size))
}
