//! Open tickets that hold notices of others back.

use sqlx::PgConnection;

use super::Error;
use crate::domain::quiet::inhibition::Inhibitor;

/// Puts what these tickets inhibit now in the place of what they did before;
/// answers the rules of which they inhibit something no longer.
///
/// # Errors
///
/// The database failed.
pub async fn replace(
    conn: &mut PgConnection,
    tickets: &[String],
    inhibitors: &[Inhibitor],
) -> Result<Vec<String>, Error> {
    let column = |of: fn(&Inhibitor) -> &str| -> Vec<String> {
        inhibitors.iter().map(|it| of(it).to_owned()).collect()
    };
    let (rules, keys) = (column(|it| &it.rule), column(|it| &it.key));
    let sources = column(|it| &it.ticket_id);
    let are_targets: Vec<bool> = inhibitors.iter().map(|it| it.is_target).collect();
    let ended = sqlx::query_scalar!(
        "delete from inhibitor
         where ticket_id = any($1) and not exists (
             select from unnest($2::text[], $3::text[], $4::text[]) as new (rule, key, ticket_id)
             where (new.rule, new.key, new.ticket_id)
                 = (inhibitor.rule, inhibitor.key, inhibitor.ticket_id))
         returning rule",
        tickets,
        &rules,
        &keys,
        &sources,
    )
    .fetch_all(&mut *conn)
    .await?;
    if !inhibitors.is_empty() {
        sqlx::query!(
            "insert into inhibitor (rule, key, ticket_id, is_target)
             select * from unnest($1::text[], $2::text[], $3::text[], $4::boolean[])
             on conflict do nothing",
            &rules,
            &keys,
            &sources,
            &are_targets,
        )
        .execute(conn)
        .await?;
    }
    Ok(ended)
}

/// Open sources of these rules with these keys.
///
/// # Errors
///
/// The database failed.
pub async fn of_keys(
    conn: &mut PgConnection,
    rules: &[String],
    keys: &[String],
) -> Result<Vec<Inhibitor>, Error> {
    let found = sqlx::query_as!(
        Inhibitor,
        "select rule, key, ticket_id, is_target from inhibitor
         join unnest($1::text[], $2::text[]) as asked (rule, key) using (rule, key)
         order by rule, key, ticket_id",
        rules,
        keys,
    );
    Ok(found.fetch_all(conn).await?)
}
