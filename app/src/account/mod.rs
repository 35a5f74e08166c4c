//! The pages about being someone. Their forms are plain HTML, so that they work before, and without, any script.

mod common;
mod devices;
mod field;
mod invitation;
mod leaving;
mod own;
mod pages;

pub(crate) use self::field::{FormField, FormProblem, Kind, Problem, in_address};
pub(crate) use self::{
    invitation::JoinPage,
    leaving::DeletePage,
    own::AccountPage,
    pages::{ResetPage, SignInPage, SignUpPage, WelcomePage},
};
