//! Evidence: the record of each file, and its content in chunks.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        actor::Person,
        evidence::{Description, Digest, Evidence, FileName, Removal},
        id::TicketId,
    },
    error::Error,
};

/// Bytes of a chunk; only the last one of a content has fewer.
pub const CHUNK: usize = 256 * 1024;

struct Row {
    id: Uuid,
    ticket_id: Uuid,
    step: String,
    file_name: String,
    media_type: String,
    size: i64,
    sha256: Vec<u8>,
    note: String,
    attached_by: String,
    attached_at: Instant,
    removed_by: Option<String>,
    removed_at: Option<Instant>,
    removal_reason: Option<String>,
}

impl TryFrom<Row> for Evidence {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let broken = |what| Error::CorruptEvidence { id: row.id, what };
        let sha256 = <[u8; 32]>::try_from(row.sha256).map_err(|_| broken("sha256"))?;
        let removal = row.removed_by.zip(row.removed_at).zip(row.removal_reason);
        Ok(Self {
            id: row.id,
            ticket: row.ticket_id.into(),
            step: row.step,
            file: Description {
                name: FileName::try_from(row.file_name).map_err(|_| broken("file_name"))?,
                media_type: row.media_type.parse().map_err(|_| broken("media_type"))?,
                size: u64::try_from(row.size).map_err(|_| broken("size"))?,
                digest: Digest::from(sha256),
            },
            note: row.note,
            attached_by: row.attached_by,
            attached_at: row.attached_at,
            removal: removal.map(|((by, at), reason)| Removal { by, at, reason }),
        })
    }
}

/// Keeps the record of a file; false when there is one of its id already.
///
/// # Errors
/// Those of the database.
pub async fn keep(conn: &mut PgConnection, evidence: &Evidence) -> Result<bool, Error> {
    let file = &evidence.file;
    let kept = sqlx::query!(
        "insert into evidence (id, ticket_id, step, file_name, media_type, size, sha256, note,
            attached_by, attached_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (id) do nothing",
        evidence.id,
        evidence.ticket.uuid(),
        evidence.step,
        file.name.as_str(),
        file.media_type.to_string(),
        i64::try_from(file.size).unwrap_or(i64::MAX),
        file.digest.as_bytes(),
        evidence.note,
        evidence.attached_by,
        evidence.attached_at
    )
    .execute(conn)
    .await?;
    Ok(kept.rows_affected() > 0)
}

/// Keeps the next chunk of a content.
///
/// # Errors
/// Those of the database.
pub async fn keep_chunk(
    conn: &mut PgConnection,
    id: Uuid,
    ordinal: i32,
    content: &[u8],
) -> Result<(), Error> {
    sqlx::query!(
        "insert into evidence_chunks (evidence_id, ordinal, content) values ($1, $2, $3)",
        id,
        ordinal,
        content
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A chunk of a content; absent past its end, and once the content is removed.
///
/// # Errors
/// Those of the database.
pub async fn chunk(
    conn: &mut PgConnection,
    id: Uuid,
    ordinal: i32,
) -> Result<Option<Vec<u8>>, Error> {
    Ok(sqlx::query_scalar!(
        "select content from evidence_chunks where evidence_id = $1 and ordinal = $2",
        id,
        ordinal
    )
    .fetch_optional(conn)
    .await?)
}

/// One by its id.
///
/// # Errors
/// Those of the database, and [`Error::CorruptEvidence`].
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Evidence>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, ticket_id, step, file_name, media_type, size, sha256, note, attached_by,
            attached_at, removed_by, removed_at, removal_reason
        from evidence where id = $1",
        id
    )
    .fetch_optional(conn)
    .await?;
    row.map(Evidence::try_from).transpose()
}

/// What is or was attached to a ticket, in the order in which it was.
///
/// # Errors
/// Those of the database, and [`Error::CorruptEvidence`].
pub async fn of_ticket(conn: &mut PgConnection, ticket: TicketId) -> Result<Vec<Evidence>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, ticket_id, step, file_name, media_type, size, sha256, note, attached_by,
            attached_at, removed_by, removed_at, removal_reason
        from evidence where ticket_id = $1 order by attached_at, id",
        ticket.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Evidence::try_from).collect()
}

/// Drops a content and keeps who removed it, and why.
///
/// # Errors
/// Those of the database.
pub async fn remove(
    conn: &mut PgConnection,
    id: Uuid,
    person: &Person,
    at: Instant,
    reason: &str,
) -> Result<(), Error> {
    sqlx::query!(
        "update evidence set removed_by = $2, removed_at = $3, removal_reason = $4 where id = $1",
        id,
        person.as_str(),
        at,
        reason
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from evidence_chunks where evidence_id = $1", id)
        .execute(conn)
        .await?;
    Ok(())
}
