//! Reading settings from the environment, so that all that is wrong with them is said at once.

use std::fmt;

use chat::rate::Rate;

/// A variable that a program reads. Tables of these are what `--help` prints.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The variable.
    pub name: &'static str,
    /// What holds when it is not set, or set to nothing.
    pub default: &'static str,
    /// What it does, as a sentence.
    pub meaning: &'static str,
    /// What would be good, to finish the sentence "expected …".
    pub expected: &'static str,
}

impl Setting {
    /// How often something may be done.
    pub const fn rate(name: &'static str, default: &'static str, meaning: &'static str) -> Self {
        Self { name, default, meaning, expected: "two numbers from 1 on, as in `30/10`" }
    }
}

/// Reads variables for any number of `Config`s, and gathers what is wrong with them.
///
/// Each `Config` has `read(&mut Settings) -> Self`, which puts the default where a value is bad; the program then calls
/// [`Settings::finish`] before it uses any of them.
pub struct Settings<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    bad: Vec<BadValue>,
}

impl<'a> Settings<'a> {
    /// Reads variables by `get`, which in `main` asks the environment.
    pub fn new(get: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { get, bad: Vec::new() }
    }

    /// Reads a variable: `parse` says what a text means, or none for one that is not good.
    ///
    /// # Panics
    /// When the setting's default is not good.
    pub fn read<T>(&mut self, setting: &Setting, parse: impl Fn(&str) -> Option<T>) -> T {
        self.read_as(setting, parse, |value| format!("`{value}`"))
    }

    /// Reads a variable that is a secret: of a bad one only the length is told.
    ///
    /// # Panics
    /// When the setting's default is not good.
    pub fn read_secret<T>(&mut self, setting: &Setting, parse: impl Fn(&str) -> Option<T>) -> T {
        self.read_as(setting, parse, |value| format!("a secret of {} bytes", value.len()))
    }

    /// Reads a variable, by its type's own parser.
    ///
    /// # Panics
    /// When the setting's default is not good.
    pub fn read_parsed<T: std::str::FromStr>(&mut self, setting: &Setting) -> T {
        self.read(setting, |value| value.parse().ok()) // What is expected stands in the setting.
    }

    /// Reads how often something may be done: `30/10` is thirty at once, then ten a second.
    ///
    /// # Panics
    /// When the setting's default is not good.
    pub fn read_rate_per_second(&mut self, setting: &Setting) -> Rate {
        self.read(setting, |text| rate(text, 1.0))
    }

    /// Likewise, but ten a minute.
    ///
    /// # Panics
    /// When the setting's default is not good.
    pub fn read_rate_per_minute(&mut self, setting: &Setting) -> Rate {
        self.read(setting, |text| rate(text, 60.0))
    }

    /// Whether a variable is set, to something.
    pub fn is_set(&self, setting: &Setting) -> bool {
        self.value(setting).is_some()
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Names every bad variable, with its value and what was expected.
    pub fn finish(self) -> Result<(), ConfigError> {
        match self.bad.is_empty() {
            true => Ok(()),
            false => Err(ConfigError { bad: self.bad }),
        }
    }

    fn read_as<T>(
        &mut self,
        setting: &Setting,
        parse: impl Fn(&str) -> Option<T>,
        show: impl Fn(&str) -> String,
    ) -> T {
        if let Some(value) = self.value(setting) {
            match parse(&value) {
                Some(good) => return good,
                None => self.bad.push(BadValue {
                    name: setting.name,
                    shown: show(&value),
                    expected: setting.expected,
                }),
            }
        }
        parse(setting.default).expect("a default is good")
    }

    /// The value; an empty one counts as none, which is what start scripts and compose files mean by it.
    fn value(&self, setting: &Setting) -> Option<String> {
        (self.get)(setting.name).filter(|value| !value.is_empty())
    }
}

/// Settings are wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// Every variable that is not good.
    pub bad: Vec<BadValue>,
}

/// A variable that is not good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadValue {
    /// Which variable.
    pub name: &'static str,
    /// Its value; of a secret only the length.
    pub shown: String,
    /// What would be good.
    pub expected: &'static str,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, bad) in self.bad.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            write!(f, "{separator}{} is {}, expected {}", bad.name, bad.shown, bad.expected)?;
        }
        Ok(())
    }
}

fn rate(text: &str, seconds: f64) -> Option<Rate> {
    let (burst, then) = text.split_once('/')?;
    let (burst, then): (u32, u32) = (burst.parse().ok()?, then.parse().ok()?);
    (burst > 0 && then > 0).then(|| Rate { burst, per_second: f64::from(then) / seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: Setting =
        Setting { name: "PORT", default: "3000", meaning: "Where.", expected: "a port, 1 to 65535" };
    const KEY: Setting = Setting { name: "KEY", default: "none", meaning: "Opens.", expected: "`none`" };

    fn only_none(value: &str) -> Option<()> {
        (value == "none").then_some(())
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let get = |name: &str| (name == "PORT").then(String::new);
        let mut settings = Settings::new(&get);

        assert_eq!(settings.read_parsed::<u16>(&PORT), 3000);
        settings.read_secret(&KEY, only_none);
        assert_eq!(settings.finish(), Ok(()));
    }

    #[test]
    fn a_rate_of_nothing_is_none() {
        for bad in ["", "5", "0/1", "1/0", "a/b", "-1/2"] {
            assert_eq!(rate(bad, 1.0), None, "{bad}");
        }
        assert_eq!(rate("5/30", 60.0), Some(Rate { burst: 5, per_second: 0.5 }));
    }

    #[test]
    fn everything_bad_is_named_at_once_and_no_secret_is_shown() {
        let get = |name: &str| Some(if name == "PORT" { "70000" } else { "hunter2" }.to_owned());
        let mut settings = Settings::new(&get);

        settings.read_parsed::<u16>(&PORT);
        settings.read_secret(&KEY, only_none);

        assert_eq!(
            settings.finish().unwrap_err().to_string(),
            "PORT is `70000`, expected a port, 1 to 65535; KEY is a secret of 7 bytes, expected `none`"
        );
    }
}
