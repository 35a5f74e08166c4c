//! A little of IndexedDB: texts by key.

use js_sys::{Array, Promise};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbRequest, IdbTransaction, IdbTransactionMode};

const NAME: &str = "hubbub";
const VERSION: u32 = 1;
const OUTBOX: &str = "outbox";

/// The browser's own database.
#[derive(Clone)]
pub(super) struct Store(IdbDatabase);

impl Store {
    /// Opens it, and makes it if it is not there.
    ///
    /// # Errors
    /// What the browser says: it may be forbidden, or full.
    pub(super) async fn open() -> Result<Self, JsValue> {
        let factory = window().indexed_db()?.ok_or(JsValue::NULL)?;
        let request = factory.open_with_u32(NAME, VERSION)?;
        let upgrade = {
            let request = request.clone();
            Closure::once(move |_: JsValue| {
                let database: Result<IdbDatabase, _> = request.result().and_then(JsCast::dyn_into);
                if let Ok(database) = database {
                    // It failing, opening fails, which is heard.
                    let _ = database.create_object_store(OUTBOX);
                }
            })
        };
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        let database = answer(&request).await?;
        Ok(Self(database.dyn_into()?))
    }

    /// Keeps a text, and returns when it is kept.
    pub(super) async fn put(&self, key: &str, text: &str) -> Result<(), JsValue> {
        let (transaction, store) = self.begin(IdbTransactionMode::Readwrite)?;
        store.put_with_key(&text.into(), &key.into())?;
        done(&transaction).await
    }

    /// Puts another text in the place of one that is kept, if there is one: nothing comes between.
    pub(super) async fn change(
        &self,
        key: &str,
        change: impl FnOnce(String) -> Option<String>,
    ) -> Result<(), JsValue> {
        let (transaction, store) = self.begin(IdbTransactionMode::Readwrite)?;
        let before = answer(&store.get(&key.into())?).await?;
        if let Some(after) = before.as_string().and_then(change) {
            store.put_with_key(&after.into(), &key.into())?;
        }
        done(&transaction).await
    }

    /// Keeps a text no longer.
    pub(super) async fn delete(&self, key: &str) -> Result<(), JsValue> {
        let (transaction, store) = self.begin(IdbTransactionMode::Readwrite)?;
        store.delete(&key.into())?;
        done(&transaction).await
    }

    /// All texts.
    pub(super) async fn all(&self) -> Result<Vec<String>, JsValue> {
        let (_transaction, store) = self.begin(IdbTransactionMode::Readonly)?;
        let texts: Array = answer(&store.get_all()?.unchecked_into()).await?.dyn_into()?;
        Ok(texts.iter().filter_map(|text| text.as_string()).collect())
    }

    fn begin(&self, mode: IdbTransactionMode) -> Result<(IdbTransaction, IdbObjectStore), JsValue> {
        let transaction = self.0.transaction_with_str_and_mode(OUTBOX, mode)?;
        let store = transaction.object_store(OUTBOX)?;
        Ok((transaction, store))
    }
}

/// What a request gives.
async fn answer(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await?;
    request.result()
}

/// A transaction is durable.
async fn done(transaction: &IdbTransaction) -> Result<(), JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onerror(Some(&reject));
        transaction.set_onabort(Some(&reject));
    });
    JsFuture::from(promise).await.map(drop)
}
