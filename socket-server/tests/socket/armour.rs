//! What breaks the WebSocket protocol gets its close code, and costs nobody anything.

use protocol::limits;

use crate::{
    node::{Node, general},
    raw::{Raw, header, masked},
};

const TEXT: u8 = 0x81;
const TEXT_BEGUN: u8 = 0x01;
const CONTINUED: u8 = 0x00;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;

/// Sends `bytes` on a new connection; it is closed with `code`, cleanly, and others talk on.
async fn check(bytes: &[u8], code: u16) {
    let node = Node::start().await;
    let member = node.member("Mallory").await;
    let mut other = node.client("Ada").await;
    let mut raw = Raw::upgraded(node.addr, &member).await;

    raw.write(bytes).await;

    assert_eq!(raw.closed().await, code, "{:?}", &bytes[..bytes.len().min(16)]);
    other.send(&general(), "still here").await;
}

#[tokio::test]
async fn a_frame_without_a_mask_ends_the_connection() {
    check(&[TEXT, 2, b'{', b'}'], 1002).await;
}

#[tokio::test]
async fn reserved_bits_end_the_connection() {
    for bit in [0x40, 0x20, 0x10] {
        check(&masked(TEXT | bit, b"{}"), 1002).await;
    }
}

#[tokio::test]
async fn reserved_opcodes_end_the_connection() {
    check(&masked(0x83, b"{}"), 1002).await;
    check(&masked(0x8B, b""), 1002).await;
}

#[tokio::test]
async fn a_control_frame_in_pieces_or_too_long_ends_the_connection() {
    check(&masked(0x09, b"x"), 1002).await;
    check(&masked(PING, &[b'x'; 126]), 1002).await;
}

#[tokio::test]
async fn a_continuation_of_nothing_and_a_beginning_within_end_the_connection() {
    check(&masked(0x80, b"{}"), 1002).await;
    check(&[masked(TEXT_BEGUN, b"{"), masked(TEXT, b"{}")].concat(), 1002).await;
}

#[tokio::test]
async fn bytes_that_are_no_text_end_the_connection() {
    check(&masked(TEXT, &[b'{', 0xFF, b'}']), 1007).await;
    check(&masked(BINARY, b"{}"), 1003).await;
}

#[tokio::test]
async fn a_message_over_the_limit_ends_the_connection() {
    let half = vec![b'x'; limits::FRAME_MAX_BYTES / 2 + 1];

    check(&masked(TEXT, &vec![b'x'; limits::FRAME_MAX_BYTES + 1]), 1009).await;
    check(&[masked(TEXT_BEGUN, &half), masked(CONTINUED, &half)].concat(), 1009).await;
}

#[tokio::test]
async fn more_pieces_than_a_message_has_end_the_connection() {
    check(&[masked(TEXT_BEGUN, b""), masked(CONTINUED, b"").repeat(2_000)].concat(), 1009).await;
}

#[tokio::test]
async fn a_length_past_all_reason_is_not_waited_for() {
    for length in [u64::MAX, 1 << 62, 1 << 32] {
        check(&header(TEXT, length), 1009).await;
    }
}

#[tokio::test]
async fn closing_with_what_is_no_code_is_an_error_of_the_protocol() {
    check(&masked(CLOSE, &[3]), 1002).await;
    check(&masked(CLOSE, &1005_u16.to_be_bytes()), 1002).await;
    check(&masked(CLOSE, &[3, 232, 0xFF]), 1007).await;
}

#[tokio::test]
async fn a_close_is_answered() {
    check(&masked(CLOSE, &1000_u16.to_be_bytes()), 1000).await;
    check(&masked(CLOSE, b""), 1000).await;
}

#[tokio::test]
async fn no_reset_overtakes_the_close_frame() {
    let node = Node::start().await;
    let member = node.member("Mallory").await;
    let mut raw = Raw::upgraded(node.addr, &member).await;

    raw.write(&[masked(TEXT | 0x40, b"{}"), masked(TEXT, &vec![b'x'; 60_000])].concat()).await;
    assert_eq!(raw.closed().await, 1002);

    // To one that is closed for good the first of these is answered by a reset, and the second fails.
    raw.write(&masked(TEXT, b"{}")).await;
    raw.write(&masked(TEXT, b"{}")).await;
}

#[tokio::test]
async fn a_message_at_the_limit_in_many_pieces_is_read() {
    let node = Node::start().await;
    let member = node.member("Ada").await;
    let mut raw = Raw::upgraded(node.addr, &member).await;
    let browse = br#"{"type":"browse","request":1}"#;
    let padding = vec![b' '; limits::FRAME_MAX_BYTES - browse.len()];
    let (begun, rest) = browse.split_at(5);

    raw.write(&masked(TEXT_BEGUN, begun)).await;
    raw.write(&masked(PING, b"between")).await;
    raw.write(&masked(CONTINUED, rest)).await;
    raw.write(&masked(0x80, &padding)).await;

    assert_eq!(raw.frame_of(0x8A).await, b"between");
    while !raw.frame_of(TEXT).await.starts_with(br#"{"type":"rooms""#) {}
}
