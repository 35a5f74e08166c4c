//! What the client tells the member.

use leptos::prelude::*;

use client::{Asked, Outcome};
use protocol::Message;

use super::{ChatState, NEXT, Spoken, kept::SPOKEN_MAX, refocus_soon};

impl ChatState {
    /// Takes what the client tells the member.
    pub(crate) fn hear(self, outcome: Outcome) {
        match outcome {
            Outcome::Spoken(message) => self.say(message),
            Outcome::Refused { asked: Asked::Open(room) | Asked::End(room), refusal } => {
                self.current.update_value(|it| {
                    if it.room.as_ref() == Some(&room) {
                        it.problem = Some(refusal);
                    }
                });
            }
            Outcome::Left(room, why) => {
                // What was said there is said no longer.
                self.spoken.update(|spoken| spoken.retain(|it| it.room.as_ref() != Some(&room)));
                self.current.update_value(|it| {
                    if it.room.as_ref() == Some(&room) {
                        it.ended = Some(why);
                    }
                });
            }
            outcome => {
                self.after_edit(&outcome);
                let is_come = matches!(&outcome, Outcome::Joined(room) if self.room().as_ref() == Some(room));
                self.outcome.set(Some(outcome));
                if is_come {
                    self.refresh(); // The button makes way for the composer.
                    refocus_soon(NEXT);
                }
            }
        }
    }

    fn say(self, message: Message) {
        let author = self.client.with_value(|it| it.person(&message.author).cloned());
        let Some(text) = message.text else { return };
        let room = self.room();
        self.spoken.update(|spoken| {
            let author = author.map_or_else(String::new, |author| author.name.to_string());
            spoken.push(Spoken { room, sequence: message.sequence, author, text: text.to_string() });
            let n_old = spoken.len().saturating_sub(SPOKEN_MAX);
            spoken.drain(..n_old);
        });
    }
}
