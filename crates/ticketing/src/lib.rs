//! One ticket an exception, one accountable department at every minute.
