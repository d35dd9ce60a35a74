//! Names that lead elsewhere a moment later.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use outbound::header::HeaderMap;
use outbound::{Class, Client, Error, Refusal};

use crate::door::{Door, FINE, LIMITS, Script, setup};
use crate::names::Names;

const FLIPS: usize = 1_000;

/// A door at another address of this machine, at the same port.
async fn beside(door: &Door) -> Option<Door> {
    for other in [
        IpAddr::V6(Ipv6Addr::LOCALHOST),
        IpAddr::from([127, 0, 0, 2]),
    ] {
        let script = Script::Close(FINE.to_vec());
        if let Ok(opened) = Door::at(SocketAddr::new(other, door.port()), script).await {
            return Some(opened);
        }
    }
    None
}

/// Two doors at one port: the first forbidden, the second open.
async fn doors() -> (Door, Door) {
    loop {
        let forbidden = Door::open(Script::Close(FINE.to_vec())).await;
        if let Some(open) = beside(&forbidden).await {
            return (forbidden, open);
        }
    }
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_each_time_never_leads_where_it_may_not() {
    let (forbidden, open) = doors().await;
    let (private, public) = (forbidden.address.ip(), open.address.ip());
    let names = Names::leading(move |number| match number % 4 {
        0 => vec![public],
        1 => vec![private],
        2 => vec![private, public],
        _ => vec![public, private],
    });
    let client = Client::resolving(setup(&public.to_string()), names.clone()).unwrap();
    let url: outbound::Url = format!("http://rebinding.example:{}/", open.port())
        .parse()
        .unwrap();
    let mut refused = 0;
    for flip in 0..FLIPS {
        let called = client.post(url.clone(), HeaderMap::new(), Vec::new(), LIMITS);
        match called.await {
            Ok(answer) => assert_eq!((answer.status.as_u16(), flip % 4 == 1), (200, false)),
            Err(Error::Refused(Refusal::Address { class, .. })) => {
                assert_eq!((class, flip % 4), (Class::Loopback, 1));
                refused += 1;
            }
            Err(error) => panic!("{flip}: {error:?}"),
        }
    }
    assert_eq!(names.asked(), FLIPS, "a name was asked for more than once");
    assert_eq!(refused, FLIPS / 4);
    assert_eq!(open.entered().await, FLIPS - FLIPS / 4);
    assert_eq!(forbidden.entered().await, 0);
}
