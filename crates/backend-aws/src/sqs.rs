//! What no index takes, and notices of what nobody gave it, in queues of SQS.

use std::{
    fmt,
    str::FromStr,
    time::{Duration, Instant},
};

use aws_sdk_sqs::{
    Client,
    types::{Message, MessageSystemAttributeName},
};
use chat::ports::{DeadLetters, Letter, Opened, Unavailable};
use protocol::Timestamp;
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
pub struct SqsLetters(Queue);

/// Notices of batches that a stream gave up, in a queue: a handle, cheap to clone.
#[derive(Clone)]
pub struct SqsNotices(Queue);

/// What became of notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// They are thrown away.
    pub n_forgotten: usize,
    /// They came later, and are left.
    pub n_left: usize,
}

/// A queue.
#[derive(Clone)]
struct Queue {
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
        Self(Queue::connect(url).await)
    }
}

impl DeadLetters for SqsLetters {
    async fn send(&self, letter: &Letter) -> Result<(), Unavailable> {
        let body = serde_json::to_string(letter).expect("a letter is plain data");
        let send = self.0.client.send_message().queue_url(self.0.url.to_string()).message_body(body);
        send.send().await.map(drop).map_err(|error| Unavailable::new("dead letters while sending one", error))
    }

    async fn open(&self) -> Result<Vec<Opened>, Unavailable> {
        let taken = self.0.take("dead letters while opening some").await?;
        let opened = taken.into_iter().map(|message| Opened {
            letter: message.body.and_then(|body| serde_json::from_str(&body).ok()),
            receipt: message.receipt_handle.unwrap_or_default(),
        });
        Ok(opened.collect())
    }

    async fn discard(&self, opened: &Opened) -> Result<(), Unavailable> {
        self.0.delete(&opened.receipt, "dead letters while discarding one").await
    }

    async fn put_back(&self, opened: &Opened) -> Result<(), Unavailable> {
        self.0.put_back(&opened.receipt, "dead letters while putting one back").await
    }
}

impl SqsNotices {
    /// Finds credentials and the region as AWS's own tools do, without asking SQS anything.
    pub async fn connect(url: &QueueUrl) -> Self {
        Self(Queue::connect(url).await)
    }

    /// Throws away those that came before a moment, and leaves others. It ends while it still has those that it has taken,
    /// however many come.
    ///
    /// # Errors
    /// [`Unavailable`]; what was not dealt with by then is there again after a while.
    pub async fn forget(&self, before: Timestamp) -> Result<Forgotten, Unavailable> {
        let what = "notices of batches that were passed over";
        let (mut n_forgotten, mut left) = (0, Vec::new());
        let until = Instant::now() + KEPT_FOR / 2;
        while Instant::now() < until {
            let taken = self.0.take(what).await?;
            if taken.is_empty() {
                break;
            }
            for message in taken {
                // One that does not say when it came is left, too.
                let is_older = came_at(&message).is_some_and(|at| at < before);
                let receipt = message.receipt_handle.unwrap_or_default();
                if is_older {
                    self.0.delete(&receipt, what).await?;
                    n_forgotten += 1;
                } else {
                    // Put back now it would be taken again.
                    left.push(receipt);
                }
            }
        }
        for receipt in &left {
            self.0.put_back(receipt, what).await?;
        }
        Ok(Forgotten { n_forgotten, n_left: left.len() })
    }
}

fn came_at(message: &Message) -> Option<Timestamp> {
    let sent = message.attributes.as_ref()?.get(&MessageSystemAttributeName::SentTimestamp)?;
    sent.parse().ok().map(Timestamp)
}

impl Queue {
    async fn connect(url: &QueueUrl) -> Self {
        let mut loader = account::patient(&PATIENCE).endpoint_url(url.0.origin().ascii_serialization());
        if url.0.scheme() == "http" {
            // Stand-ins know the regions that there are.
            loader = account::of_stand_in(loader, "us-east-1");
        }
        Self { client: Client::new(&loader.load().await), url: url.clone() }
    }

    /// Takes some of what is there; nothing where there is no more.
    async fn take(&self, what: &'static str) -> Result<Vec<Message>, Unavailable> {
        let receive = self
            .client
            .receive_message()
            .queue_url(self.url.to_string())
            .max_number_of_messages(AT_ONCE)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .visibility_timeout(seconds(KEPT_FOR))
            .wait_time_seconds(seconds(WAIT));
        let received = receive.send().await.map_err(|error| Unavailable::new(what, error))?;
        Ok(received.messages.unwrap_or_default())
    }

    async fn delete(&self, receipt: &str, what: &'static str) -> Result<(), Unavailable> {
        let delete = self.client.delete_message().queue_url(self.url.to_string());
        let deleted = delete.receipt_handle(receipt).send().await;
        deleted.map(drop).map_err(|error| Unavailable::new(what, error))
    }

    async fn put_back(&self, receipt: &str, what: &'static str) -> Result<(), Unavailable> {
        let change = self.client.change_message_visibility().queue_url(self.url.to_string());
        let changed = change.receipt_handle(receipt).visibility_timeout(0).send().await;
        changed.map(drop).map_err(|error| Unavailable::new(what, error))
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
        write!(f, "SqsLetters({})", self.0.url)
    }
}

impl fmt::Debug for SqsNotices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqsNotices({})", self.0.url)
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
