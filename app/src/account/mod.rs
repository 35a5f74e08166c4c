//! The pages about being someone. Their forms are plain HTML, so that they work before, and without, any script.

mod field;
mod pages;

pub(crate) use self::pages::{AccountPage, ResetPage, SignInPage, SignUpPage, WelcomePage};
