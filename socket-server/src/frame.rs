//! What goes out, headers included: encoded once, shared by every connection that gets it.

use bytes::{BufMut as _, Bytes, BytesMut};

use protocol::{ServerMessage, close::CloseCode, wire};

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

/// A message as one text frame.
pub(crate) fn text(message: &ServerMessage) -> Bytes {
    frame(TEXT, wire::encode(message).as_bytes())
}

/// A ping without a payload.
pub(crate) fn ping() -> Bytes {
    Bytes::from_static(&[PING, 0])
}

/// The answer to a ping, which repeats its payload.
pub(crate) fn pong(payload: &[u8]) -> Bytes {
    frame(PONG, payload)
}

/// The end of a connection, and why.
pub(crate) fn close(code: CloseCode) -> Bytes {
    frame(CLOSE, &code.0.to_be_bytes())
}

/// How many bytes of `frames`, which begins with a frame, the frame that byte `at` lies in still has after it.
pub(crate) fn rest_of_frame(frames: &[u8], at: usize) -> usize {
    let mut end = 0;
    while end < at {
        let (header, length) = header(&frames[end..]);
        end += header + length;
    }
    end - at
}

fn header(frame: &[u8]) -> (usize, usize) {
    match frame[1] {
        126 => (4, usize::from(u16::from_be_bytes([frame[2], frame[3]]))),
        127 => {
            let length = u64::from_be_bytes(frame[2..10].try_into().expect("eight bytes"));
            (10, usize::try_from(length).expect("made here, in memory"))
        }
        length => (2, usize::from(length)),
    }
}

fn frame(opcode: u8, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + 10);
    frame.put_u8(opcode);
    match payload.len() {
        n @ 0..126 => frame.put_u8(u8::try_from(n).expect("below 126")),
        n @ 126..0x1_0000 => {
            frame.put_u8(126);
            frame.put_u16(u16::try_from(n).expect("below 65,536"));
        }
        n => {
            frame.put_u8(127);
            frame.put_u64(n as u64);
        }
    }
    frame.put_slice(payload);
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_frame_is_found_among_others() {
        for length in [1, 125, 126, 65_535, 65_536] {
            let one = frame(TEXT, &vec![b'x'; length]);
            let frames = [&one[..], &ping(), &one].concat();

            assert_eq!(rest_of_frame(&frames, 0), 0);
            assert_eq!(rest_of_frame(&frames, 1), one.len() - 1);
            assert_eq!(rest_of_frame(&frames, one.len()), 0);
            assert_eq!(rest_of_frame(&frames, one.len() + 1), 1);
            assert_eq!(rest_of_frame(&frames, one.len() + 3), one.len() - 1);
        }
    }
}
