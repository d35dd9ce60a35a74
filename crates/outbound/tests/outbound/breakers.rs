//! Destinations that are left alone.

use std::time::Duration;

use outbound::breaker::Settings;
use outbound::{Breakers, Client, Error, Method, Request, Setup};
use tokio::time::advance;

use crate::door::{Door, FINE, LIMITS, Script, setup};

const SETTINGS: Settings = Settings {
    in_a_row: 2,
    window: Duration::from_mins(1),
    share: 50,
    least: 1_000,
    cool_down: Duration::from_secs(5),
    longest: Duration::from_secs(15),
};

#[tokio::test]
async fn a_client_leaves_alone_who_answers_with_errors_and_nobody_else() {
    let setup = Setup {
        breaker: Some(SETTINGS),
        ..setup("127.0.0.0/8")
    };
    let client = Client::new(setup).unwrap();
    let broken = b"HTTP/1.1 503 Later\r\ncontent-length: 0\r\n\r\n".to_vec();
    let broken = Door::open(Script::Close(broken)).await;
    let fine = Door::open(Script::Close(FINE.to_vec())).await;
    let ask = |door: &Door| client.request(Request::new(Method::GET, door.url("/")), LIMITS);
    for _ in 0..2 {
        assert_eq!(ask(&broken).await.unwrap().status.as_u16(), 503);
    }
    let error = ask(&broken).await.unwrap_err();
    assert!(matches!(error, Error::LeftAlone { wait, .. } if wait <= SETTINGS.cool_down));
    assert_eq!(broken.entered().await, 2);
    assert_eq!(ask(&fine).await.unwrap().status.as_u16(), 200);
}

#[tokio::test(start_paused = true)]
async fn one_may_try_after_each_pause_and_the_pause_doubles_up_to_its_limit() {
    let breakers = Breakers::new(SETTINGS);
    for _ in 0..2 {
        breakers.admit("a:443").unwrap().failed();
    }
    for pause in [5, 10, 15, 15] {
        let pause = Duration::from_secs(pause);
        assert_eq!(breakers.admit("a:443").unwrap_err(), pause);
        advance(pause).await;
        let probe = breakers.admit("a:443").unwrap();
        assert!(breakers.admit("a:443").is_err(), "a second probe");
        probe.failed();
    }
    advance(SETTINGS.longest).await;
    breakers.admit("a:443").unwrap().succeeded();
    breakers.admit("a:443").unwrap().failed();
    assert!(
        breakers.admit("a:443").is_ok(),
        "one failure opens a breaker"
    );
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_was_given_up_leaves_its_place_to_the_next() {
    let breakers = Breakers::new(SETTINGS);
    for _ in 0..2 {
        breakers.admit("a:443").unwrap().failed();
    }
    advance(SETTINGS.cool_down).await;
    drop(breakers.admit("a:443").unwrap());
    breakers.admit("a:443").unwrap().succeeded();
    assert!(breakers.admit("a:443").is_ok());
}

#[tokio::test(start_paused = true)]
async fn who_fails_is_remembered_among_many_who_do_not() {
    let breakers = Breakers::new(SETTINGS);
    for _ in 0..2 {
        breakers.admit("a:443").unwrap().failed();
    }
    for other in 0..5_000 {
        breakers.admit(&format!("{other}:443")).unwrap().succeeded();
    }
    assert!(breakers.admit("a:443").is_err());
}
