//! The WebSocket.

use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use protocol::wire;

/// A connection that is open or on its way. Dropping it does not close it; [`Socket::close`] does.
pub(super) struct Socket {
    inner: WebSocket,
    _heard: Closure<dyn FnMut(MessageEvent)>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Connects to the server that the page came from.
    ///
    /// # Errors
    /// What the browser says when it refuses to try.
    pub(super) fn open(
        heard: impl Fn(String) + 'static,
        closed: impl Fn(u16) + 'static,
    ) -> Result<Self, JsValue> {
        let location = leptos::prelude::window().location();
        let scheme = if location.protocol()? == "https:" { "wss" } else { "ws" };
        let address = format!("{scheme}://{}/ws", location.host()?);
        let socket = WebSocket::new_with_str(&address, wire::SUBPROTOCOL)?;
        let heard = Closure::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                heard(text);
            }
        });
        let closed = Closure::new(move |event: CloseEvent| closed(event.code()));
        socket.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        Ok(Self { inner: socket, _heard: heard, _closed: closed })
    }

    /// Sends a frame, if the connection is there; the client learns from its end if it is not. To one that is about to end,
    /// a browser would complain.
    pub(super) fn send(&self, frame: &str) {
        if self.inner.ready_state() == WebSocket::OPEN {
            let _ = self.inner.send_with_str(frame); // Else it has ended this moment.
        }
    }

    /// Ends it and hears of it no more.
    pub(super) fn close(self) {
        self.inner.set_onmessage(None);
        self.inner.set_onclose(None);
        // It may be closed already.
        let _ = self.inner.close();
    }
}
