//! Puts the layers together: who is given whom.

use std::{error::Error, sync::Arc, time::Instant};

use crate::{
    cache::{CacheService, Memory, Place, Redis},
    http::{Handlers, Router},
    logger::LoggerService,
    product_service::ProductService,
    storage::{DatabaseService, Location},
};

/// Entries the cache may hold.
const CACHE_CAPACITY: usize = 1024;

/// What the server needs of the layers.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) router: Router,
    pub(crate) logger: Arc<LoggerService>,
}

/// Opens the database and builds every layer on top of it.
pub(crate) async fn assemble(
    database: &Location,
    cache: &Place,
    logger: Arc<LoggerService>,
) -> Result<Arc<App>, Box<dyn Error + Send + Sync>> {
    let opened = DatabaseService::open(database)
        .await
        .map_err(|error| format!("cannot use database {database}: {error}"))?;
    let opened = Arc::new(opened);
    let cache = match cache {
        Place::Memory => CacheService::new(Memory::new(CACHE_CAPACITY, Instant::now), Arc::clone(&logger)),
        Place::Server(server) => {
            let server = Redis::new(server.clone(), Arc::clone(&opened))
                .map_err(|error| format!("cannot use the cache: {error}"))?;
            CacheService::new(server, Arc::clone(&logger))
        }
    };
    let products = ProductService::new(opened, Arc::new(cache), Arc::clone(&logger));
    let router = Router::new(Handlers::new(Arc::new(products)));
    Ok(Arc::new(App { router, logger }))
}
