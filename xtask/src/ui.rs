//! What a person sees of a task: lines, and steps with their time.

use std::{
    fmt::Display,
    io::{IsTerminal as _, stdout},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// A step that is quicker says nothing of its time.
const WORTH_TELLING: Duration = Duration::from_secs(3);

/// Prints one line.
#[expect(clippy::print_stdout, reason = "the one place that speaks to the terminal")]
pub(crate) fn say(line: impl Display) {
    println!("{line}");
}

/// The steps of a task, of which there are so many.
pub(crate) struct Steps {
    done: usize,
    all: usize,
}

impl Steps {
    /// A task of `all` steps, of which none is done.
    pub(crate) fn new(all: usize) -> Self {
        Self { done: 0, all }
    }

    /// Does a step that shows its progress itself, as cargo does.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        self.done += 1;
        let title = format!("[{}/{}] {name}", self.done, self.all);
        say(&title);
        timed(&title, work)
    }

    /// Does a step that prints nothing: a terminal shows that time goes by.
    pub(crate) fn quiet_step<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        if !stdout().is_terminal() {
            return self.step(name, work);
        }
        self.done += 1;
        let title = format!("[{}/{}] {name}", self.done, self.all);
        let style = ProgressStyle::with_template("{msg} {spinner} {elapsed}").expect("the template is right");
        let bar = ProgressBar::new_spinner().with_style(style).with_message(title.clone());
        bar.enable_steady_tick(Duration::from_millis(200));
        timed(&title, || {
            let res = work();
            bar.finish_and_clear();
            say(&title);
            res
        })
    }
}

fn timed<T>(title: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let res = work();
    if start.elapsed() >= WORTH_TELLING {
        say(format_args!("{title}: {}", seconds(start.elapsed())));
    }
    res
}

/// `75 s` or `12.3 s`.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// `1:05 min`.
pub(crate) fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02} min", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_keep_their_seconds_at_two_digits() {
        assert_eq!(minutes(Duration::from_secs(65)), "1:05 min");
        assert_eq!(minutes(Duration::from_millis(900)), "0:00 min");
    }

    #[test]
    fn a_step_gives_back_what_its_work_made() {
        let mut steps = Steps::new(2);

        assert_eq!(steps.step("one", || 1), 1);
        assert_eq!(steps.quiet_step("two", || 2), 2);
        assert_eq!(steps.done, steps.all);
    }
}
