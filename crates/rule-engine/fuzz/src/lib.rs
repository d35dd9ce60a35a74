//! What the rule engine promises of any text whatever. Each function breaks off when a promise
//! does not hold; fuzz targets and the stable test that replays the corpus call the same ones.

mod documents;
mod exemptions;
mod expression;
mod judged;
mod places;
mod visual;

pub use documents::documents;
pub use exemptions::exemptions;
pub use expression::expression;
pub use visual::visual;
