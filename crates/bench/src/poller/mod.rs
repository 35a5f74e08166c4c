//! Gives a function what happens in a table, as Lambda does in an account: it reads the table's stream, shard by shard.
//! How far it is, it does not keep: started anew it begins at the beginning.

mod event;
mod function;
mod rules;
mod stream;

use std::{collections::HashSet, net::SocketAddr, time::Duration};

use clap::Args;
use tokio::{task::JoinSet, time::sleep};

use self::{
    event::Change,
    function::Function,
    rules::{Rules, Shard},
    stream::{Place, Stream},
};
use crate::random::Random;

/// A shard is read so often. Source: AWS Lambda's developer guide: "at a base rate of 4 times per second".
const READS_EVERY: Duration = Duration::from_millis(250);
/// It is looked whether there are other shards so often.
const LOOKS_EVERY: Duration = Duration::from_secs(5);
/// What failed is tried again after this time.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Batches that may come again.
const REMEMBERED: usize = 50;

/// From where to where, and how an event source mapping is set up.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where DynamoDB Local is.
    #[arg(long)]
    dynamodb: String,
    /// The table.
    #[arg(long)]
    table: String,
    /// Where functions are called.
    #[arg(long)]
    functions: SocketAddr,
    /// The function's name.
    #[arg(long)]
    function: String,
    /// Records that it gets at once.
    #[arg(long, default_value_t = 100)]
    batch: usize,
    /// A record that fails by itself is tried again so often.
    #[arg(long, default_value_t = 20)]
    retries: u32,
    /// The function has failed if it takes longer, in seconds.
    #[arg(long, default_value_t = 30)]
    timeout: u64,
    /// One batch in so many comes again later, as may happen in an account; none without this.
    #[arg(long)]
    repeat_one_in: Option<u32>,
}

/// Goes on for ever.
///
/// # Errors
/// When there is no such stream, or what stands in it cannot be read.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let stream = Stream::of(&options.dynamodb, &options.table).await?;
    let (mut begun, mut ended) = (HashSet::new(), HashSet::new());
    let mut running = JoinSet::new();
    loop {
        let shards = stream.shards().await?;
        let known: HashSet<&str> = shards.iter().map(|shard| shard.id.as_str()).collect();
        for shard in &shards {
            // What came before it in the shard that it is of comes first.
            let waits =
                shard.parent.as_ref().is_some_and(|it| known.contains(it.as_str()) && !ended.contains(it));
            if !waits && begun.insert(shard.id.clone()) {
                running.spawn(follow(stream.clone(), shard.id.clone(), options.clone()));
            }
        }
        tokio::select! {
            Some(shard) = running.join_next() => drop(ended.insert(shard??)),
            () = sleep(LOOKS_EVERY) => {}
        }
    }
}

/// Gives a function all that stands in a shard, and returns its id.
async fn follow(stream: Stream, id: String, options: Options) -> anyhow::Result<String> {
    let rules = Rules { batch_max: options.batch, retries_max: options.retries };
    let function = Function {
        addr: options.functions,
        name: options.function,
        answers_within: Duration::from_secs(options.timeout),
    };
    let mut shard = Shard::new(rules);
    let mut again = Again::new(options.repeat_one_in);
    let mut place = Some(Place::Beginning);
    while let Some(at) = place {
        let (changes, next) = stream.read(&id, at).await?;
        if changes.is_empty() {
            sleep(READS_EVERY).await;
        }
        place = next;
        shard.take(changes);
        while let Some(batch) = shard.next() {
            if let Some(former) = again.instead_of(batch) {
                function.call(&former).await;
            }
            let answer = function.call(batch).await;
            let is_done = answer == rules::Answer::Done(Vec::new());
            for given_up in shard.answered(&answer) {
                tell(&format!("given up: {}", given_up.json["dynamodb"]["Keys"]));
            }
            if !is_done {
                tell(&format!("not done: {answer:?}"));
                sleep(AGAIN_AFTER).await;
            }
        }
    }
    Ok(id)
}

/// What may come again, and when.
struct Again {
    one_in: Option<u32>,
    former: Vec<Vec<Change>>,
    random: Random,
}

impl Again {
    fn new(one_in: Option<u32>) -> Self {
        Self { one_in, former: Vec::new(), random: Random::from_seed(1) }
    }

    /// Remembers a batch; gives one that comes once more before it, now and then.
    fn instead_of(&mut self, batch: &[Change]) -> Option<Vec<Change>> {
        let one_in = self.one_in?;
        if self.former.len() == REMEMBERED {
            self.former.remove(self.random.index(REMEMBERED));
        }
        self.former.push(batch.to_vec());
        let comes = self.random.below(one_in.into()) == 0;
        comes.then(|| self.former[self.random.index(self.former.len())].clone())
    }
}

#[expect(clippy::print_stderr, reason = "its log")]
fn tell(what: &str) {
    eprintln!("{what}");
}
