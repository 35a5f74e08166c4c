//! What is parsed from a text is that text again, wherever it goes.

/// Gives a type that wraps a text, and has `parse`, its ways back to text and through serde.
macro_rules! as_text {
    ($name:ident) => {
        impl $name {
            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::refusal::ThroughSerde;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).map_err($crate::refusal::ThroughSerde)
            }
        }

        impl From<$name> for String {
            fn from(it: $name) -> Self {
                it.0.as_ref().to_owned()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

pub(crate) use as_text;
