//! What errors of databases mean.

use service::error::chain;
use sqlx::mysql::MySqlDatabaseError;

use crate::poll::{Broken, quoted};

/// Says what an error means. What the database says may quote what is in its rows.
pub(super) fn broken(error: &sqlx::Error) -> Broken {
    match error {
        sqlx::Error::Database(told) => {
            let said = quoted(told.message());
            match told.try_downcast_ref::<MySqlDatabaseError>() {
                Some(mysql) => by_number(mysql.number(), &said),
                None => by_state(told.code().as_deref().unwrap_or_default(), &said),
            }
        }
        sqlx::Error::Configuration(_) | sqlx::Error::InvalidArgument(_) => {
            let message = "the secret of `database` is not the URL of one";
            Broken::Unsendable(message.to_owned())
        }
        _ => Broken::Connection(quoted(&chain(error))),
    }
}

/// By the classes of the SQL standard, as PostgreSQL has them.
fn by_state(state: &str, said: &str) -> Broken {
    let message = format!("{said} ({state})");
    match (state.get(..2).unwrap_or_default(), state) {
        (_, "57014") => Broken::Late(message),
        // Connection, resources, an operator's hand, the system, a conflict with others.
        ("08" | "53" | "57" | "58" | "40", _) | (_, "55P03") => Broken::Connection(message),
        ("28", _) => Broken::Stranger(message),
        _ => Broken::Refused(message),
    }
}

/// By the numbers of MySQL's and MariaDB's errors.
fn by_number(number: u16, said: &str) -> Broken {
    let message = format!("{said} ({number})");
    match number {
        // ER_QUERY_TIMEOUT, and MariaDB's ER_STATEMENT_TIMEOUT.
        3024 | 1969 => Broken::Late(message),
        // Too many connections, shutting down, killed, waited for a lock, deadlock.
        1040 | 1053 | 1203 | 1205 | 1213 | 1226 | 1317 | 1927 => Broken::Connection(message),
        // Denied, unknown way to prove it, password expired.
        1044 | 1045 | 1130 | 1251 | 1698 | 1820 | 1862 => Broken::Stranger(message),
        _ => Broken::Refused(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let state = |state| by_state(state, "");
        assert!(matches!(state("57014"), Broken::Late(_)));
        assert!(matches!(state("57P01"), Broken::Connection(_)));
        assert!(matches!(state("40001"), Broken::Connection(_)));
        assert!(matches!(state("28P01"), Broken::Stranger(_)));
        assert!(matches!(state("25006"), Broken::Refused(_)));
        let number = |number| by_number(number, "");
        assert!(matches!(number(1969), Broken::Late(_)));
        assert!(matches!(number(1213), Broken::Connection(_)));
        assert!(matches!(number(1045), Broken::Stranger(_)));
        assert!(matches!(number(1792), Broken::Refused(_)));
    }
}
