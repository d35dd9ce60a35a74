//! `orderwatch get figures`.

use contracts::{audit, escalation, rules, ticketing};

use crate::cli::Global;
use crate::connection::Service;
use crate::failure::Failure;
use crate::output;
use crate::resource::Figures;

pub(crate) async fn run(global: &Global) -> Result<(), Failure> {
    let connection = global.connection();
    let (rules_client, tickets_client) = (connection.rules(), connection.tickets());
    let (escalations_client, audit_client) = (connection.escalations(), connection.audit());
    let progress = connection.call(
        Service::RuleEvaluation,
        &rules_client,
        rules::v1::GetProgressRequest { exact: true },
        async |mut client, request| client.get_progress(request).await,
    );
    let tickets = connection.call(
        Service::Ticketing,
        &tickets_client,
        ticketing::v1::GetFiguresRequest::default(),
        async |mut client, request| client.get_figures(request).await,
    );
    let notifications = connection.call(
        Service::EscalationNotifier,
        &escalations_client,
        escalation::v1::GetFiguresRequest {},
        async |mut client, request| client.get_figures(request).await,
    );
    let record = connection.call(
        Service::Audit,
        &audit_client,
        audit::v1::GetFiguresRequest {},
        async |mut client, request| client.get_figures(request).await,
    );
    let (progress, tickets, notifications, record) =
        tokio::try_join!(progress, tickets, notifications, record)?;
    output::one(
        global.output,
        &Figures::new(&progress, &tickets, &notifications, record),
    )
}
