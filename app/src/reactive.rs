//! What follows from signals. The work is behind a pointer each time: Leptos's share is then compiled once for each type
//! of value, and not once more for every place, all of which browsers would load.

use leptos::{prelude::*, text_prop::TextProp};

/// A value that is worked out anew when what it reads changes, and tells its readers only where it came out different.
pub(crate) fn memo<T>(work: impl Fn() -> T + Send + Sync + 'static) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    memo_of(Box::new(work))
}

/// Done once the page is alive, and again when what it reads changes. Never on the server.
pub(crate) fn effect(work: impl FnMut() + 'static) {
    effect_of(Box::new(work));
}

/// The title of the page, of what it reads. On the server it is worked out here and now: Leptos writes it when the page is
/// done, and no signal of a page may be read by then, since threads have begun others.
pub(crate) fn titled(text: impl Fn() -> String + Send + Sync + 'static) -> TextProp {
    #[cfg(feature = "ssr")]
    return text().into();
    #[cfg(not(feature = "ssr"))]
    return text.into();
}

// Apart: a closure is a type of its own for each type that the function around it is compiled for.

fn memo_of<T>(work: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| work())
}

fn effect_of(work: Box<dyn FnMut()>) {
    Effect::new(work);
}
