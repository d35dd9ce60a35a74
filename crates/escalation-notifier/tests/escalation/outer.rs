//! What anybody may do who reaches the pages.

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use escalation_notifier::http;
use service::{lifecycle::Shutdown, server::front::Limits};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::acknowledge::told;

const LIMITS: Limits = Limits {
    connections: 4,
    header_bytes: 16 << 10,
    read_timeout: Duration::from_millis(300),
    lifetime: Duration::from_secs(1),
};

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(http::serve(listener, router, LIMITS, Shutdown::new()));
    address
}

/// Everything that is heard until the other side hangs up.
async fn heard(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let hearing = stream.read_to_end(&mut heard);
    let ended = tokio::time::timeout(Duration::from_secs(20), hearing).await;
    // Hung up one way or the other; what was heard before counts.
    let _ = ended.expect("nobody hangs up");
    String::from_utf8_lossy(&heard).into_owned()
}

async fn begun(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn whoever_is_slow_is_hung_up_on_and_keeps_nobody_out() {
    let (_office, desk, pages, path) = told().await;
    let address = serve(pages).await;
    let post = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n"
    );
    let body = format!("{post}content-length: 100\r\n\r\nperson=");
    // As many of each as there are places.
    let mut slow = Vec::new();
    for request in ["", "GET /a/x HTTP/1.1\r\nhost:", body.as_str()] {
        for _ in 0..LIMITS.connections {
            slow.push(begun(address, request).await);
        }
    }
    let mut whole = begun(
        address,
        &format!("{post}content-length: 0\r\nconnection: close\r\n\r\n"),
    )
    .await;
    assert!(heard(&mut whole).await.starts_with("HTTP/1.1 200"));
    assert_eq!(desk.0.lock().unwrap().acts.len(), 1);
    for mut stream in slow {
        heard(&mut stream).await;
    }
}

#[tokio::test]
async fn whoever_never_reads_the_answers_is_hung_up_on() {
    let (_office, _desk, pages, path) = told().await;
    let address = serve(pages).await;
    let mut deaf = Vec::new();
    for _ in 0..LIMITS.connections {
        let (reading, mut writing) = TcpStream::connect(address).await.unwrap().into_split();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        tokio::spawn(async move { while writing.write_all(request.as_bytes()).await.is_ok() {} });
        deaf.push(reading);
    }
    let request = "GET /a/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut whole = begun(address, request).await;
    assert!(heard(&mut whole).await.starts_with("HTTP/1.1 404"));
}
