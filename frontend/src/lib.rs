//! The browser side: wakes the page up.
