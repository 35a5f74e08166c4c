//! Where the view stands, whatever comes and grows.

use proptest::prelude::*;

use super::*;

/// Of the view.
const HEIGHT: f64 = 600.0;

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
    scroll(&mut viewport, 1000.0);
    let seen = viewport.first_seen();

    viewport.load(Sequence(1), 200, true);

    assert_eq!(viewport.first_seen(), seen);
    assert_eq!(viewport.scroll_top(), Some(1000.0 + 100.0 * ESTIMATE));
}

#[test]
fn a_scroll_before_the_scroller_is_placed_anew_counts_by_its_length() {
    let mut viewport = loaded(101, 100);
    scroll(&mut viewport, 1000.0);
    viewport.load(Sequence(1), 200, true);

    scroll(&mut viewport, 600.0);

    assert_eq!(viewport.scroll_top(), Some(600.0 + 100.0 * ESTIMATE));
}

#[test]
fn what_was_seen_stays_when_rows_above_it_become_known() {
    let mut viewport = loaded(101, 100);
    viewport.measured((101..=120).map(|n| (Sequence(n), 60.0)));
    viewport.around_rows(56.0, 0.0);
    viewport.found(0.0, HEIGHT);

    viewport.load(Sequence(1), 200, true);
    let no_longer_begins_a_day = (Sequence(101), 24.0);
    viewport.measured((90..=100).map(|n| (Sequence(n), 80.0)).chain([no_longer_begins_a_day]));

    let lower_edge = viewport.top_of(101) - viewport.scroll_top().unwrap();
    assert!((lower_edge - 56.0 - 60.0).abs() < 0.001);
}

#[test]
fn what_is_read_stays_when_heights_become_known() {
    let mut viewport = loaded(1, 100);
    scroll(&mut viewport, 1000.0);

    viewport.measured((1..=10).map(|n| (Sequence(n), 100.0)));

    assert_eq!(viewport.scroll_top(), Some(1000.0 + 10.0 * (100.0 - ESTIMATE)));
}

#[test]
fn less_than_a_pixel_does_not_add_up() {
    let mut viewport = loaded(1, 100);
    scroll(&mut viewport, 1000.0);

    for n in 1..=10 {
        viewport.measured([(Sequence(n), ESTIMATE + 0.25)]);
        let belongs = viewport.scroll_top().unwrap();
        viewport.placed(belongs.floor());
    }

    assert_eq!(viewport.scroll_top(), Some(1002.5));
}

#[test]
fn who_is_at_the_end_stays_there_and_others_do_not_move() {
    let mut viewport = loaded(1, 100);
    let end = viewport.scroller;
    viewport.load(Sequence(1), 101, true);
    scroll(&mut viewport, end);
    assert!(viewport.is_at_end(), "it was the end that moved");

    scroll(&mut viewport, 500.0);
    viewport.load(Sequence(1), 102, true);
    assert_eq!(viewport.scroll_top(), Some(500.0));
}

#[test]
fn the_end_of_what_is_loaded_is_not_that_of_the_room() {
    let mut viewport = Viewport::default();
    viewport.load(Sequence(1), 100, false);
    viewport.found(0.0, HEIGHT);

    scroll(&mut viewport, 100.0 * ESTIMATE - HEIGHT);
    viewport.load(Sequence(1), 200, false);

    assert_eq!(viewport.scroll_top(), Some(100.0 * ESTIMATE - HEIGHT));
}

#[test]
fn the_end_is_below_the_drafts() {
    let mut viewport = loaded(1, 100);
    viewport.around_rows(0.0, 300.0);
    viewport.placed(100.0 * ESTIMATE + 300.0 - HEIGHT);

    scroll(&mut viewport, 100.0 * ESTIMATE - HEIGHT);
    assert!(!viewport.is_at_end());
    scroll(&mut viewport, 100.0 * ESTIMATE + 300.0 - HEIGHT);
    assert!(viewport.is_at_end());
    viewport.resized(400.0);
    assert!(viewport.is_at_end());
}

#[test]
fn who_is_brought_to_the_last_rows_is_at_the_end() {
    let mut viewport = loaded(1, 100);
    viewport.resized(HEIGHT);

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

    scroll(&mut viewport, 100.0);
    assert!(viewport.is_near_first() && !viewport.is_near_last());
}

proptest! {
    #[test]
    fn spacers_and_rows_are_as_high_as_all(top in 0.0..50_000.0, measured in prop::collection::vec((1_u64..500, 20.0..400.0), 0..50)) {
        let mut viewport = loaded(1, 500);
        viewport.measured(measured.into_iter().map(|(n, height)| (Sequence(n), height)));
        scroll(&mut viewport, top);

        let window = viewport.window().unwrap();
        let (above, below) = viewport.spacers(&window);
        let from = viewport.index(*window.start()).unwrap();
        let inside: f64 = sum(viewport.heights.range(from..from + rows(&window)));

        prop_assert!(rows(&window) <= ROWS_MAX);
        prop_assert!((above + inside + below - viewport.total()).abs() < 0.001);
        let seen = viewport.first_seen();
        prop_assert!(window.contains(&seen));
    }
}

fn loaded(first: u64, n: usize) -> Viewport {
    let mut viewport = Viewport::default();
    viewport.load(Sequence(first), n, true);
    viewport.placed(viewport.total() - HEIGHT);
    viewport
}

/// The scroller goes to `top`, as it was last placed.
fn scroll(viewport: &mut Viewport, top: f64) {
    let end = viewport.before + viewport.total() + viewport.after;
    viewport.scrolled(top, HEIGHT, end - HEIGHT - top);
}

fn rows(window: &RangeInclusive<Sequence>) -> usize {
    usize::try_from(window.end().since(*window.start()) + 1).unwrap()
}
