//! What no index takes, in a queue of SQS.

use std::{fmt, str::FromStr, time::Duration};

use aws_sdk_sqs::Client;
use chat::ports::{DeadLetters, Letter, Opened, Unavailable};
use reqwest::Url;

use crate::account::{self, Patience};

const PATIENCE: Patience =
    Patience { attempt: Duration::from_secs(4), answer: Duration::from_secs(10), attempts: 3 };
/// Letters that are taken at once. Source: SQS gives no more.
const AT_ONCE: i32 = 10;
/// Who takes a letter has it for so long.
const KEPT_FOR: Duration = Duration::from_mins(15);
/// A queue is many machines, and who does not wait asks some of them.
const WAIT: Duration = Duration::from_secs(1);

/// The dead letters in a queue: a handle, cheap to clone.
#[derive(Clone)]
pub struct SqsLetters {
    client: Client,
    url: QueueUrl,
}

/// A queue's URL: `https://sqs.…/…/…`, or with `http://` that of a stand-in, which takes any credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueUrl(Url);

/// An address that is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a queue's URL, as `https://sqs.eu-north-1.amazonaws.com/123456789012/letters`")]
pub struct QueueUrlError;

impl SqsLetters {
    /// Finds credentials and the region as AWS's own tools do, without asking SQS anything.
    pub async fn connect(url: &QueueUrl) -> Self {
        let mut loader = account::patient(&PATIENCE).endpoint_url(url.0.origin().ascii_serialization());
        if url.0.scheme() == "http" {
            // Stand-ins know the regions that there are.
            loader = account::of_stand_in(loader, "us-east-1");
        }
        Self { client: Client::new(&loader.load().await), url: url.clone() }
    }
}

impl DeadLetters for SqsLetters {
    async fn send(&self, letter: &Letter) -> Result<(), Unavailable> {
        let body = serde_json::to_string(letter).expect("a letter is plain data");
        let send = self.client.send_message().queue_url(self.url.to_string()).message_body(body);
        send.send().await.map(drop).map_err(|error| Unavailable::new("dead letters while sending one", error))
    }

    async fn open(&self) -> Result<Vec<Opened>, Unavailable> {
        let receive = self
            .client
            .receive_message()
            .queue_url(self.url.to_string())
            .max_number_of_messages(AT_ONCE)
            .visibility_timeout(seconds(KEPT_FOR))
            .wait_time_seconds(seconds(WAIT));
        let received = receive.send().await;
        let received =
            received.map_err(|error| Unavailable::new("dead letters while opening some", error))?;
        let opened = received.messages.unwrap_or_default().into_iter().map(|message| Opened {
            letter: message.body.and_then(|body| serde_json::from_str(&body).ok()),
            receipt: message.receipt_handle.unwrap_or_default(),
        });
        Ok(opened.collect())
    }

    async fn discard(&self, opened: &Opened) -> Result<(), Unavailable> {
        let delete = self.client.delete_message().queue_url(self.url.to_string());
        let deleted = delete.receipt_handle(&opened.receipt).send().await;
        deleted.map(drop).map_err(|error| Unavailable::new("dead letters while discarding one", error))
    }

    async fn put_back(&self, opened: &Opened) -> Result<(), Unavailable> {
        let change = self.client.change_message_visibility().queue_url(self.url.to_string());
        let change = change.receipt_handle(&opened.receipt).visibility_timeout(0);
        let changed = change.send().await;
        changed.map(drop).map_err(|error| Unavailable::new("dead letters while putting one back", error))
    }
}

impl FromStr for QueueUrl {
    type Err = QueueUrlError;

    fn from_str(text: &str) -> Result<Self, QueueUrlError> {
        let url: Url = text.parse().map_err(|_| QueueUrlError)?;
        let is_whole = matches!(url.scheme(), "http" | "https") && url.has_host() && url.path().len() > 1;
        let is_bare = url.username().is_empty() && url.password().is_none();
        (is_whole && is_bare && url.query().is_none() && url.fragment().is_none())
            .then_some(Self(url))
            .ok_or(QueueUrlError)
    }
}

impl fmt::Display for QueueUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for SqsLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqsLetters({})", self.url)
    }
}

fn seconds(time: Duration) -> i32 {
    i32::try_from(time.as_secs()).expect("it is less than a day")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_has_an_address_with_a_path() {
        for url in ["https://sqs.eu-north-1.amazonaws.com/123456789012/letters", "http://127.0.0.1:5000/1/a"]
        {
            assert_eq!(url.parse::<QueueUrl>().unwrap().to_string(), url);
        }
        for bad in
            ["", "letters", "https://sqs.example", "ftp://a/b", "https://me:secret@a/b", "https://a/b?c"]
        {
            assert_eq!(bad.parse::<QueueUrl>(), Err(QueueUrlError), "{bad}");
        }
    }
}
