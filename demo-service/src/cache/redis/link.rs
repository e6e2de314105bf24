//! The connection to the server: made when needed, given up soon, not tried again at once.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use redis::{
    AsyncConnectionConfig, Client, FromRedisValue, InfoDict, RedisError, Script, ScriptInvocation,
    aio::MultiplexedConnection, cmd,
};
use tokio::{sync::Mutex, time::timeout};

use crate::cache::CacheError;

/// How long the server may take to be connected to, and to answer.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long nobody tries again after the server did not answer.
const PAUSE: Duration = Duration::from_millis(500);

/// The way to a server.
#[derive(Debug)]
pub(super) struct Link {
    client: Client,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Up(Run),
    Down { until: Instant, cause: String },
}

/// A connection to one run of the server. It ends with the run, so that no key is ever seen by another one.
#[derive(Clone)]
struct Run {
    connection: MultiplexedConnection,
    id: String,
}

impl Link {
    pub(super) fn new(client: Client) -> Self {
        let state = State::Down { until: Instant::now(), cause: String::new() };
        Self { client, state: Mutex::new(state) }
    }

    /// Runs `script` on each of `kinds` of each of `keys`.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        kinds: &[&str],
        keys: &[&str],
        arguments: impl FnOnce(&mut ScriptInvocation<'_>) + Send,
    ) -> Result<T, CacheError> {
        let mut run = self.connected().await?;
        let mut call = script.prepare_invoke();
        for key in keys {
            for kind in kinds {
                call.key(run.name(kind, key));
            }
        }
        arguments(&mut call);
        let answer = call.invoke_async(&mut run.connection);
        self.answer(&run.id, answer).await
    }

    /// The keys of a kind, in order.
    pub(super) async fn keys(&self, kind: &str) -> Result<Vec<String>, CacheError> {
        let mut run = self.connected().await?;
        let prefix = run.name(kind, "");
        let id = run.id.clone();
        let scan = async {
            let mut keys = Vec::new();
            let mut cursor = 0_u64;
            loop {
                let mut scan = cmd("SCAN");
                scan.arg(cursor).arg("MATCH").arg(format!("{prefix}*")).arg("COUNT").arg(1000);
                let (next, found): (u64, Vec<String>) = scan.query_async(&mut run.connection).await?;
                keys.extend(found.iter().filter_map(|key| key.strip_prefix(&prefix)).map(str::to_owned));
                if next == 0 {
                    return Ok(keys);
                }
                cursor = next;
            }
        };
        let mut keys = self.answer(&id, scan).await?;
        keys.sort_unstable();
        // A scan may come by a key twice.
        keys.dedup();
        Ok(keys)
    }

    async fn connected(&self) -> Result<Run, CacheError> {
        // Held while connecting: all others wait for the one that tries.
        let mut state = self.state.lock().await;
        match &*state {
            State::Up(run) => return Ok(run.clone()),
            State::Down { until, cause } if Instant::now() < *until => return Err(CacheError(cause.clone())),
            State::Down { .. } => {}
        }
        let (outcome, next) = match told(timeout(PATIENCE, self.connect()).await) {
            Ok(run) => (Ok(run.clone()), State::Up(run)),
            Err(cause) => {
                (Err(CacheError(cause.clone())), State::Down { until: Instant::now() + PAUSE, cause })
            }
        };
        *state = next;
        outcome
    }

    async fn connect(&self) -> Result<Run, RedisError> {
        // The times are kept here and not by the client.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let info: InfoDict = cmd("INFO").arg("server").query_async(&mut connection).await?;
        let id = info.get("run_id").ok_or((redis::ErrorKind::Client, "the server has no run_id"))?;
        Ok(Run { connection, id })
    }

    /// Waits for an answer of a run, and takes the server for gone when it does not come.
    async fn answer<T>(
        &self,
        id: &str,
        answer: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, CacheError> {
        let cause = match told(timeout(PATIENCE, answer).await) {
            Ok(answer) => return Ok(answer),
            Err(cause) => cause,
        };
        let mut state = self.state.lock().await;
        if matches!(&*state, State::Up(run) if run.id == id) {
            *state = State::Down { until: Instant::now() + PAUSE, cause: cause.clone() };
        }
        Err(CacheError(cause))
    }
}

impl Run {
    fn name(&self, kind: &str, key: &str) -> String {
        format!("demo-service:{}:{kind}:{key}", self.id)
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("id", &self.id).finish_non_exhaustive()
    }
}

fn told<T>(outcome: Result<Result<T, RedisError>, tokio::time::error::Elapsed>) -> Result<T, String> {
    outcome.map_err(|_| "no answer in time".to_owned())?.map_err(|error| error.to_string())
}
