//! Facts, their merge, the order view and the field catalogue.
