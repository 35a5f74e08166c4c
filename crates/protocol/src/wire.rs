//! Messages as text. The one place that knows that the format is JSON.

use serde::{Serialize, de::DeserializeOwned};

use crate::{ClientMessage, Refusal, ServerMessage};

/// The WebSocket subprotocol that this crate speaks.
pub const SUBPROTOCOL: &str = "hubbub.v1.json";
/// What every version's subprotocol begins with: how a client of another version is told from a stranger.
pub const SUBPROTOCOL_FAMILY: &str = "hubbub.";

/// Reads what a client said.
///
/// # Errors
/// The [`Refusal`] of the field that is out of its limits, or [`Refusal::BadFrame`].
pub fn decode_client(text: &str) -> Result<ClientMessage, Refusal> {
    decode(text)
}

/// Reads what the server said.
///
/// # Errors
/// As [`decode_client`]: a client that meets one has an older page than the server's.
pub fn decode_server(text: &str) -> Result<ServerMessage, Refusal> {
    decode(text)
}

/// Writes a message.
pub fn encode(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("wire types have string keys and no failing serializer")
}

/// An error that begins as a refusal is one, see [`ThroughSerde`](crate::refusal::ThroughSerde).
fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    serde_json::from_str(text).map_err(|error| {
        let detail = error.to_string();
        let mut refusals = serde_json::Deserializer::from_str(&detail).into_iter::<Refusal>();
        match refusals.next() {
            Some(Ok(refusal)) => refusal,
            _ => Refusal::BadFrame { detail },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Field, limits};

    #[test]
    fn a_text_over_the_limit_is_refused_by_field_and_limit() {
        let text = "x".repeat(limits::TEXT_MAX + 1);
        let frame = format!(r#"{{"type":"send","room":"general","nonce":"n1","since":0,"text":"{text}"}}"#);

        assert_eq!(
            decode_client(&frame),
            Err(Refusal::TooLong { field: Field::Text, limit: limits::TEXT_MAX })
        );
    }

    #[test]
    fn nonsense_is_refused_with_what_is_wrong() {
        for (frame, says) in [
            ("{", "EOF"),
            (r#"{"type":"fly"}"#, "unknown variant `fly`"),
            (r#"{"type":"close"}"#, "missing field `room`"),
            (r#"{"type":"close","room":"general","extra":1}"#, "unknown field `extra`"),
            (r#"{"type":"read","room":"general","upto":"7"}"#, "expected u64"),
        ] {
            let Err(Refusal::BadFrame { detail }) = decode_client(frame) else { panic!("{frame} was read") };
            assert!(detail.contains(says), "{frame}: {detail}");
        }
    }

    #[test]
    fn what_the_server_says_is_read_whole_and_by_its_type() {
        for (frame, says) in [
            (r#"{"type":"sent","room":"general","sequence":1,"at":1}"#, "missing field `nonce`"),
            (r#"{"room":"general"}"#, "missing field `type`"),
            (r#"{"type":"sing","room":"general"}"#, "unknown variant `sing`"),
            (r#"{"type":"refused","refusal":{"code":"too_long","field":"text"}}"#, "missing field `limit`"),
        ] {
            let Err(Refusal::BadFrame { detail }) = decode_server(frame) else { panic!("{frame} was read") };
            assert!(detail.contains(says), "{frame}: {detail}");
        }
        let newer = r#"{"type":"resync","reason":"of a newer server","room":"general"}"#;
        assert_eq!(decode_server(newer), Ok(ServerMessage::Resync));
    }
}
