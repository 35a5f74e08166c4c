//! How enums with a tag are read: all fields first, then what they make.
//!
//! Serde's own way reads each of them twice, by code of its own for every type in it, and all of that is loaded by every
//! browser.

/// Makes a variant of the fields of the same names, or names the first that is missing.
macro_rules! made {
    ($of:ident::$variant:ident { $($name:ident),* } of $fields:ident) => {
        $of::$variant { $($name: $fields.$name.ok_or(stringify!($name))?),* }
    };
}

pub(crate) use made;
