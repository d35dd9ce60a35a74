//! The documents of every rule set, each kept once for as long as it held.

use chrono::{DateTime, Utc};
use rule_engine::documents::{self, Document, Documents, Key};
use sqlx::PgConnection;

use crate::domain::change::{Base, Difference, Kept};
use crate::error::Error;

/// One change of one resource.
#[derive(Debug, Clone)]
pub struct Version {
    /// Rule set that brought or dropped it.
    pub number: i64,
    /// Its document from then on; none when it was dropped.
    pub document: Option<Document>,
    /// Who changed it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Reads the documents of a rule set with the number since which each is as it is.
///
/// # Errors
///
/// When the database refuses, or holds what this version cannot read.
pub async fn base(conn: &mut PgConnection, number: i64) -> Result<Base, Error> {
    let rows = sqlx::query!(
        "SELECT kind, name, etag, document, since FROM resource_versions
         WHERE since <= $1 AND (until IS NULL OR until > $1)",
        number
    )
    .fetch_all(&mut *conn)
    .await?;
    if rows.is_empty() {
        return stored_whole(conn, number).await;
    }
    let kept = rows.into_iter().map(|row| {
        let key = Key::new(row.kind, row.name);
        let document = Document::stored(key.clone(), row.etag, row.document);
        let since = row.since;
        (key, Kept { document, since })
    });
    Ok(Base {
        number,
        kept: kept.collect(),
        dropped: Default::default(),
    })
}

/// Reads in which rule set resources were last dropped.
///
/// # Errors
///
/// When the database refuses.
pub async fn dropped(conn: &mut PgConnection, keys: &[&Key]) -> Result<Vec<(Key, i64)>, Error> {
    let (kinds, names): (Vec<&str>, Vec<&str>) =
        keys.iter().map(|key| (key.kind(), key.name())).unzip();
    let rows = sqlx::query!(
        r#"SELECT v.kind, v.name, max(v.until) AS "until!"
           FROM resource_versions v
           JOIN UNNEST($1::text[], $2::text[]) AS wanted (kind, name) USING (kind, name)
           WHERE v.until IS NOT NULL GROUP BY v.kind, v.name"#,
        &kinds as _,
        &names as _
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (Key::new(row.kind, row.name), row.until))
        .collect())
}

/// A rule set from before documents were kept one by one; it says nothing of the time
/// before it.
async fn stored_whole(conn: &mut PgConnection, number: i64) -> Result<Base, Error> {
    let text = sqlx::query_scalar!("SELECT resources FROM rule_sets WHERE number = $1", number)
        .fetch_optional(conn)
        .await?
        .flatten()
        .unwrap_or_default();
    let documents = documents::split(&text).map_err(|_| Error::Unreadable("rule set"))?;
    let kept = documents.into_iter().map(|(key, document)| {
        let since = number;
        (key, Kept { document, since })
    });
    Ok(Base {
        number,
        kept: kept.collect(),
        dropped: Default::default(),
    })
}

/// Writes what differs between a rule set and the one that comes into force instead; the
/// caller holds the number alone.
///
/// # Errors
///
/// When the database refuses.
pub async fn save(
    conn: &mut PgConnection,
    before: &Base,
    after: &Documents,
    number: i64,
) -> Result<(), Error> {
    keep_whole(conn, before).await?;
    let old = before.documents();
    let changes: Vec<Difference<'_>> = crate::domain::change::differences(&old, after)
        .filter(Difference::is_change)
        .collect();
    end(conn, &changes, number).await?;
    let new: Vec<&Document> = changes.iter().filter_map(|change| change.after).collect();
    insert(conn, &new, number).await
}

/// Keeps the documents of a rule set that was stored as one text one by one.
async fn keep_whole(conn: &mut PgConnection, base: &Base) -> Result<(), Error> {
    let is_stored = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM resource_versions WHERE until IS NULL) AS "is_stored!""#
    )
    .fetch_one(&mut *conn)
    .await?;
    if is_stored {
        return Ok(());
    }
    let documents: Vec<&Document> = base.kept.values().map(|kept| &kept.document).collect();
    insert(conn, &documents, base.number).await
}

async fn end(
    conn: &mut PgConnection,
    changes: &[Difference<'_>],
    number: i64,
) -> Result<(), Error> {
    let (kinds, names): (Vec<&str>, Vec<&str>) = changes
        .iter()
        .filter(|change| change.before.is_some())
        .map(|change| (change.key.kind(), change.key.name()))
        .unzip();
    sqlx::query!(
        "UPDATE resource_versions v SET until = $3
         FROM UNNEST($1::text[], $2::text[]) AS changed (kind, name)
         WHERE v.kind = changed.kind AND v.name = changed.name AND v.until IS NULL",
        &kinds as _,
        &names as _,
        number
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert(conn: &mut PgConnection, documents: &[&Document], since: i64) -> Result<(), Error> {
    let column = |cell: fn(&Document) -> &str| -> Vec<&str> {
        documents.iter().map(|document| cell(document)).collect()
    };
    sqlx::query!(
        "INSERT INTO resource_versions (kind, name, etag, document, since)
         SELECT kind, name, etag, document, $5
         FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[])
              AS new (kind, name, etag, document)",
        &column(|document| document.key().kind()) as _,
        &column(|document| document.key().name()) as _,
        &column(Document::etag) as _,
        &column(Document::text) as _,
        since
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads every change of a resource, newest first.
///
/// # Errors
///
/// When the database refuses.
pub async fn history(
    conn: &mut PgConnection,
    key: &Key,
    limit: i64,
) -> Result<Vec<Version>, Error> {
    let rows = sqlx::query!(
        r#"SELECT s.number, v.etag AS "etag?", v.document AS "document?", s.actor, s.reason,
                  s.activated_at
           FROM rule_sets s
           LEFT JOIN resource_versions v ON v.kind = $1 AND v.name = $2 AND v.since = s.number
           WHERE s.number IN (SELECT since FROM resource_versions WHERE kind = $1 AND name = $2
                              UNION
                              SELECT until FROM resource_versions WHERE kind = $1 AND name = $2)
           ORDER BY s.number DESC LIMIT $3"#,
        key.kind(),
        key.name(),
        limit
    )
    .fetch_all(conn)
    .await?;
    let versions = rows.into_iter().map(|row| {
        let stored = row.etag.zip(row.document);
        Version {
            number: row.number,
            document: stored.map(|(etag, text)| Document::stored(key.clone(), etag, text)),
            actor: row.actor,
            reason: row.reason,
            at: row.activated_at,
        }
    });
    Ok(versions.collect())
}
