//! Which of the loaded messages are on screen, and how the scroller stays where its reader is.
//!
//! Only rows near the view exist; above and below them stand two spacers as high as the rows that are left out. A row
//! that was never on screen counts with an estimate. Whatever changes, what is in view stays, unless the reader is at
//! the end: then the end does.

use std::{collections::VecDeque, ops::RangeInclusive};

use protocol::Sequence;

/// Most rows that exist at a time.
pub const ROWS_MAX: usize = 100;
/// How high a row is thought to be before it was on screen, in pixels.
const ESTIMATE: f64 = 52.0;
/// Rows this near the view exist, in pixels.
const OVERSCAN: f64 = 800.0;
/// Whoever is this near the end is at the end, in pixels.
const END_NEAR: f64 = 24.0;
/// More is loaded when the view comes this near a loaded end, in heights of the view.
const PREFETCH: f64 = 2.0;

/// What is loaded, how high each row is, and where the view stands.
#[derive(Clone, Debug)]
pub struct Viewport {
    first: Sequence,
    /// How high each row is; none for those that were never on screen.
    heights: VecDeque<Option<f64>>,
    /// Whether new messages appear at the end of what is loaded.
    follows: bool,
    /// Where the view belongs. Rows that move take it along at once, the scroller only when it is put there.
    top: f64,
    /// Where the scroller was when it was last heard of.
    scroller: f64,
    height: f64,
    at_end: bool,
    before: f64,
    after: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            first: Sequence(1),
            heights: VecDeque::new(),
            follows: true,
            top: 0.0,
            scroller: 0.0,
            height: 800.0,
            at_end: true,
            before: 0.0,
            after: 0.0,
        }
    }
}

impl Viewport {
    /// The loaded run is this now; whether it is another. What stays in view stays where it is.
    pub fn load(&mut self, first: Sequence, n: usize, follows: bool) -> bool {
        self.follows = follows;
        if first == self.first && n == self.heights.len() {
            return false;
        }
        let anchor = self.anchor();
        let last = first.plus(n as u64);
        let kept = self.first.plus(self.heights.len() as u64);
        if n == 0 || first >= kept || last <= self.first {
            self.heights = std::iter::repeat_n(None, n).collect();
        } else {
            for _ in 0..first.since(self.first) {
                self.heights.pop_front();
            }
            for _ in 0..self.first.since(first) {
                self.heights.push_front(None);
            }
            self.heights.resize(n, None);
        }
        self.first = first;
        self.return_to(anchor);
        true
    }

    /// The scroller is found at `top`, showing `height` pixels: nobody has placed it yet.
    pub fn found(&mut self, top: f64, height: f64) {
        (self.top, self.scroller, self.height) = (top, top, height);
        self.at_end = self.follows && self.shows_end();
    }

    /// The reader has moved the scroller to `top`. It shows `height` pixels, and below them lie `rest` more.
    ///
    /// Rows may have come or grown since it was last placed. So what counts is by how much it moved; and who was at the
    /// end leaves it by going up, not because the end has gone further down.
    pub fn scrolled(&mut self, top: f64, height: f64, rest: f64) {
        let by = top - self.scroller;
        self.scroller = top;
        self.top += by;
        self.height = height;
        let stays = self.at_end && (by >= 0.0 || rest < END_NEAR);
        self.at_end = stays || (self.follows && self.shows_end());
    }

    /// The scroller was put where it belongs and is at `top` now, as near as it could get.
    pub fn placed(&mut self, top: f64) {
        self.scroller = top;
        // Less than a pixel is only rounded away: kept, it does not add up.
        if self.at_end || (self.top - top).abs() > 1.0 {
            self.top = top;
        }
    }

    /// The scroller shows `height` pixels now. Whoever is at the end stays there.
    pub fn resized(&mut self, height: f64) {
        self.height = height;
    }

    /// What stands above and below the rows, as the head of the room and drafts, is this high.
    pub fn around_rows(&mut self, before: f64, after: f64) {
        let anchor = self.anchor();
        (self.before, self.after) = (before, after);
        self.return_to(anchor);
    }

    /// Rows are this high. What stays in view stays where it is.
    pub fn measured(&mut self, rows: impl IntoIterator<Item = (Sequence, f64)>) {
        let anchor = self.anchor();
        for (sequence, height) in rows {
            if let Some(known) = self.index(sequence).and_then(|at| self.heights.get_mut(at)) {
                *known = Some(height);
            }
        }
        self.return_to(anchor);
    }

    /// Brings a loaded row to the upper third of the view.
    pub fn bring(&mut self, sequence: Sequence) {
        if let Some(at) = self.index(sequence) {
            self.at_end = false;
            self.top = (self.top_of(at) - self.height / 3.0).max(0.0);
        }
    }

    /// What was brought into view is where it belongs, among rows that are measured. Whoever sees the end is there.
    pub fn brought(&mut self) {
        self.at_end = self.follows && self.shows_end();
    }

    /// Goes to the end and stays there.
    pub fn go_to_end(&mut self) {
        self.at_end = true;
    }

    /// Whether the reader is at the end of what is loaded.
    pub fn is_at_end(&self) -> bool {
        self.at_end
    }

    /// Where the scroller belongs; none means at its very end.
    pub fn scroll_top(&self) -> Option<f64> {
        (!self.at_end).then_some(self.top)
    }

    /// The rows that exist: those near the view, all loaded if there are few.
    pub fn window(&self) -> Option<RangeInclusive<Sequence>> {
        let n = self.heights.len();
        if n == 0 {
            return None;
        }
        let (from, upto) = match self.at_end {
            true => self.around_end(),
            false => self.around_top(),
        };
        Some(self.first.plus(from as u64)..=self.first.plus(upto as u64))
    }

    /// How high the spacers above and below the rows of a window are.
    pub fn spacers(&self, window: &RangeInclusive<Sequence>) -> (f64, f64) {
        let from = self.index(*window.start()).unwrap_or(0);
        let upto = self.index(*window.end()).map_or(self.heights.len(), |at| at + 1);
        (sum(self.heights.range(..from)), sum(self.heights.range(upto..)))
    }

    /// Whether older messages should be loaded, if there are any.
    pub fn is_near_first(&self) -> bool {
        !self.at_end_of_little() && self.top - self.before < PREFETCH * self.height
    }

    /// Whether newer messages should be loaded, if there are any.
    pub fn is_near_last(&self) -> bool {
        self.at_end || self.before + self.total() - self.top - self.height < PREFETCH * self.height
    }

    /// The row at the top of the view.
    pub fn first_seen(&self) -> Sequence {
        self.first.plus(self.at(self.seen_top()) as u64)
    }

    fn seen_top(&self) -> f64 {
        match self.at_end {
            true => (self.before + self.total() - self.height).max(0.0),
            false => self.top,
        }
    }

    fn shows_end(&self) -> bool {
        self.top + self.height >= self.before + self.total() + self.after - END_NEAR
    }

    fn at_end_of_little(&self) -> bool {
        self.at_end && self.total() > (PREFETCH + 1.0) * self.height
    }

    fn around_top(&self) -> (usize, usize) {
        let from = self.at(self.top - OVERSCAN);
        let upto = self.at(self.top + self.height + OVERSCAN);
        (from, upto.min(from + ROWS_MAX - 1))
    }

    fn around_end(&self) -> (usize, usize) {
        let upto = self.heights.len() - 1;
        let from = self.at(self.before + self.total() - self.height - OVERSCAN);
        (from.max((upto + 1).saturating_sub(ROWS_MAX)), upto)
    }

    /// What stays where it is: the lower edge of the first row in view that has been on screen before. Above it there
    /// may be rows that nobody has seen, and its own upper part may change, as when it begins a day no longer.
    fn anchor(&self) -> Option<(Sequence, f64)> {
        let from = self.at(self.top);
        let mut upper = self.top_of(from);
        let in_view = self.heights.range(from..).take_while(|height| {
            let is_in_view = upper < self.top + self.height;
            upper += pixels(**height);
            is_in_view
        });
        let at = from + in_view.enumerate().find_map(|(at, height)| height.map(|_| at)).unwrap_or(0);
        let height = self.heights.get(at)?;
        Some((self.first.plus(at as u64), self.top - self.top_of(at) - pixels(*height)))
    }

    fn return_to(&mut self, anchor: Option<(Sequence, f64)>) {
        if let Some((sequence, offset)) = anchor
            && let Some(at) = self.index(sequence)
        {
            self.top = self.top_of(at + 1) + offset;
        }
    }

    fn index(&self, sequence: Sequence) -> Option<usize> {
        let at = usize::try_from(sequence.0.checked_sub(self.first.0)?).ok()?;
        (at < self.heights.len()).then_some(at)
    }

    /// The row at a place, the nearest if there is none.
    fn at(&self, y: f64) -> usize {
        let mut bottom = self.before;
        for (at, height) in self.heights.iter().enumerate() {
            bottom += pixels(*height);
            if bottom > y {
                return at;
            }
        }
        self.heights.len().saturating_sub(1)
    }

    fn top_of(&self, at: usize) -> f64 {
        self.before + sum(self.heights.range(..at))
    }

    fn total(&self) -> f64 {
        sum(self.heights.iter())
    }
}

fn pixels(height: Option<f64>) -> f64 {
    height.unwrap_or(ESTIMATE)
}

fn sum<'a>(heights: impl Iterator<Item = &'a Option<f64>>) -> f64 {
    heights.map(|height| pixels(*height)).sum()
}

#[cfg(test)]
mod tests;
