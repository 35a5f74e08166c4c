//! Signatures, made and checked as AWS does: by signing once more.

use std::time::SystemTime;

use aws_sdk_dynamodb::{
    config::Credentials,
    primitives::{DateTime, DateTimeFormat},
};
use aws_sigv4::{
    http_request::{PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use axum::{body::Bytes, http::HeaderMap};
use http::{HeaderName, HeaderValue, Request};

/// Whom the gate knows.
pub(crate) const KEY: (&str, &str) = ("AKIDTEST", "secret of the tests");
/// Where the gate is.
pub(crate) const REGION: &str = "eu-north-1";

/// Who signs, and how.
#[derive(Clone, Copy)]
pub(crate) struct Signer {
    pub(crate) secret: &'static str,
    pub(crate) service: &'static str,
    /// Whether the body's hash is told, too.
    pub(crate) tells_hash: bool,
}

/// As OpenSearch Serverless wants it.
pub(crate) const SERVERLESS: Signer = Signer { secret: KEY.1, service: "aoss", tells_hash: true };

impl Signer {
    /// Signs a request to a host: what is to be added to its headers.
    pub(crate) fn sign(self, host: &str, request: &Request<Bytes>, at: SystemTime) -> HeaderMap {
        let identity = Credentials::new(KEY.0, self.secret, None, None, "tests").into();
        let mut settings = SigningSettings::default();
        if self.tells_hash {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(self.service)
            .time(at)
            .settings(settings)
            .build()
            .unwrap();
        let uri = format!("http://{host}{}", request.uri().path_and_query().unwrap());
        let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let body = SignableBody::Bytes(request.body());
        let signable = SignableRequest::new(request.method().as_str(), uri, headers, body).unwrap();
        let (instructions, _) = sign(signable, &params.into()).unwrap().into_parts();
        let headers = instructions.headers();
        headers.map(|(name, value)| (header(name), HeaderValue::from_str(value).unwrap())).collect()
    }
}

/// Why a request is not let in.
pub(crate) fn refused(request: &Request<Bytes>) -> Result<(), &'static str> {
    let headers = request.headers();
    let told = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(authorization), Some(date), Some(host)) =
        (told("authorization"), told("x-amz-date"), told("host"))
    else {
        return Err("it is not signed");
    };
    if told("x-amz-content-sha256").is_none() {
        return Err("it does not tell the hash of its body");
    }
    let at = time(date).ok_or("it has no date")?;
    let signed = authorization.split("SignedHeaders=").nth(1).and_then(|rest| rest.split(',').next());
    let signed = signed.ok_or("it does not tell what is signed")?;

    let mut again = Request::builder().method(request.method()).uri(request.uri());
    for name in signed.split(';').filter(|name| !name.starts_with("x-amz-") && *name != "host") {
        again = again.header(name, headers.get(name).ok_or("something signed is missing")?);
    }
    let again = again.body(request.body().clone()).map_err(|_| "it is none")?;
    let expected = SERVERLESS.sign(host, &again, at);
    let is_equal = expected.iter().all(|(name, value)| headers.get(name) == Some(value));
    is_equal.then_some(()).ok_or("its signature is another one")
}

/// `20261126T101500Z`.
fn time(date: &str) -> Option<SystemTime> {
    let (day, time) = date.split_once('T')?;
    let (year, month, day) = (day.get(..4)?, day.get(4..6)?, day.get(6..)?);
    let (hour, minute, second) = (time.get(..2)?, time.get(2..4)?, time.get(4..)?);
    let text = format!("{year}-{month}-{day}T{hour}:{minute}:{second}");
    DateTime::from_str(&text, DateTimeFormat::DateTime).ok()?.try_into().ok()
}

fn header(name: &str) -> HeaderName {
    name.parse().unwrap()
}
