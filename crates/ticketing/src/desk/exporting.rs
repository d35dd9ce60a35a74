//! Every ticket of a list, as of one moment.

use sqlx::{Postgres, Transaction};

use super::{Desk, Wish};
use crate::{
    domain::Instant,
    error::Error,
    store::listing::{
        Place, Selection,
        export::{self, Rows},
    },
};

/// Tickets that are read at once.
const PAGE: i64 = 500;

/// Reads the tickets of a list as rows, some at a time.
pub struct Exporting {
    /// Sees tickets as of one moment.
    look: Transaction<'static, Postgres>,
    selection: Selection,
    now: Instant,
    stage: Stage,
}

enum Stage {
    Begin,
    After(Place),
    End,
}

impl Desk {
    /// Begins to read what is wished for.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn export(&self, wish: Wish) -> Result<Exporting, Error> {
        let mut look = self.look().await?;
        let selection = self.select(&mut look, wish).await?;
        Ok(Exporting {
            look,
            selection,
            now: self.now(),
            stage: Stage::Begin,
        })
    }
}

impl Exporting {
    /// The rows that follow; absent when there are none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next(&mut self) -> Result<Option<Vec<Vec<Option<String>>>>, Error> {
        let after = match self.stage {
            Stage::Begin => None,
            Stage::After(place) => Some(place),
            Stage::End => return Ok(None),
        };
        let (look, selection) = (&mut self.look, &self.selection);
        let Rows { rows, next } = export::rows(look, selection, after, PAGE, self.now).await?;
        self.stage = next.map_or(Stage::End, Stage::After);
        Ok(Some(rows))
    }
}
