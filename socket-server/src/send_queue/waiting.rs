//! What the kernel has not taken yet.

use std::{collections::VecDeque, io::IoSlice};

use bytes::Bytes;

use crate::frame;

/// Most pieces written at once.
const SLICES_MAX: usize = 64;

/// Frames in their order, of which the first may be out in part.
#[derive(Default)]
pub(super) struct Waiting {
    pieces: VecDeque<Piece>,
    bytes: usize,
}

/// Whole frames, of which the first `written` bytes are out.
struct Piece {
    frames: Bytes,
    written: usize,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// How many bytes are still to be written.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts whole frames behind the others; the first `written` bytes are out.
    pub(super) fn put(&mut self, frames: Bytes, written: usize) {
        self.bytes += frames.len() - written;
        self.pieces.push_back(Piece { frames, written });
    }

    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.bytes = 0;
    }

    /// Drops all but the rest of a frame that is begun.
    pub(super) fn shed(&mut self) {
        let begun = self.pieces.pop_front().filter(|piece| piece.written > 0);
        self.clear();
        if let Some(Piece { frames, written }) = begun {
            let end = written + frame::rest_of_frame(&frames, written);
            if end > written {
                self.put(frames.slice(..end), written);
            }
        }
    }

    /// What is to be written next.
    pub(super) fn slices(&self) -> Vec<IoSlice<'_>> {
        let pieces = self.pieces.iter().take(SLICES_MAX);
        pieces.map(|piece| IoSlice::new(&piece.frames[piece.written..])).collect()
    }

    /// So many bytes are out.
    pub(super) fn wrote(&mut self, mut n: usize) {
        self.bytes -= n;
        while n > 0 {
            let piece = self.pieces.front_mut().expect("only what waits is written");
            let rest = piece.frames.len() - piece.written;
            if n < rest {
                piece.written += n;
                return;
            }
            n -= rest;
            self.pieces.pop_front();
        }
    }
}
