//! The HTTP handlers: one a route, each turning what the product service says into an answer.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use flowtrace_runtime::trace;

use super::error::HttpError;
use crate::{
    model::{Health, Product, ProductList, Purchase, Ready, Receipt, SearchResults, Stats},
    product_service::ProductService,
    storage::IdempotencyKey,
};

/// Answers requests that have found their route.
#[derive(Debug)]
pub(crate) struct Handlers {
    products: Arc<ProductService>,
}

#[trace]
impl Handlers {
    #[trace(off)]
    pub(crate) fn new(products: Arc<ProductService>) -> Self {
        Self { products }
    }

    /// `GET /health`
    pub(crate) fn health(&self) -> Health {
        // A clock set before 1970 is no reason to call the service ill.
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis());
        Health { status: "healthy", service: "product-service", timestamp }
    }

    /// `GET /health/ready`
    pub(crate) async fn ready(&self) -> Result<Ready, HttpError> {
        self.products.ready().await.map_err(HttpError::not_ready)?;
        Ok(Ready { status: "ready" })
    }

    /// `GET /products`
    pub(crate) async fn list_products(&self) -> Result<ProductList, HttpError> {
        let products = self.products.get_all_products().await?;
        Ok(ProductList { count: products.len(), products })
    }

    /// `GET /products/{id}`
    pub(crate) async fn get_product(&self, product_id: i64) -> Result<Product, HttpError> {
        self.products.get_product(product_id).await?.ok_or_else(HttpError::product_not_found)
    }

    /// `GET /products/search?q=`
    pub(crate) async fn search_products(&self, query: &str) -> Result<SearchResults, HttpError> {
        let results = self.products.search_products(query).await?;
        Ok(SearchResults { count: results.len(), results, query: query.to_owned() })
    }

    /// `GET` and `POST /products/{id}/purchase?quantity=`
    pub(crate) async fn purchase_product(
        &self,
        product_id: i64,
        quantity: i64,
        key: Option<IdempotencyKey>,
    ) -> Result<Receipt, HttpError> {
        match self.products.purchase_product(product_id, quantity, key).await? {
            Purchase::Sold(receipt) => Ok(receipt),
            Purchase::NoProduct => Err(HttpError::product_not_found()),
            Purchase::InsufficientStock { available } => Err(HttpError::insufficient_stock(available)),
            Purchase::KeyReused => Err(HttpError::key_reused()),
            Purchase::TotalTooLarge => Err(HttpError::total_too_large()),
        }
    }

    /// `GET /stats`
    pub(crate) async fn get_stats(&self) -> Result<Stats, HttpError> {
        Ok(self.products.get_stats().await?)
    }
}
