//! The command line of Orderwatch.
