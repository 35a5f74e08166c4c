//! A field of a form, with what is wrong with it.

use http::request::Parts;
use leptos::prelude::*;

use protocol::{Field, Refusal};

use crate::{server::said, words};

/// What came back with a refused form: it stands in the address, so that it needs no script.
#[derive(Clone, Default)]
pub(crate) struct Problem {
    /// Why the form was refused.
    pub(crate) refusal: Option<Refusal>,
    /// What was typed as the name.
    pub(crate) name: String,
}

impl Problem {
    /// Reads it from the address. Whatever stands there is shown in our words only, never as it is.
    pub(crate) fn in_address() -> Self {
        Self::read(None, None)
    }

    /// Reads what came back with one of the forms of a page; nothing where that was another.
    pub(crate) fn of_form(form: &str) -> Self {
        Self::read(Some(form), None)
    }

    /// Reads what came back with a form, perhaps one of several, that wants this text typed to be sure.
    pub(crate) fn unless_typed(expected: &str, form: Option<&str>) -> Self {
        Self::read(form, Some(expected))
    }

    fn read(form: Option<&str>, to_type: Option<&str>) -> Self {
        if form.is_some() && in_address("form").as_deref() != form {
            return Self::default();
        }
        let refusal = in_address("problem").and_then(|text| serde_json::from_str(&text).ok());
        let refusal = match refusal {
            // What is to be typed is the page's word, whatever the address says.
            Some(Refusal::NotConfirmed { .. }) => {
                to_type.map(|it| Refusal::NotConfirmed { expected: it.to_owned() })
            }
            refusal => refusal,
        };
        Self { refusal, name: in_address("name").unwrap_or_default() }
    }

    /// What is wrong with a field. A password that one has can only be wrong; one that is new has limits to keep.
    fn at(&self, kind: Kind) -> Option<String> {
        let refusal = self.refusal.as_ref()?;
        let is_here = match refusal {
            Refusal::WrongCredentials => kind == Kind::Password,
            _ => kind != Kind::Password && words::field_of(refusal) == Some(kind.field()),
        };
        is_here.then(|| words::refusal(refusal))
    }
}

/// What the address of the page says under a name.
pub(crate) fn in_address(name: &str) -> Option<String> {
    said(&use_context::<Parts>()?, name)
}

/// What is wrong with the form as a whole, if that is not one field's.
#[component]
pub(crate) fn FormProblem(
    /// What came back.
    problem: Problem,
    /// The fields of the form, which show their own.
    fields: &'static [Field],
) -> impl IntoView {
    let refusal =
        problem.refusal.filter(|it| words::field_of(it).is_none_or(|field| !fields.contains(&field)));
    refusal.map(|it| view! { <p class="form__problem" role="alert">{words::refusal(&it)}</p> })
}

/// How a field is typed in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The name of a member.
    Name,
    /// The password they have.
    Password,
    /// A password they choose.
    NewPassword,
    /// A recovery code.
    Code,
    /// Some other text.
    Text(Field),
    /// Some other text, which may be left out.
    Optional(Field),
    /// A number from 1 on.
    Number(Field, u32),
}

impl Kind {
    fn field(self) -> Field {
        match self {
            Self::Name => Field::Name,
            Self::Password | Self::NewPassword => Field::Password,
            Self::Code => Field::RecoveryCode,
            Self::Text(field) | Self::Optional(field) | Self::Number(field, _) => field,
        }
    }

    fn max(self) -> Option<u32> {
        match self {
            Self::Number(_, max) => Some(max),
            _ => None,
        }
    }

    fn attributes(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => ("text", "username"),
            Self::Password => ("password", "current-password"),
            Self::NewPassword => ("password", "new-password"),
            Self::Code => ("text", "one-time-code"),
            Self::Text(_) | Self::Optional(_) => ("text", "off"),
            Self::Number(..) => ("number", "off"),
        }
    }
}

/// A labelled field with its hint, and what is wrong with it.
#[component]
pub(crate) fn FormField(
    /// What stands above it.
    label: &'static str,
    /// Its name in the form.
    name: &'static str,
    /// What sets it apart from other fields of that name on the page.
    #[prop(optional)]
    id: Option<&'static str>,
    /// How it is typed in.
    kind: Kind,
    /// What it takes, if that is not plain.
    #[prop(optional, into)]
    hint: String,
    /// What it begins with.
    #[prop(optional, into)]
    value: String,
    /// What came back with the form.
    problem: Problem,
) -> impl IntoView {
    let (input_type, autocomplete) = kind.attributes();
    let wrong = problem.at(kind);
    let is_wrong = wrong.is_some();
    let id = id.unwrap_or(name);
    let (hint_id, wrong_id) = (format!("{id}-hint"), format!("{id}-problem"));
    let described = if is_wrong { wrong_id.clone() } else { hint_id.clone() };
    view! {
        <div class="form__field">
            <label class="form__label" for=id>{label}</label>
            <input
                class="form__input"
                id=id
                name=name
                type=input_type
                autocomplete=autocomplete
                autocapitalize="off"
                spellcheck="false"
                min=kind.max().map(|_| "1")
                max=kind.max()
                required=!matches!(kind, Kind::Optional(_))
                value=value
                aria-invalid=is_wrong.then_some("true")
                aria-describedby=described
            />
            <p class="form__hint" id=hint_id>{hint}</p>
            {wrong.map(|text| view! { <p class="form__error" id=wrong_id role="alert">{text}</p> })}
        </div>
    }
}
