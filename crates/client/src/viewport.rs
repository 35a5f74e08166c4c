//! Which of the loaded messages are on screen, and how the scroller stays where its reader is.
//!
//! Only rows near the view exist; above and below them stand two spacers as high as the rows that are left out. A row
//! that was never on screen counts with an estimate. Whatever changes, the row at the top of the view is what stays,
//! unless the reader is at the end: then the end is.

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
    heights: VecDeque<f64>,
    top: f64,
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
            top: 0.0,
            height: 800.0,
            at_end: true,
            before: 0.0,
            after: 0.0,
        }
    }
}

impl Viewport {
    /// The loaded run is this now. What stays in view stays where it is.
    pub fn load(&mut self, first: Sequence, n: usize) {
        let anchor = self.anchor();
        let last = first.plus(n as u64);
        let kept = self.first.plus(self.heights.len() as u64);
        if n == 0 || first >= kept || last <= self.first {
            self.heights = std::iter::repeat_n(ESTIMATE, n).collect();
        } else {
            for _ in 0..first.since(self.first) {
                self.heights.pop_front();
            }
            for _ in 0..self.first.since(first) {
                self.heights.push_front(ESTIMATE);
            }
            self.heights.resize(n, ESTIMATE);
        }
        self.first = first;
        self.return_to(anchor);
    }

    /// The scroller is at `top` and shows `height` pixels.
    pub fn scrolled(&mut self, top: f64, height: f64) {
        self.height = height;
        self.top = top;
        self.at_end = top + height >= self.before + self.total() + self.after - END_NEAR;
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
                *known = height;
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
        self.at_end = self.top + self.height >= self.before + self.total() + self.after - END_NEAR;
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
        (self.heights.range(..from).sum(), self.heights.range(upto..).sum())
    }

    /// Whether older messages should be loaded, if there are any.
    pub fn is_near_first(&self) -> bool {
        !self.at_end_of_little() && self.top - self.before < PREFETCH * self.height
    }

    /// Whether newer messages should be loaded, if there are any.
    pub fn is_near_last(&self) -> bool {
        self.at_end || self.before + self.total() - self.top - self.height < PREFETCH * self.height
    }

    /// The first sequence below the view.
    pub fn first_below(&self) -> Sequence {
        if self.at_end {
            return self.first.plus(self.heights.len() as u64);
        }
        let at = self.at(self.top + self.height);
        self.first.plus(at as u64 + 1)
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

    fn anchor(&self) -> Option<(Sequence, f64)> {
        if self.at_end || self.heights.is_empty() {
            return None;
        }
        let at = self.at(self.top);
        Some((self.first.plus(at as u64), self.top - self.top_of(at)))
    }

    fn return_to(&mut self, anchor: Option<(Sequence, f64)>) {
        if let Some((sequence, offset)) = anchor
            && let Some(at) = self.index(sequence)
        {
            self.top = self.top_of(at) + offset;
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
            bottom += height;
            if bottom > y {
                return at;
            }
        }
        self.heights.len().saturating_sub(1)
    }

    fn top_of(&self, at: usize) -> f64 {
        self.before + self.heights.range(..at).sum::<f64>()
    }

    fn total(&self) -> f64 {
        self.heights.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_room_opens_at_its_end() {
        let viewport = loaded(1, 1000);

        let window = viewport.window().unwrap();

        assert_eq!(viewport.scroll_top(), None);
        assert_eq!(*window.end(), Sequence(1000));
        assert!(rows(&window) <= ROWS_MAX);
    }

    #[test]
    fn what_is_read_stays_when_older_rows_come_in() {
        let mut viewport = loaded(101, 100);
        viewport.scrolled(1000.0, 600.0);
        let seen = viewport.first_seen();

        viewport.load(Sequence(1), 200);

        assert_eq!(viewport.first_seen(), seen);
        assert_eq!(viewport.scroll_top(), Some(1000.0 + 100.0 * ESTIMATE));
    }

    #[test]
    fn what_is_read_stays_when_heights_become_known() {
        let mut viewport = loaded(1, 100);
        viewport.scrolled(1000.0, 600.0);

        viewport.measured((1..=10).map(|n| (Sequence(n), 100.0)));

        assert_eq!(viewport.scroll_top(), Some(1000.0 + 10.0 * (100.0 - ESTIMATE)));
    }

    #[test]
    fn who_is_at_the_end_stays_there_and_others_do_not_move() {
        let mut viewport = loaded(1, 100);
        viewport.load(Sequence(1), 101);
        assert!(viewport.is_at_end());

        viewport.scrolled(500.0, 600.0);
        viewport.load(Sequence(1), 102);
        assert_eq!(viewport.scroll_top(), Some(500.0));
    }

    #[test]
    fn the_end_is_below_the_drafts() {
        let mut viewport = loaded(1, 100);
        viewport.around_rows(0.0, 300.0);

        viewport.scrolled(100.0 * ESTIMATE - 600.0, 600.0);
        assert!(!viewport.is_at_end());
        viewport.scrolled(100.0 * ESTIMATE - 300.0, 600.0);
        assert!(viewport.is_at_end());
        viewport.resized(400.0);
        assert!(viewport.is_at_end());
    }

    #[test]
    fn who_is_brought_to_the_last_rows_is_at_the_end() {
        let mut viewport = loaded(1, 100);
        viewport.resized(600.0);

        viewport.bring(Sequence(90));
        viewport.brought();
        assert!(!viewport.is_at_end());
        viewport.bring(Sequence(99));
        viewport.brought();
        assert!(viewport.is_at_end());
    }

    #[test]
    fn near_a_loaded_end_more_is_loaded() {
        let mut viewport = loaded(101, 200);
        assert!(!viewport.is_near_first() && viewport.is_near_last());

        viewport.scrolled(100.0, 600.0);
        assert!(viewport.is_near_first() && !viewport.is_near_last());
    }

    proptest! {
        #[test]
        fn spacers_and_rows_are_as_high_as_all(top in 0.0..50_000.0, measured in prop::collection::vec((1_u64..500, 20.0..400.0), 0..50)) {
            let mut viewport = loaded(1, 500);
            viewport.measured(measured.into_iter().map(|(n, height)| (Sequence(n), height)));
            viewport.scrolled(top, 700.0);

            let window = viewport.window().unwrap();
            let (above, below) = viewport.spacers(&window);
            let from = viewport.index(*window.start()).unwrap();
            let inside: f64 = viewport.heights.range(from..from + rows(&window)).sum();

            prop_assert!(rows(&window) <= ROWS_MAX);
            prop_assert!((above + inside + below - viewport.total()).abs() < 0.001);
            let seen = viewport.first_seen();
            prop_assert!(window.contains(&seen));
        }
    }

    fn loaded(first: u64, n: usize) -> Viewport {
        let mut viewport = Viewport::default();
        viewport.load(Sequence(first), n);
        viewport
    }

    fn rows(window: &RangeInclusive<Sequence>) -> usize {
        usize::try_from(window.end().since(*window.start()) + 1).unwrap()
    }
}
