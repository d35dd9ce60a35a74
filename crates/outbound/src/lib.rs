#![doc = include_str!("../README.md")]

mod address;
pub mod breaker;
mod breakers;
mod client;
mod destinations;
mod error;
mod hosts;
mod networks;
mod resolver;
pub mod signature;

pub use address::Class;
pub use breakers::{Admission, Breakers};
pub use client::{Answer, Client, Limits, Setup, Unbuilt};
pub use destinations::{Destinations, Refusal};
pub use error::{Error, Kind};
pub use hosts::{Hosts, NotAHost};
pub use networks::{Networks, NotANetwork};
pub use reqwest::{Method, Request, StatusCode, dns, header};
pub use url::Url;
