//! `orderwatch get queues`.

use clap::Args;
use contracts::ticketing::v1::ListQueuesRequest;

use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::Queue;

/// Which queues.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only of this department.
    #[arg(long)]
    department: Option<String>,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let request = ListQueuesRequest {
        department: arguments.department.unwrap_or_default(),
    };
    let connection = global.connection();
    let answer = connection
        .ticket_lists()
        .call(request, async |mut client, request| {
            client.list_queues(request).await
        })
        .await?;
    let rows: Vec<Queue> = answer.queues.into_iter().map(Queue::from).collect();
    output::list(global.output, &rows)
}
