//! Pages as a browser without any script gets them.

#![cfg(feature = "ssr")]

mod world;

use std::{
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread,
};

use app::Config;
use backend::{Backend, Edge};
use http::StatusCode;
use tokio::{runtime::Handle, sync::Notify};
use world::{fresh_world, world_behind};

#[tokio::test]
async fn the_start_page_is_the_first_room() {
    let world = fresh_world().await;

    assert_eq!(world.get("/").await.location(), "/r/general");
}

#[tokio::test]
async fn a_page_arrives_with_its_messages_for_a_visitor_and_writes_nothing() {
    let world = fresh_world().await;
    world.write("general", "Good morning").await;
    world.write("general", "<script>alert(1)</script>").await;

    let page = world.get("/r/general").await;

    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Good morning"), "{}", page.body);
    assert!(page.body.contains("Grace"));
    assert!(!page.body.contains("<script>alert(1)"));
    assert!(!page.body.contains("<template"), "without a script it must read the same");
    assert_eq!(page.cookies(), "");
}

#[tokio::test]
async fn who_opens_a_room_that_they_are_in_is_here_at_once() {
    let world = fresh_world().await;
    world.sign_up("Ada").await;
    let bo = world.sign_up("Bo").await;

    let page = world.get_as(&bo, "/r/general").await.body;

    let (_, here) = page.split_once("id=\"people-Here\"").expect("somebody is here");
    let (here, away) = here.split_once("id=\"people-Away\"").expect("somebody is away");
    assert!(here.contains(">Bo<") && !here.contains(">Ada<"), "{here}");
    assert!(away.contains(">Ada<"), "{away}");
}

#[tokio::test]
async fn a_message_can_be_linked_to() {
    let world = fresh_world().await;
    for n in 1..=120 {
        world.write("help", &format!("answer number {n}.")).await;
    }

    let page = world.get("/r/help/10").await.body;

    assert!(page.contains("answer number 10."));
    assert!(!page.contains("answer number 120."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_its_own_title_on_whichever_thread_it_is_finished() {
    let world = fresh_world().await;

    for (path, title) in [("/r/general", "General"), ("/rooms", "Rooms"), ("/r/none", "Not here")] {
        let world = world.clone();
        let page = each_time_on_a_new_thread(async move { world.get(path).await }).await;

        assert!(page.body.contains(&format!("<title>{title} · Hubbub</title>")), "{path}: {}", page.body);
    }
}

#[tokio::test]
async fn a_room_that_does_not_exist_is_not_found() {
    let world = fresh_world().await;

    for path in ["/r/nowhere", "/r/No%20Where", "/nothing", "/r/%3Cscript%3E"] {
        let page = world.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.body.contains("<h1"), "{path} has no words");
    }
}

#[tokio::test]
async fn a_page_allows_no_script_but_its_own() {
    let world = fresh_world().await;

    let page = world.get("/r/general").await;

    let policy = page.header("content-security-policy");
    let (_, nonce) = policy.split_once("'nonce-").unwrap();
    let (nonce, _) = nonce.split_once('\'').unwrap();
    assert!(page.body.contains(&format!("nonce=\"{nonce}\"")), "{policy}");
    assert!(!policy.contains("unsafe-inline"));
    assert!(policy.contains("frame-ancestors 'none'"));
    assert_ne!(policy, world.get("/r/general").await.header("content-security-policy"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert!(page.header("permissions-policy").contains("microphone=()"));
    assert_eq!(page.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_browser_that_came_by_https_comes_by_nothing_else_for_a_year() {
    let at = async |origin: &str| {
        let edge = Edge::parse(|name| (name == "HUBBUB_ORIGIN").then(|| origin.to_owned())).unwrap();
        let world = world_behind(edge, Backend::in_memory(), Config::default()).await;
        let paths = ["/r/general", "/account", "/mark.svg", "/api/rooms"];
        let asked = paths.map(|path| world.get(path));
        let replies = futures::future::join_all(asked).await;
        replies.iter().map(|it| it.header("strict-transport-security").to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(at("https://chat.example.org").await, ["max-age=31536000"; 4]);
    assert_eq!(at("http://127.0.0.1:3000").await, [""; 4]);
}

#[tokio::test]
async fn times_are_shown_in_the_zone_of_the_cookie() {
    let world = fresh_world().await;
    world.write("general", "What time is it?").await;

    let here = world.get("/r/general").await.body;
    let kolkata = world.get_as("tz=Asia/Kolkata", "/r/general").await.body;
    let nonsense = world.get_as("tz=Mars/Olympus", "/r/general").await.body;

    let minutes = |page: &str| -> u32 {
        let (_, rest) = page.split_once("datetime=\"").unwrap();
        let (time, _) = rest.split_once('"').unwrap();
        let (_, clock) = time.split_once('T').unwrap();
        let (hours, minutes) = clock.split_once(':').unwrap();
        hours.parse::<u32>().unwrap() * 60 + minutes.parse::<u32>().unwrap()
    };
    assert_eq!((minutes(&here) + 330) % 1440, minutes(&kolkata));
    assert!(kolkata.contains("data-zone=\"Asia/Kolkata\""), "the browser is not told which zone it is");
    assert_eq!(minutes(&here), minutes(&nonsense));
}

#[tokio::test]
async fn the_chosen_colours_are_there_from_the_start() {
    let world = fresh_world().await;

    assert!(world.get_as("theme=dark", "/r/general").await.body.contains("data-theme=\"dark\""));
    assert!(!world.get_as("theme=\"onload=", "/r/general").await.body.contains("data-theme"));
}

#[tokio::test]
async fn members_are_told_who_somebody_is_and_visitors_are_not() {
    let world = fresh_world().await;
    world.write("general", "Good morning").await;
    let cookies = world.sign_up("Ada").await;
    let id = chat::accounts::member_id([7; 16]);
    let path = format!("/api/people?id={id}");

    let told = world.get_as(&cookies, &path).await;

    assert!(told.body.contains(r#""name":"Grace""#), "{}", told.body);
    assert!(told.body.contains(r#""since":1"#), "{}", told.body);
    assert!(!told.body.contains("argon2"), "{}", told.body);
    assert_eq!(world.get(&path).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.get_as(&cookies, "/api/people?id=nobody").await.status, StatusCode::OK);
    assert_eq!(world.get_as(&cookies, "/api/people?id=No!").await.status, StatusCode::BAD_REQUEST);
}

/// Polls a future on threads that have never polled anything.
async fn each_time_on_a_new_thread<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    struct Woken(Notify);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.notify_one();
        }
    }

    let woken = Arc::new(Woken(Notify::new()));
    let (runtime, mut future) = (Handle::current(), Box::pin(future));
    loop {
        let (waker, runtime) = (Waker::from(Arc::clone(&woken)), runtime.clone());
        let poll = move || {
            let _entered = runtime.enter();
            let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
            (polled, future)
        };
        let polled;
        (polled, future) = thread::spawn(poll).join().expect("nothing panics");
        match polled {
            Poll::Ready(res) => return res,
            Poll::Pending => woken.0.notified().await,
        }
    }
}
