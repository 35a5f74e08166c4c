//! A question by HTTP, over a connection of its own; also in the words of AWS's services.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends a request, which asks for the connection to be closed, and reads the answer.
///
/// # Errors
/// When nobody answers in time.
pub(crate) fn ask_http(address: impl Into<SocketAddr>, request: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address.into())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// A service of AWS that something stands in for on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aws {
    DynamoDb,
    Sqs,
}

/// Asks a stand-in for a service to do something, and returns what it answers. Nobody checks the signature, but there must
/// be one: moto knows by it which service is meant.
///
/// # Errors
/// When it does not do it.
pub(crate) fn ask_aws(port: u16, service: Aws, what: &str, body: &Value) -> Result<Value> {
    let (name, target) = match service {
        Aws::DynamoDb => ("dynamodb", "DynamoDB_20120810"),
        Aws::Sqs => ("sqs", "AmazonSQS"),
    };
    let body = body.to_string();
    let answer = ask_http(
        (Ipv4Addr::LOCALHOST, port),
        &format!(
            "POST / HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: {target}.{what}\r\n{}\r\nContent-Length: {}\r\n\r\n{body}",
            signed_by_anybody(name),
            body.len()
        ),
    )?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without an end")?;
    ensure!(head.split(' ').nth(1) == Some("200"), "{what} is answered with {answer}");
    serde_json::from_str(body).with_context(|| format!("{what} is answered with {answer}"))
}

/// The header that tells a stand-in for AWS which of its services is asked; it checks no signature.
pub(crate) fn signed_by_anybody(service: &str) -> String {
    format!(
        "Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=0"
    )
}
