//! Drafts that outlive the page. Each belongs to the tab that wrote it, which holds a lock for as long as it lives;
//! when the lock is gone, another tab of the same member takes the draft over.

use std::{
    cell::{OnceCell, RefCell},
    collections::HashSet,
    rc::Rc,
    time::Duration,
};

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;

use client::{Draft, KeptDraft};
use protocol::{MemberId, MessageText, Nonce, Refusal, RoomId, Sequence};

use super::{act, date, locks::Locks, page, store::Store};
use crate::room::state::ChatState;

/// How often a tab looks for what others left behind.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// A page that was reloaded looks once more after this time: its former self may just be going.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Only one tab takes drafts over at a time.
const TAKING_OVER: &str = "hubbub-outbox";

/// What keeps the drafts of one tab.
pub(super) struct Keeper {
    tab: String,
    store: RefCell<Option<Store>>,
    locks: OnceCell<Option<Locks>>,
}

impl Default for Keeper {
    fn default() -> Self {
        let tab = format!("{:016x}", page::seed());
        Self { tab, store: RefCell::default(), locks: OnceCell::new() }
    }
}

/// A draft as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    tab: String,
    at: u64,
    room: RoomId,
    author: MemberId,
    nonce: Nonce,
    since: Sequence,
    text: MessageText,
    #[serde(default)]
    refusal: Option<Refusal>,
}

impl From<Kept> for KeptDraft {
    fn from(kept: Kept) -> Self {
        let Kept { room, author, nonce, since, text, refusal, .. } = kept;
        Self { draft: Draft { room, author, nonce, since, text }, refusal }
    }
}

impl Keeper {
    /// The database, opened when it is first wanted; none where it cannot be had.
    async fn store(&self) -> Option<Store> {
        if let Some(store) = self.store.borrow().clone() {
            return Some(store);
        }
        let store = Store::open().await.ok()?; // Without it drafts are kept in memory alone.
        *self.store.borrow_mut() = Some(store.clone());
        Some(store)
    }

    fn locks(&self) -> Option<&Locks> {
        self.locks.get_or_init(Locks::find).as_ref()
    }

    fn lock_of(tab: &str) -> String {
        format!("hubbub-tab-{tab}")
    }

    async fn put(&self, kept: &Kept) {
        if let (Some(store), Ok(text)) = (self.store().await, serde_json::to_string(kept)) {
            // Where it cannot be kept, it still goes out from memory.
            let _ = store.put(kept.nonce.as_str(), &text).await;
        }
    }

    /// Takes over what a member's tabs that are gone have left, in the order in which it was written.
    async fn take_over(&self, author: &MemberId) -> Vec<KeptDraft> {
        let Some(store) = self.store().await else { return Vec::new() };
        let held = match self.locks() {
            Some(locks) => locks.held().await.unwrap_or_default(),
            None => HashSet::new(),
        };
        let texts = store.all().await.unwrap_or_default();
        let all = texts.iter().filter_map(|text| serde_json::from_str::<Kept>(text).ok());
        let mut left: Vec<Kept> = all
            .filter(|kept| {
                kept.author == *author && kept.tab != self.tab && !held.contains(&Self::lock_of(&kept.tab))
            })
            .collect();
        left.sort_by_key(|kept| kept.at);
        for kept in &mut left {
            kept.tab.clone_from(&self.tab);
            self.put(kept).await;
        }
        left.into_iter().map(KeptDraft::from).collect()
    }
}

/// Holds this tab's lock, then looks for what was left, now and again.
pub(super) fn begin(state: ChatState) {
    if state.me.read_untracked().is_none() {
        return;
    }
    let keeper = keeper(state);
    spawn_local(async move {
        if keeper.store().await.is_none() {
            state.keeps_drafts.try_set(false); // Nothing to tell where the chat was left meanwhile.
        }
        if let Some(locks) = keeper.locks() {
            // Refused, this tab's drafts may be sent by two: the server takes them once all the same.
            let _ = locks.keep(&Keeper::lock_of(&keeper.tab)).await;
        }
        look(state);
        set_timeout(move || look(state), LOOK_AGAIN);
    });
    let looking = set_interval_with_handle(move || look(state), LOOK_EVERY);
    on_cleanup(move || {
        if let Ok(looking) = looking {
            looking.clear();
        }
    });
}

/// Keeps a draft, then lets it go out.
pub(super) fn save(state: ChatState, draft: Draft) {
    let keeper = keeper(state);
    spawn_local(async move {
        let Draft { room, author, nonce, since, text } = draft;
        let saved = nonce.clone();
        let (tab, at) = (keeper.tab.clone(), date().0);
        keeper.put(&Kept { tab, at, room, author, nonce, since, text, refusal: None }).await;
        if state.composer.try_update(|composer| composer.saved(&saved)).is_some() {
            act(state, |client, now| client.saved(&saved, now));
        }
    });
}

/// Keeps with a draft why it was refused, or that it goes out again.
pub(super) fn mark(state: ChatState, nonce: Nonce, refusal: Option<Refusal>) {
    let keeper = keeper(state);
    spawn_local(async move {
        if let Some(store) = keeper.store().await {
            let marked = |text: String| {
                let kept = Kept { refusal, ..serde_json::from_str(&text).ok()? };
                serde_json::to_string(&kept).ok()
            };
            // What stays unmarked is sent again after a reload, and refused again.
            let _ = store.change(nonce.as_str(), marked).await;
        }
    });
}

/// Keeps it no longer.
pub(super) fn forget(state: ChatState, nonce: &Nonce) {
    let (keeper, nonce) = (keeper(state), nonce.clone());
    spawn_local(async move {
        if let Some(store) = keeper.store().await {
            // What stays there is sent again after a reload, and the server knows it by its nonce.
            let _ = store.delete(nonce.as_str()).await;
        }
    });
}

fn look(state: ChatState) {
    let Some(Some(me)) = state.me.try_get_untracked() else { return };
    let keeper = keeper(state);
    spawn_local(async move {
        let taking = {
            let keeper = Rc::clone(&keeper);
            async move {
                let drafts = keeper.take_over(&me.id).await;
                if !drafts.is_empty() {
                    act(state, |client, now| client.adopt(drafts, now));
                }
            }
        };
        match keeper.locks() {
            // Refused, the next look tries again.
            Some(locks) => drop(locks.alone(TAKING_OVER, taking).await),
            None => taking.await,
        }
    });
}

fn keeper(state: ChatState) -> Rc<Keeper> {
    state.driver().with_value(|driver| Rc::clone(&driver.keeper))
}
