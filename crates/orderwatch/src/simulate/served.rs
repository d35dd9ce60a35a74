//! The simulated vendors behind HTTP, on the clock of the services.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request as HttpRequest, Response};
use hyper_util::rt::TokioIo;
use simulator::Vendors;
use simulator::vendor::{Answer, Request, Trouble};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::pace::Pace;
use crate::failure::{Exit, Failure};

/// Largest request that is read, in bytes.
const LARGEST_REQUEST: usize = 1024 * 1024;

/// Vendors that serve until this is dropped.
#[derive(Debug)]
pub(super) struct Served {
    address: SocketAddr,
    vendors: Arc<Mutex<Vendors>>,
    serving: AbortHandle,
}

impl Served {
    /// Begins to serve.
    pub(super) async fn open(
        vendors: Vendors,
        listen: SocketAddr,
        pace: Pace,
    ) -> Result<Self, Failure> {
        let taken = |error: io::Error| {
            let what = format!("the vendors cannot be served: {error}");
            Failure::new(Exit::AlreadyExists, what)
                .at(listen.to_string())
                .remedy("choose another address with --listen")
        };
        let listener = TcpListener::bind(listen).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let vendors = Arc::new(Mutex::new(vendors));
        let serving = tokio::spawn(serve(listener, Arc::clone(&vendors), pace)).abort_handle();
        Ok(Self {
            address,
            vendors,
            serving,
        })
    }

    /// Returns the URL of one vendor.
    pub(super) fn url(&self, vendor: &str) -> String {
        format!("http://{}/{vendor}", self.address)
    }

    /// Looks at the vendors.
    pub(super) fn vendors(&self) -> MutexGuard<'_, Vendors> {
        locked(&self.vendors)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn locked(vendors: &Mutex<Vendors>) -> MutexGuard<'_, Vendors> {
    vendors.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, vendors: Arc<Mutex<Vendors>>, pace: Pace) {
    // A socket that cannot be accepted is gone already.
    while let Ok(stream) = listener.accept().await.map(|(stream, _)| stream) {
        let vendors = Arc::clone(&vendors);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, &vendors, pace));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // It breaks when a vendor hangs up, as is meant.
            let _ = connection.await;
        });
    }
}

type Body = BoxBody<Bytes, io::Error>;

/// Answers one request; an error closes the connection without an answer.
async fn answer(
    request: HttpRequest<Incoming>,
    vendors: &Mutex<Vendors>,
    pace: Pace,
) -> io::Result<Response<Body>> {
    let request = read(request).await?;
    let now = pace.now();
    let answer = locked(vendors).answer(&request, now);
    match answer.trouble {
        Some(Trouble::Silent(span)) => {
            tokio::time::sleep(pace.until(now + span)).await;
            Err(io::Error::other("the vendor does not answer"))
        }
        Some(Trouble::Slow(span)) => {
            tokio::time::sleep(pace.until(now + span)).await;
            written(answer)
        }
        _ => written(answer),
    }
}

async fn read(request: HttpRequest<Incoming>) -> io::Result<Request> {
    let (head, body) = request.into_parts();
    let body = http_body_util::Limited::new(body, LARGEST_REQUEST);
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let header = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    };
    Ok(Request {
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(header).collect(),
        body: body.to_vec(),
    })
}

fn written(answer: Answer) -> io::Result<Response<Body>> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    let whole = Bytes::from(answer.body);
    let never = |never: Infallible| match never {};
    let body = match answer.trouble {
        Some(Trouble::Cut(bytes)) => {
            response = response.header("content-length", whole.len());
            let part = Ok(Frame::data(whole.slice(..bytes.min(whole.len()))));
            let end = Err(io::Error::other("the cable is cut"));
            StreamBody::new(stream::iter([part, end])).boxed()
        }
        _ => Full::new(whole).map_err(never).boxed(),
    };
    response.body(body).map_err(io::Error::other)
}
