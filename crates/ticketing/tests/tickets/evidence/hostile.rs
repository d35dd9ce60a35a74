//! Senders that break off, dawdle or send what nobody asked for.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use tokio::sync::oneshot;
use tonic::Code;

use super::*;
use crate::room::evidence::{and_silence, first, messages, piece};

#[tokio::test]
async fn a_content_that_is_not_as_announced_leaves_nothing() {
    let (room, sender) = room_and_sender().await;
    let photo = png(1, 5_000);
    let header = of_png(&photo);
    let longer = [&photo[..], b"x"].concat();
    let mut damaged = photo.clone();
    damaged[4_000] ^= 1;
    for (content, said) in [
        (
            &longer[..],
            "goes on past the 5000 bytes that were announced",
        ),
        (&photo[..4_999], "breaks off after 4999 of 5000 bytes"),
        (&[], "breaks off after 0 of 5000 bytes"),
        (&damaged, "was damaged on the way"),
    ] {
        let refused = sender.attach(&header, content).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        for said in [said, "photo.png", &header.evidence_id] {
            assert!(refused.message().contains(said), "{refused}");
        }
    }
    nothing_is_kept(&room).await;
}

#[tokio::test]
async fn messages_out_of_their_place_are_refused() {
    let (room, sender) = room_and_sender().await;
    let photo = png(1, 2_000_000);
    let header = of_png(&photo);
    let head = || vec![first(&header)];
    for (sent, said) in [
        (vec![], "header: must be in the first message"),
        (vec![piece(&photo)], "header: must be in the first message"),
        ([head(), head()].concat(), "the header comes once"),
        (
            [head(), vec![piece(&[])]].concat(),
            "content must not be empty",
        ),
        ([head(), vec![piece(&photo)]].concat(), "at most 1 MiB"),
    ] {
        let refused = sender.send(stream::iter(sent)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert!(refused.message().contains(said), "{refused}");
    }
    nothing_is_kept(&room).await;
}

#[tokio::test]
async fn who_is_silent_or_drips_is_not_waited_for() {
    let room = room_with_a_ticket().await;
    let patient = EvidenceSettings {
        silence: Duration::from_millis(100),
        within: Duration::from_millis(300),
        ..EvidenceSettings::default()
    };
    let sender = room.sender(patient).await;
    let photo = png(1, 1_000_000);
    let header = of_png(&photo);
    let silent = and_silence(messages(&header, &photo[..3_000]));
    let refused = sender.send(silent).await.unwrap_err();
    assert_eq!(refused.code(), Code::DeadlineExceeded);
    let said = "it comes too slowly, 3000 of 1000000 bytes so far";
    assert!(refused.message().contains(said), "{refused}");

    let head = stream::iter([first(&header)]);
    let drips = stream::iter(photo).map(|byte| piece(&[byte]));
    let refused = sender.send(head.chain(drips)).await.unwrap_err();
    assert_eq!(refused.code(), Code::DeadlineExceeded);
    nothing_is_kept(&room).await;
}

#[tokio::test]
async fn a_sender_that_goes_away_leaves_nothing_and_makes_room_for_the_next() {
    let room = room_with_a_ticket().await;
    let one_at_once = EvidenceSettings {
        at_once: 1,
        ..EvidenceSettings::default()
    };
    let sender = room.sender(one_at_once).await;
    let photo = png(1, 5_000_000);
    let header = of_png(&photo);
    let (begun, has_begun) = oneshot::channel();
    // More than waits unread in any window, so that the server is at it.
    let most = stream::iter(messages(&header, &photo[..4_900_000]));
    let wait = stream::once(async move {
        begun.send(()).unwrap();
        std::future::pending().await
    });
    let going_away = tokio::spawn({
        let sender = sender.clone();
        async move { sender.send(most.chain(wait)).await }
    });
    has_begun.await.unwrap();
    let refused = sender.attach(&header, &photo).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let said = "1 files are being received";
    assert!(refused.message().contains(said), "{refused}");
    going_away.abort();
    let attached = loop {
        match sender.attach(&header, &photo).await {
            Ok(attached) => break attached,
            Err(refused) => assert_eq!(refused.code(), Code::ResourceExhausted, "{refused}"),
        }
    };
    assert_eq!(room.told("evidence-attached").await, 1);
    assert!(sender.read(&attached.id).await.unwrap().1 == photo);
}
