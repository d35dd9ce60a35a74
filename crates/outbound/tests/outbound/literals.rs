//! Addresses in URLs.

use std::net::Ipv4Addr;

use outbound::header::HeaderMap;
use outbound::{Class, Client, Error, Refusal, Url};

use crate::door::{Door, LIMITS, setup};
use crate::forms;
use crate::names::Names;

async fn called(client: &Client, url: Url) -> Result<u16, Error> {
    let answer = client.post(url, HeaderMap::new(), Vec::new(), LIMITS).await;
    Ok(answer?.status.as_u16())
}

fn class(called: &Result<u16, Error>) -> Option<Class> {
    match called {
        Err(Error::Refused(Refusal::Address { class, .. })) => Some(*class),
        _ => None,
    }
}

#[tokio::test]
async fn no_forbidden_address_is_reached_however_it_is_written() {
    let door = Door::everywhere().await;
    let names = Names::leading(|_| vec![Ipv4Addr::LOCALHOST.into()]);
    let client = Client::resolving(setup(""), names.clone()).unwrap();
    let written = forms::written();
    assert!(written.len() >= 500, "{}", written.len());
    for (form, expected) in &written {
        let url = format!("http://{form}:{}/latest/meta-data", door.port());
        let url: Url = url.parse().unwrap_or_else(|error| panic!("{url}: {error}"));
        let refused = class(&called(&client, url).await);
        assert_eq!(refused, Some(*expected), "{form}");
    }
    assert_eq!(names.asked(), 0, "an address was taken for a name");
    assert_eq!(door.entered().await, 0);
}

#[tokio::test]
async fn every_way_to_write_an_address_reaches_it_once_its_network_is_open() {
    let door = Door::everywhere().await;
    let client = Client::new(setup("127.0.0.0/8")).unwrap();
    let forms = forms::of_v4(Ipv4Addr::LOCALHOST);
    for form in &forms {
        let url = format!("http://{form}:{}/", door.port());
        assert_eq!(
            called(&client, url.parse().unwrap()).await.unwrap(),
            200,
            "{form}"
        );
    }
    assert_eq!(door.entered().await, forms.len());
}

#[tokio::test]
async fn a_name_that_leads_to_a_forbidden_address_leads_nowhere() {
    let door = Door::everywhere().await;
    let forbidden = forms::forbidden();
    let addresses: Vec<_> = forbidden.iter().map(|(address, _)| *address).collect();
    let names = Names::leading(move |number| vec![addresses[number]]);
    let client = Client::resolving(setup(""), names.clone()).unwrap();
    for (address, expected) in &forbidden {
        let url = format!("http://vendor.example:{}/", door.port());
        let refused = class(&called(&client, url.parse().unwrap()).await);
        assert_eq!(refused, Some(*expected), "{address}");
    }
    assert_eq!(names.asked(), forbidden.len());
    assert_eq!(door.entered().await, 0);
}

#[tokio::test]
async fn this_machines_own_names_lead_nowhere() {
    let door = Door::everywhere().await;
    let client = Client::new(setup("")).unwrap();
    for name in ["localhost", "LOCALHOST."] {
        let url = format!("http://{name}:{}/", door.port());
        assert!(
            called(&client, url.parse().unwrap()).await.is_err(),
            "{name}"
        );
    }
    assert_eq!(door.entered().await, 0);
}

#[test]
fn zones_of_addresses_are_no_part_of_a_url() {
    for zone in [
        "[fe80::1%eth0]",
        "[fe80::1%25eth0]",
        "[::1%25lo]",
        "[::1%251]",
    ] {
        assert!(Url::parse(&format!("http://{zone}/")).is_err(), "{zone}");
    }
}
