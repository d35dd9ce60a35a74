//! Where the journal speaks of an entity.

use sqlx::PgPool;

use super::segments;
use crate::Error;
use crate::domain::{EntityKey, Place};

/// Finds the places of all journal rows that may speak of an entity, in order of arrival.
/// Tail and segments are read by one statement: what is sealed meanwhile is in one of them.
pub(crate) async fn places(pool: &PgPool, key: EntityKey) -> Result<Vec<Place>, Error> {
    let rows = sqlx::query!(
        r#"SELECT tail.journalled_at AS "at!", entry.journal_id AS "id!", 0::bigint AS "segment!", NULL AS "leaf: Vec<u8>"
           FROM fact_tail AS tail, UNNEST(tail.keys, tail.journal_ids) AS entry (key, journal_id)
           WHERE $1 = ANY (tail.keys) AND entry.key = $1
           UNION ALL
           SELECT segment.first_at, segment.first_id, segment.id, leaf.entries
           FROM fact_segments AS segment
           JOIN fact_leaves AS leaf
             ON leaf.segment = segment.id AND leaf.leaf = (($2::bigint * segment.leaves) >> 32)::integer"#,
        key.stored(),
        i64::from(key.number()),
    )
    .fetch_all(pool)
    .await?;
    let mut places = Vec::new();
    for row in rows {
        let place = Place {
            at: row.at.into(),
            id: row.id,
        };
        match row.leaf {
            None => places.push(place),
            Some(leaf) => places.extend(
                segments::read(row.segment, &leaf, place)?
                    .into_iter()
                    .filter(|entry| entry.key == key)
                    .map(|entry| entry.place),
            ),
        }
    }
    places.sort_unstable();
    places.dedup();
    Ok(places)
}
