//! Web Locks: what one tab holds, no other of this browser does, and when a tab is gone, so are its locks.

use std::{collections::HashSet, future::Future};

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// The browser's locks.
pub(super) struct Locks(JsValue);

impl Locks {
    /// None where the browser has no locks, as on a page that did not come safely.
    pub(super) fn find() -> Option<Self> {
        let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
        locks.is_object().then_some(Self(locks))
    }

    /// Takes a lock and keeps it for as long as the page lives. Returns once it is held.
    pub(super) async fn keep(&self, name: &str) -> Result<(), JsValue> {
        let mut failed = None;
        let held = Promise::new(&mut |resolve, _| {
            let hold = Closure::once_into_js(move |_: JsValue| -> Promise {
                // Whoever waits for it is told; nobody else listens.
                let _ = resolve.call0(&JsValue::NULL);
                Promise::new(&mut |_, _| {}) // Never settled: so long it is held.
            });
            failed = self.request(name, &hold).err();
        });
        match failed {
            Some(error) => Err(error),
            None => JsFuture::from(held).await.map(drop),
        }
    }

    /// Does something while nobody else does anything under that name.
    pub(super) async fn alone(
        &self,
        name: &str,
        does: impl Future<Output = ()> + 'static,
    ) -> Result<(), JsValue> {
        let run = Closure::once_into_js(move |_: JsValue| {
            future_to_promise(async move {
                does.await;
                Ok(JsValue::UNDEFINED)
            })
        });
        JsFuture::from(self.request(name, &run)?).await.map(drop)
    }

    /// The names of all that is held, by any tab.
    pub(super) async fn held(&self) -> Result<HashSet<String>, JsValue> {
        let answer = JsFuture::from(self.call("query", &Array::new())?).await?;
        let held: Array = Reflect::get(&answer, &"held".into())?.dyn_into()?;
        let names = held.iter().filter_map(|lock| Reflect::get(&lock, &"name".into()).ok()?.as_string());
        Ok(names.collect())
    }

    fn request(&self, name: &str, does: &JsValue) -> Result<Promise, JsValue> {
        self.call("request", &Array::of2(&name.into(), does))
    }

    fn call(&self, method: &str, arguments: &Array) -> Result<Promise, JsValue> {
        let method: Function = Reflect::get(&self.0, &method.into())?.dyn_into()?;
        Reflect::apply(&method, &self.0, arguments)?.dyn_into()
    }
}
