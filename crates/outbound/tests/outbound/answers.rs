//! Answers, and what comes instead of them.

use std::error::Error as _;
use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use outbound::header::{HeaderMap, LOCATION};
use outbound::{Answer, Client, Destinations, Error, Kind, Limits, Method, Request, Setup, Url};

use crate::door::{Door, LIMITS, Script, setup};
use crate::names::Names;

const SHORT: Limits = Limits {
    timeout: Duration::from_millis(200),
    ..LIMITS
};

fn inside() -> Client {
    Client::new(setup("127.0.0.0/8")).unwrap()
}

async fn asked(client: &Client, url: Url, limits: Limits) -> Result<Answer, Error> {
    client.request(Request::new(Method::GET, url), limits).await
}

/// Everything that an error says, its causes included.
fn said(error: &Error) -> String {
    let mut said = vec![error.to_string(), format!("{error:?}")];
    let mut cause = error.source();
    while let Some(inner) = cause {
        said.push(inner.to_string());
        cause = inner.source();
    }
    said.join(": ")
}

/// Asks with secrets everywhere, and returns what kind of error there is, which names the host and
/// nothing else.
async fn failure(client: &Client, url: &Url, limits: Limits) -> Kind {
    let mut url = url.clone();
    url.set_username("s3cret-user").unwrap();
    url.set_password(Some("s3cret-password")).unwrap();
    url.set_path("/s3cret-path");
    url.set_query(Some("key=s3cret-key"));
    let error = asked(client, url.clone(), limits).await.unwrap_err();
    let said = said(&error);
    assert!(!said.contains("s3cret"), "{said}");
    assert!(said.contains(url.host_str().unwrap()), "{said}");
    error.kind()
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    for to in [
        "http://169.254.169.254/latest/meta-data",
        "/elsewhere",
        "http://localhost:1/",
    ] {
        let redirect = format!("HTTP/1.1 307 Go\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
        let door = Door::open(Script::Hold(redirect.into_bytes())).await;
        let answer = asked(&inside(), door.url("/hook"), LIMITS).await.unwrap();
        assert_eq!(
            (answer.status.as_u16(), &answer.headers[LOCATION]),
            (307, &to.parse().unwrap())
        );
        assert_eq!(door.heads().len(), 1);
    }
}

#[tokio::test]
async fn what_is_sent_and_answered_arrives() {
    let answer = b"HTTP/1.1 404 No\r\nx-kind: gone\r\ncontent-length: 4\r\n\r\nnone".to_vec();
    let door = Door::open(Script::Hold(answer)).await;
    let url = format!("http://user:pass@{}/hook?a=1", door.address)
        .parse()
        .unwrap();
    let headers = HeaderMap::from_iter([("x-mine".parse().unwrap(), "1".parse().unwrap())]);
    let answer = inside()
        .post(url, headers, b"body".to_vec(), LIMITS)
        .await
        .unwrap();
    assert_eq!(
        (answer.status.as_u16(), answer.body.as_slice()),
        (404, b"none".as_slice())
    );
    assert_eq!(answer.headers["x-kind"], "gone");
    let head = door.heads().concat();
    assert!(head.starts_with("POST /hook?a=1 HTTP/1.1\r\n"), "{head}");
    for line in [
        "x-mine: 1",
        "user-agent: test",
        "content-length: 4",
        "authorization: Basic dXNlcjpwYXNz",
    ] {
        assert!(head.contains(&format!("{line}\r\n")), "{line} in {head}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_cut() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![b' '; 1 << 20]).unwrap();
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 4096, "it must be small on the wire");
    let zipped = format!(
        "content-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    );
    let declared = format!("content-length: {}\r\n\r\n", 1_u64 << 40);
    for (head, body) in [
        (declared.as_str(), vec![b' '; 5000]),
        ("\r\n", vec![b' '; 5000]),
        (
            "transfer-encoding: chunked\r\n\r\n1388\r\n",
            vec![b' '; 5000],
        ),
        (zipped.as_str(), packed),
    ] {
        let mut answer = format!("HTTP/1.1 200 OK\r\n{head}").into_bytes();
        answer.extend(body);
        let door = Door::open(Script::Hold(answer)).await;
        let kind = failure(&inside(), &door.url("/"), LIMITS).await;
        assert_eq!(kind, Kind::TooLarge, "{head}");
    }
}

#[tokio::test]
async fn a_body_of_just_the_limit_is_read() {
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4096\r\n\r\n".to_vec();
    answer.extend([b' '; 4096]);
    let door = Door::open(Script::Hold(answer)).await;
    let answer = asked(&inside(), door.url("/"), LIMITS).await.unwrap();
    assert_eq!(answer.body.len(), 4096);
}

#[tokio::test]
async fn silence_and_a_slow_body_time_out_and_may_have_acted() {
    for begun in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nslow",
    ] {
        let door = Door::open(Script::Hold(begun.into())).await;
        let kind = failure(&inside(), &door.url("/"), SHORT).await;
        assert_eq!(
            (kind, kind.may_have_acted()),
            (Kind::Timeout, true),
            "{begun:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_ends_early_is_cut_off_and_may_have_acted() {
    for begun in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nslow",
    ] {
        let door = Door::open(Script::Close(begun.into())).await;
        let kind = failure(&inside(), &door.url("/"), LIMITS).await;
        assert_eq!(
            (kind, kind.may_have_acted()),
            (Kind::Cut, true),
            "{begun:?}"
        );
    }
}

#[tokio::test]
async fn who_is_not_there_or_speaks_no_tls_has_done_nothing() {
    let door = Door::open(Script::Interrupt(b"HTTP/1.1 400 Bad\r\n\r\n".to_vec())).await;
    let mut secure = door.url("/");
    secure.set_scheme("https").unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}/", closed.local_addr().unwrap())
        .parse()
        .unwrap();
    drop(closed);
    for (url, expected) in [(secure, Kind::Tls), (nobody, Kind::Connect)] {
        let kind = failure(&inside(), &url, LIMITS).await;
        assert_eq!(
            (kind, kind.may_have_acted(), kind.is_retryable()),
            (expected, false, true)
        );
    }
}

#[tokio::test]
async fn a_name_without_addresses_cannot_be_resolved() {
    let client = Client::resolving(setup(""), Names::leading(|_| Vec::new())).unwrap();
    let url = "http://nowhere.example/".parse().unwrap();
    assert_eq!(failure(&client, &url, LIMITS).await, Kind::Unresolved);
}

#[tokio::test]
async fn whoever_is_not_named_is_not_asked_for() {
    let names = Names::leading(|_| Vec::new());
    let destinations = Destinations {
        hosts: "*.example.com".parse().unwrap(),
        ..Destinations::default()
    };
    let client = Client::resolving(Setup::new(destinations, "test"), names.clone()).unwrap();
    for (url, asked) in [
        ("https://example.org/", 0),
        ("http://a.example.com/", 0),
        ("https://a.example.com/", 1),
    ] {
        let kind = failure(&client, &url.parse().unwrap(), LIMITS).await;
        let expected = if asked == 0 {
            Kind::Refused
        } else {
            Kind::Unresolved
        };
        assert_eq!((kind, names.asked()), (expected, asked), "{url}");
        assert_eq!(kind.is_retryable(), asked == 1);
    }
}

/// The same test once more, with a proxy in its environment.
#[tokio::test]
async fn a_proxy_of_the_environment_is_not_used() {
    let proxy = Door::open(Script::Close(Vec::new())).await;
    let mut again = tokio::process::Command::new(std::env::current_exe().unwrap());
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        again.env(variable, proxy.url("/").as_str());
    }
    let named = ["--exact", "answers::what_is_sent_and_answered_arrives"];
    let again = again.args(named).output().await.unwrap();
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(
        again.status.success() && said.contains("1 passed"),
        "{said}"
    );
    assert_eq!(proxy.entered().await, 0);
}
