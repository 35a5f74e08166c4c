//! What every server process is: its settings, its logs, its signals, its listener, and how it speaks HTTP.

mod accepted;
mod addresses;
mod answer;
mod build;
mod founding;
mod function;
mod guard;
mod health;
mod logging;
mod moment;
mod program;
mod seldom;
mod serve;
mod session;
mod settings;
mod status;
mod stop;

pub use accepted::Accepted;
pub use addresses::{Addresses, Counted, forwarded, network};
pub use build::build_of_this_program;
pub use founding::found;
pub use function::is_function;
pub use guard::behind;
pub use health::{ask_health, health};
pub use logging::LogConfig;
pub use moment::now;
pub use program::{Task, arguments, run, task, tell_where};
pub use seldom::tell_seldom;
pub use serve::{Peers, serve};
pub use session::session_token;
pub use settings::{from_environment, help};
pub use status::status;
pub use stop::Stop;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
