//! Measures the rows and puts the scroller where its reader is. What is decided, [`client::viewport`] decides.

use std::{ops::RangeInclusive, time::Duration};

use js_sys::Reflect;
use leptos::{html::ElementType, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use protocol::Sequence;

use super::Nodes;
use crate::{browser, reactive::effect, room::state::ChatState};

/// How long a message that was jumped to stays marked.
const MARKED: Duration = Duration::from_secs(2);

/// Lays out anew whenever something changes size.
pub(super) fn watch(state: ChatState) {
    let nodes = state.nodes;
    effect(move || {
        if let (Some(scroller), Some(rows)) = (nodes.scroller.get(), nodes.rows.get()) {
            // In the next frame: who changes sizes while they are told is told again, and so on.
            let changed = move || request_animation_frame(move || state.lay_out_soon());
            let watched = browser::watch_size(&[scroller.as_ref(), rows.as_ref()], changed);
            StoredValue::new_local(watched); // Until the elements are others.
            state.lay_out_soon();
        }
    });
    effect(move || {
        if let Some(marked) = state.marked.get() {
            set_timeout(move || unmark(state, marked), MARKED);
        }
    });
}

fn unmark(state: ChatState, marked: Sequence) {
    if state.marked.try_get_untracked().flatten() == Some(marked) {
        state.marked.set(None);
    }
}

/// The reader has scrolled.
pub(crate) fn scrolled(state: ChatState) {
    let Some(scroller) = state.nodes.scroller.get_untracked().filter(|_| state.is_settled()) else { return };
    let (top, height) = (scroller_top(&scroller), scroller_height(&scroller));
    let rest = f64::from(scroller.scroll_height()) - height - top;
    state.viewport().update_value(|it| it.scrolled(top, height, rest));
    state.refresh();
    after_moving(state);
}

/// Measures what is there, then sets spacers and scroller, all before the next frame is painted.
pub(crate) fn lay_out(state: ChatState) {
    let Some(parts) = Parts::of(state.nodes) else { return };
    let heights = parts.heights();
    let (before, after) = parts.around();
    let (top, height) = (scroller_top(&parts.scroller), scroller_height(&parts.scroller));
    let is_first = state.settle();
    state.viewport().update_value(|it| {
        it.around_rows(before, after);
        it.measured(heights.iter().copied());
        match is_first {
            true => it.found(top, height),
            false => it.resized(height),
        }
    });
    bring_target(state, &heights);
    place(state, &parts, &heights);
    state.refresh();
    after_moving(state);
}

/// Brings the message that was asked for into view, once it is loaded. Done when all rows around it are measured.
fn bring_target(state: ChatState, heights: &[(Sequence, f64)]) {
    let Some(room) = state.room() else { return };
    let Some(target) = state.client().with_value(|it| it.target(&room)) else { return };
    state.viewport().update_value(|it| it.bring(target));
    let window = state.viewport().with_value(client::viewport::Viewport::window);
    let is_measured = |window: RangeInclusive<Sequence>| match heights {
        [(first, _), .., (last, _)] => first <= window.start() && last >= window.end(),
        [(only, _)] => window == (*only..=*only),
        [] => false,
    };
    if !window.is_some_and(is_measured) {
        return state.lay_out_soon();
    }
    state.viewport().update_value(client::viewport::Viewport::brought);
    state.client().update_value(|it| it.jumped(&room));
    if state.is_in_address(target) {
        state.marked.set(Some(target));
    }
    state.lay_out_soon();
}

fn place(state: ChatState, parts: &Parts, heights: &[(Sequence, f64)]) {
    let viewport = state.viewport();
    let (above, below) = match (heights.first(), heights.last()) {
        (Some((first, _)), Some((last, _))) => viewport.with_value(|it| it.spacers(&(*first..=*last))),
        _ => (0.0, 0.0),
    };
    set_height(&parts.above, above);
    set_height(&parts.below, below);
    let scroller = &parts.scroller;
    let top = viewport.with_value(client::viewport::Viewport::scroll_top);
    let top = top.unwrap_or_else(|| f64::from(scroller.scroll_height() - scroller.client_height()));
    if (top - scroller_top(scroller)).abs() >= 0.5 {
        set_top(scroller, top);
    }
    viewport.update_value(|it| it.placed(scroller_top(scroller)));
}

/// Loads what comes near, and tells what is read.
fn after_moving(state: ChatState) {
    let Some(room) = state.room() else { return };
    let (near_first, near_last, at_end) =
        state.viewport().with_value(|it| (it.is_near_first(), it.is_near_last(), it.is_at_end()));
    let (has_older, has_newer, is_seeking) = state.client().with_value(|client| {
        let (has_older, has_newer) =
            client.timeline(&room).map_or((false, false), |it| (it.has_older(), it.has_newer()));
        (has_older, has_newer, client.is_seeking(&room))
    });
    if near_first && has_older {
        state.act(|client, _| client.need_older(&room));
    }
    if near_last && has_newer {
        state.act(|client, _| client.need_newer(&room));
    }
    state.set_reading(at_end && !has_newer && !is_seeking && browser::is_visible());
}

/// The elements, once they are all there.
struct Parts {
    scroller: HtmlElement,
    above: HtmlElement,
    rows: HtmlElement,
    below: HtmlElement,
}

impl Parts {
    fn of(nodes: Nodes) -> Option<Self> {
        Some(Self {
            scroller: element(nodes.scroller)?,
            above: element(nodes.above)?,
            rows: element(nodes.rows)?,
            below: element(nodes.below)?,
        })
    }

    fn heights(&self) -> Vec<(Sequence, f64)> {
        let children = self.rows.children();
        let rows = (0..children.length()).filter_map(|at| children.item(at));
        rows.filter_map(|row| Some((sequence_of(&row)?, row.get_bounding_client_rect().height()))).collect()
    }

    /// How high is what stands above the rows and below them.
    fn around(&self) -> (f64, f64) {
        let before = f64::from(self.above.offset_top());
        let below = f64::from(self.below.offset_top() + self.below.offset_height());
        (before, (f64::from(self.scroller.scroll_height()) - below).max(0.0))
    }
}

fn element<E>(node: NodeRef<E>) -> Option<HtmlElement>
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    node.get_untracked()?.dyn_into().ok()
}

fn sequence_of(row: &Element) -> Option<Sequence> {
    row.id().strip_prefix('m')?.parse().ok().map(Sequence)
}

fn set_height(element: &HtmlElement, height: f64) {
    let height = if height > 0.0 { format!("{height}px") } else { "0".to_owned() };
    // A height is always one: nothing can be wrong with it.
    let _ = element.style().set_property("height", &height);
}

/// To a fraction of a pixel, which the typed interface rounds away.
fn scroller_top(scroller: &Element) -> f64 {
    let top = Reflect::get(scroller, &"scrollTop".into()).ok();
    top.and_then(|top| top.as_f64()).unwrap_or_default()
}

fn set_top(scroller: &Element, top: f64) {
    // An element always takes it.
    let _ = Reflect::set(scroller, &"scrollTop".into(), &top.into());
}

fn scroller_height(scroller: &Element) -> f64 {
    f64::from(scroller.client_height())
}
