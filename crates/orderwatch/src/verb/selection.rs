//! Which tickets, as every verb about many of them asks for them.

use clap::Args;

/// Which tickets.
#[derive(Clone, Debug, Args)]
pub(crate) struct Selection {
    /// Only what passes this filter, such as 'state != resolved AND due_at < in("2h")'.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) filter: String,
    /// Only what passes this kept filter: NAME of your own, or OWNER/NAME.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) saved: String,
    /// Who asks: me() in filters.
    #[arg(long, env = "ORDERWATCH_ACTOR", value_name = "LOGIN")]
    me: Option<String>,
    /// Only what this person has to do something about; who asks, as well.
    #[arg(long, value_name = "LOGIN")]
    mine: Option<String>,
}

impl Selection {
    /// Login of who asks; empty when nobody does.
    pub(crate) fn me(&self) -> String {
        let me = self.mine.as_ref().or(self.me.as_ref());
        me.cloned().unwrap_or_default()
    }

    /// Whether it is about somebody's work.
    pub(crate) fn is_work(&self) -> bool {
        self.mine.is_some()
    }
}
