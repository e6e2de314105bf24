//! What the layers hand each other, and what answers are made of.

use serde::{Deserialize, Serialize};

use crate::money::Money;

/// A product on sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Product {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) price: Money,
    pub(crate) stock: i64,
}

/// How an attempt to buy ended.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purchase {
    Sold(Receipt),
    NoProduct,
    InsufficientStock {
        available: i64,
    },
    TotalTooLarge,
    /// The idempotency key belongs to another purchase.
    KeyReused,
}

impl Purchase {
    pub(crate) fn is_sold(&self) -> bool {
        matches!(self, Self::Sold(_))
    }
}

/// What a buyer gets; `product` is as the purchase left it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) success: bool,
    pub(crate) product: Product,
    pub(crate) quantity: i64,
    pub(crate) total: Money,
}

/// The answer of `GET /health`.
#[derive(Debug, Serialize)]
pub(crate) struct Health {
    pub(crate) status: &'static str,
    pub(crate) service: &'static str,
    /// Milliseconds since the Unix epoch.
    pub(crate) timestamp: u128,
}

/// The answer of `GET /health/ready`.
#[derive(Debug, Serialize)]
pub(crate) struct Ready {
    pub(crate) status: &'static str,
}

/// The answer of `GET /products`.
#[derive(Debug, Serialize)]
pub(crate) struct ProductList {
    pub(crate) products: Vec<Product>,
    pub(crate) count: usize,
}

/// The answer of `GET /products/search`.
#[derive(Debug, Serialize)]
pub(crate) struct SearchResults {
    pub(crate) results: Vec<Product>,
    pub(crate) count: usize,
    pub(crate) query: String,
}

/// The answer of `GET /stats`.
#[derive(Debug, Serialize)]
pub(crate) struct Stats {
    pub(crate) database: DatabaseStats,
    pub(crate) cache: CacheStats,
}

/// What the database has counted.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DatabaseStats {
    pub(crate) total_products: i64,
    /// Since the service started, those for statistics aside.
    pub(crate) total_queries: u64,
}

/// What the cache holds and has counted.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CacheStats {
    pub(crate) size: usize,
    pub(crate) keys: Vec<String>,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
}
