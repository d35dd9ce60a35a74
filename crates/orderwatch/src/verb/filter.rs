//! `orderwatch filter`: filters that are kept under a name.

use clap::{Args, Subcommand};
use contracts::ticketing::v1 as wire;

use crate::cli::{Actor, Global};
use crate::connection::Connection;
use crate::failure::{Exit, Failure};
use crate::output;
use crate::resource::SavedFilter;

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Keep a filter, or change the one of that name.
    Save {
        /// Its name.
        name: String,
        /// The filter, such as 'state != resolved AND overdue'.
        filter: String,
        /// Department whose people may use it [default: nobody but you].
        #[arg(
            long,
            value_name = "DEPARTMENT",
            default_value = "",
            hide_default_value = true
        )]
        share_with: String,
        #[command(flatten)]
        actor: Actor,
    },
    /// List your filters, and those that are shared with you.
    List(Actor),
    /// Keep a filter no longer.
    Delete {
        /// Its name.
        name: String,
        #[command(flatten)]
        actor: Actor,
    },
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let connection = global.connection();
    let rows = match arguments.verb {
        Verb::List(actor) => list(&connection, actor.login()).await?,
        Verb::Save {
            name,
            filter,
            share_with,
            actor,
        } => {
            let request = wire::SaveFilterRequest {
                etag: etag(&connection, &actor, &name).await?.unwrap_or_default(),
                actor: actor.login(),
                name,
                filter,
                shared_with: share_with,
            };
            let answer = connection
                .ticket_lists()
                .call(request, async |mut client, request| {
                    client.save_filter(request).await
                })
                .await?;
            answer.filter.into_iter().collect()
        }
        Verb::Delete { name, actor } => return delete(&connection, &actor, name).await,
    };
    let rows: Vec<SavedFilter> = rows.into_iter().map(SavedFilter::from).collect();
    output::list(global.output, &rows)
}

async fn list(connection: &Connection, me: String) -> Result<Vec<wire::SavedFilter>, Failure> {
    let answer = connection
        .ticket_lists()
        .call(
            wire::ListFiltersRequest { me },
            async |mut client, request| client.list_filters(request).await,
        )
        .await?;
    Ok(answer.filters)
}

async fn delete(connection: &Connection, actor: &Actor, name: String) -> Result<(), Failure> {
    let Some(etag) = etag(connection, actor, &name).await? else {
        let what = format!("{} keeps no filter {name}", actor.login());
        return Err(Failure::new(Exit::NotFound, what).remedy("see `orderwatch filter list`"));
    };
    let request = wire::DeleteFilterRequest {
        actor: actor.login(),
        name,
        etag,
    };
    connection
        .ticket_lists()
        .call(request, async |mut client, request| {
            client.delete_filter(request).await
        })
        .await?;
    Ok(())
}

/// Etag of the filter of that name, when there is one.
async fn etag(
    connection: &Connection,
    actor: &Actor,
    name: &str,
) -> Result<Option<String>, Failure> {
    let owner = actor.login();
    let filters = list(connection, owner.clone()).await?;
    let known = filters
        .into_iter()
        .find(|it| it.owner == owner && it.name == name.trim());
    Ok(known.map(|it| it.etag))
}
