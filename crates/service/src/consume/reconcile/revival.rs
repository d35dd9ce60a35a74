//! Dead letters that the broker has lost.

use tracing::warn;

use super::Reconciler;
use crate::consume::{Handler, Position};
use crate::{Error, inbox};

impl<H: Handler> Reconciler<H> {
    /// A dead letter that its stream has lost is no dead letter: its event is
    /// fetched from the log and tried again.
    pub(super) async fn revive_lost_letters(&mut self) -> Result<(), Error> {
        let pool = self.processor.database.pool();
        let buried = inbox::buried(pool, self.log.upstream.name()).await?;
        if buried.is_empty() || !self.processor.bus.is_connected() {
            return Ok(());
        }
        for (position, letter) in buried {
            let kept = self
                .processor
                .is_kept(letter, &self.log.upstream, position)
                .await?;
            if !kept {
                self.revive(position, letter).await?;
            }
        }
        Ok(())
    }

    async fn revive(&mut self, position: Position, letter: i64) -> Result<(), Error> {
        let pool = self.processor.database.pool();
        let held = inbox::buried_event(pool, self.log.upstream.name(), position).await?;
        if held != Some(letter) {
            return Ok(());
        }
        let found = self.log.get(&[position]).await?;
        let ours = found.into_iter().find(|event| {
            event.subject.starts_with(self.log.prefix())
                && self.processor.subscription.wants(&event.subject)
        });
        if let Some(event) = ours {
            warn!(
                event.id = event.event_id,
                dead_letter.sequence = letter,
                "a dead letter was lost, trying its event again"
            );
            self.processor.settle(std::slice::from_ref(&event)).await;
        }
        Ok(())
    }
}
