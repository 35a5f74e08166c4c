//! Pages and components, rendered on the server and alive in the browser.
