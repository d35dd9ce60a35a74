//! `orderwatch threshold`: which row of a decision table an order takes, and why.

use clap::Args;
use contracts::rules::v1::PreviewThresholdRequest;

use super::explain::Language;
use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::ThresholdPreview;

/// Which table and order.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Name of the threshold, such as ship-within.
    name: String,
    /// The order's id.
    #[arg(long)]
    order: String,
    /// Language of the reasons [default: that of LANG].
    #[arg(long, alias = "language", value_enum)]
    lang: Option<Language>,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let language = Language::chosen(arguments.lang);
    let request = PreviewThresholdRequest {
        threshold: arguments.name,
        order_id: arguments.order,
        language: language.code().to_owned(),
    };
    let connection = global.connection();
    let answer = connection
        .rules()
        .call(request, async |mut client, request| {
            client.preview_threshold(request).await
        })
        .await?;
    output::one(global.output, &ThresholdPreview::new(answer, language))
}
