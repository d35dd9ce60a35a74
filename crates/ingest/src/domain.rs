//! What ingest decides: which facts of a batch are sound, how a batch is cut into journal
//! rows, what a record of a file becomes. Pure: no clock, database or socket.

mod archived;
mod batch;
mod checked;
mod delivery;
mod import;
mod intake;
mod key;
mod progress;
mod quarantine;
mod segment;
mod source;

pub(crate) use archived::{keys_of, owned_facts};
pub(crate) use batch::{BadRequest, judge_batch, no_later_than, sound_fact};
pub use checked::checked;
pub(crate) use delivery::Delivery;
pub(crate) use import::{Import, map_records};
pub(crate) use intake::{BatchKey, Intake, Part, parts};
pub(crate) use key::{EntityKey, Whose};
pub(crate) use progress::{FeedKey, Lease, Progress};
pub(crate) use quarantine::{Entry, Group, Stored};
pub(crate) use segment::{Indexed, Place, Segment, unpacked};
pub(crate) use source::Introduction;
