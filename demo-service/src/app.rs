//! Puts the layers together: who is given whom.

use std::{error::Error, path::Path, sync::Arc, time::Instant};

use crate::{
    cache::{CacheService, Memory},
    http::{Handlers, Router},
    logger::LoggerService,
    product_service::ProductService,
    storage::DatabaseService,
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
    database: &Path,
    logger: Arc<LoggerService>,
) -> Result<Arc<App>, Box<dyn Error + Send + Sync>> {
    let opened = DatabaseService::open(database)
        .await
        .map_err(|error| format!("cannot use database {}: {error}", database.display()))?;
    let cache = Arc::new(CacheService::new(Memory::new(CACHE_CAPACITY, Instant::now)));
    let products = ProductService::new(Arc::new(opened), cache, Arc::clone(&logger));
    let router = Router::new(Handlers::new(Arc::new(products)));
    Ok(Arc::new(App { router, logger }))
}
