//! A look at the frame headers as they pass, before the codec sees them: it checks neither the mask nor, before it has
//! read them, the lengths of control frames. Also tells where frames end, so that an idle connection needs no buffer.

use protocol::{close::CloseCode, limits};

/// Follows the frames of one client.
#[derive(Debug, Default)]
pub(super) struct Scan {
    header: [u8; 10],
    n_header: usize,
    /// Bytes of the mask and the payload still to come.
    rest: u64,
    n_frames: u64,
}

impl Scan {
    /// Bytes have come.
    ///
    /// # Errors
    /// The close code for what no client may send.
    pub(super) fn pass(&mut self, mut bytes: &[u8]) -> Result<(), CloseCode> {
        while !bytes.is_empty() {
            if self.rest > 0 {
                let n = bytes.len().min(usize::try_from(self.rest).unwrap_or(usize::MAX));
                bytes = &bytes[n..];
                self.rest -= n as u64;
                if self.rest == 0 {
                    self.n_frames += 1;
                }
                continue;
            }
            self.header[self.n_header] = bytes[0];
            self.n_header += 1;
            bytes = &bytes[1..];
            if let Some(length) = self.length()? {
                self.n_header = 0;
                self.rest = length + 4; // The mask.
            }
        }
        Ok(())
    }

    /// How many frames are through, if none is under way.
    pub(super) fn frames_between(&self) -> Option<u64> {
        (self.n_header == 0 && self.rest == 0).then_some(self.n_frames)
    }

    /// The length of the payload, once the header is whole.
    fn length(&self) -> Result<Option<u64>, CloseCode> {
        let header = &self.header[..self.n_header];
        let [first, second, ..] = *header else { return Ok(None) };
        let is_control = first & 0x08 != 0;
        if second & 0x80 == 0 {
            return Err(CloseCode::PROTOCOL);
        }
        let length = match (second & 0x7F, header.len()) {
            (126, 4) => u64::from(u16::from_be_bytes([header[2], header[3]])),
            (127, 10) => u64::from_be_bytes(header[2..10].try_into().expect("eight bytes")),
            (126 | 127, _) if is_control => return Err(CloseCode::PROTOCOL),
            (126 | 127, _) => return Ok(None),
            (length, _) => u64::from(length),
        };
        match length {
            length if length > limits::FRAME_MAX_BYTES as u64 => Err(CloseCode::TOO_BIG),
            length => Ok(Some(length)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_followed_wherever_reads_end() {
        let frames = [masked(0x81, 5), masked(0x89, 0), masked(0x81, 300), masked(0x81, 65_536)].concat();
        for cut in [1, 2, 3, 7, 100, frames.len() - 1] {
            let mut scan = Scan::default();
            for bytes in frames.chunks(cut) {
                scan.pass(bytes).unwrap();
            }
            assert_eq!(scan.frames_between(), Some(4), "cut at {cut}");
        }
    }

    #[test]
    fn between_frames_is_only_where_one_ends() {
        let mut scan = Scan::default();
        let frame = masked(0x81, 5);

        scan.pass(&frame[..3]).unwrap();
        assert_eq!(scan.frames_between(), None);
        scan.pass(&frame[3..]).unwrap();
        assert_eq!(scan.frames_between(), Some(1));
    }

    #[test]
    fn what_no_client_may_send_ends_the_connection() {
        let check = |bytes: &[u8], code| assert_eq!(Scan::default().pass(bytes), Err(code), "{bytes:?}");

        check(&[0x81, 0x05], CloseCode::PROTOCOL);
        check(&[0x89, 0xFE], CloseCode::PROTOCOL);
        check(&[0x88, 0xFF], CloseCode::PROTOCOL);
        check(&[0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 1], CloseCode::TOO_BIG);
        check(&[0x81, 0xFF, 255, 255, 255, 255, 255, 255, 255, 255], CloseCode::TOO_BIG);
    }

    fn masked(opcode: u8, length: usize) -> Vec<u8> {
        let mut frame = vec![opcode];
        match length {
            n @ 0..126 => frame.push(0x80 | u8::try_from(n).unwrap()),
            n @ 126..0x1_0000 => {
                frame.push(0xFE);
                frame.extend(u16::try_from(n).unwrap().to_be_bytes());
            }
            n => {
                frame.push(0xFF);
                frame.extend((n as u64).to_be_bytes());
            }
        }
        frame.extend(vec![0; length + 4]);
        frame
    }
}
