//! What somebody wrote: text and links, never markup.

use leptos::{either::Either, prelude::*};
use linkify::{LinkFinder, LinkKind};

/// A message's text, with its links made clickable.
#[component]
pub(crate) fn Text(
    /// As it was written.
    text: String,
) -> impl IntoView {
    let spans = spans(&text).into_iter().map(|span| match span {
        Span::Text(text) => Either::Left(text),
        Span::Link { href, text } => Either::Right(view! {
            <a class="message__link" href=href target="_blank" rel="noopener noreferrer nofollow ugc">{text}</a>
        }),
    });
    view! { <div class="message__text" dir="auto">{spans.collect_view()}</div> }
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Span {
    Text(String),
    Link { href: String, text: String },
}

/// Takes a text apart. Links lead to the web or to a mailbox; anything else that looks like one is text.
fn spans(text: &str) -> Vec<Span> {
    let spans = LinkFinder::new().spans(text).map(|span| {
        let text = span.as_str().to_owned();
        match span.kind() {
            Some(LinkKind::Url) if is_of_the_web(&text) => Span::Link { href: text.clone(), text },
            Some(LinkKind::Email) => Span::Link { href: format!("mailto:{text}"), text },
            _ => Span::Text(text),
        }
    });
    spans.collect()
}

fn is_of_the_web(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    ["http", "https", "mailto"].iter().any(|allowed| scheme.eq_ignore_ascii_case(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_the_web_and_to_mailboxes_are_links() {
        let href = |text: &str| links(text).first().map(|(href, _)| href.clone());

        assert_eq!(
            href("see https://example.org/a?b=c, or so").as_deref(),
            Some("https://example.org/a?b=c")
        );
        assert_eq!(href("HTTP://EXAMPLE.ORG").as_deref(), Some("HTTP://EXAMPLE.ORG"));
        assert_eq!(href("write to ada@example.org.").as_deref(), Some("mailto:ada@example.org"));
    }

    #[test]
    fn anything_else_is_text() {
        for text in [
            "javascript:alert(1)",
            "javascript://example.org/%0aalert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript://x",
            "file:///etc/passwd",
            "<a href=\"#\">x</a>",
            "plain",
        ] {
            assert_eq!(links(text), [], "{text}");
        }
    }

    #[test]
    fn a_search_for_links_goes_by_the_same_rule() {
        for text in [
            "https://example.org",
            "HTTP://EXAMPLE.ORG",
            "mailto:ada@example.org",
            "ada@example.org.",
            "ftp://example.org",
            "javascript://example.org/%0aalert(1)",
            "example.org",
            "plain",
        ] {
            assert_eq!(chat::search::has_link(text), !links(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn nothing_of_a_text_is_lost() {
        let text = "a https://example.org/é b\nc ada@example.org";
        let all: String = spans(text)
            .into_iter()
            .map(|span| match span {
                Span::Text(text) | Span::Link { text, .. } => text,
            })
            .collect();
        assert_eq!(all, text);
    }

    fn links(text: &str) -> Vec<(String, String)> {
        let links = spans(text).into_iter().filter_map(|span| match span {
            Span::Link { href, text } => Some((href, text)),
            Span::Text(_) => None,
        });
        links.collect()
    }
}
