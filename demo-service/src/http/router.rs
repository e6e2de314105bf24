//! The URL table, and the way from a request to its handler.

use flowtrace_runtime::trace;
use hyper::{Method, Uri};

use super::{
    error::{HttpError, json},
    handlers::Handlers,
    query::{decode, parameter},
};

const READ: &str = "GET, HEAD";
/// No HEAD: a purchase is no reading, though the service lets GET buy.
const BUY: &str = "GET, POST";

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
enum Route {
    Health,
    Products,
    Search,
    Product(i64),
    Purchase(i64),
    Stats,
}

impl Route {
    /// The URL table: the route of a path and the methods it allows.
    fn find(path: &str) -> Result<(Self, &'static str), HttpError> {
        let parts = path.split('/').map(decode).collect::<Result<Vec<_>, _>>()?;
        let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
        Ok(match parts[..] {
            ["", "health"] => (Self::Health, READ),
            ["", "products"] => (Self::Products, READ),
            ["", "products", "search"] => (Self::Search, READ),
            ["", "products", id] => (Self::Product(product_id(id)?), READ),
            ["", "products", id, "purchase"] => (Self::Purchase(product_id(id)?), BUY),
            ["", "stats"] => (Self::Stats, READ),
            _ => return Err(HttpError::not_found()),
        })
    }
}

/// What is no positive number names no product.
fn product_id(text: &str) -> Result<i64, HttpError> {
    positive(text).ok_or_else(HttpError::product_not_found)
}

/// A whole number above zero, digits alone: `parse` would take a `+` too.
fn positive(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&number| digits && number > 0)
}

/// Leads requests to handlers.
#[derive(Debug)]
pub(crate) struct Router {
    handlers: Handlers,
}

impl Router {
    pub(crate) fn new(handlers: Handlers) -> Self {
        Self { handlers }
    }

    /// The JSON that answers a request.
    #[trace]
    pub(crate) async fn dispatch(&self, method: &Method, uri: &Uri) -> Result<String, HttpError> {
        let (route, allowed) = Route::find(uri.path())?;
        if !allowed.split(", ").any(|name| name == method.as_str()) {
            return Err(HttpError::method_not_allowed(allowed));
        }
        match route {
            Route::Health => json(&self.handlers.health()),
            Route::Products => json(&self.handlers.list_products().await?),
            Route::Search => {
                // An empty search is as good as none.
                let q = parameter(uri.query(), "q")?.filter(|q| !q.is_empty());
                let q = q.ok_or_else(|| HttpError::missing_parameter("q"))?;
                json(&self.handlers.search_products(&q).await?)
            }
            Route::Product(id) => json(&self.handlers.get_product(id).await?),
            Route::Purchase(id) => {
                let quantity = parameter(uri.query(), "quantity")?;
                let quantity = quantity.map_or(Some(1), |text| positive(&text));
                let quantity = quantity.ok_or_else(HttpError::invalid_quantity)?;
                json(&self.handlers.purchase_product(id, quantity, None).await?)
            }
            Route::Stats => json(&self.handlers.get_stats().await?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str) -> Option<Route> {
        Route::find(path).ok().map(|(route, _)| route)
    }

    #[test]
    fn every_row_of_the_table() {
        assert_eq!(route("/health"), Some(Route::Health));
        assert_eq!(route("/products"), Some(Route::Products));
        assert_eq!(route("/products/search"), Some(Route::Search));
        assert_eq!(route("/products/1"), Some(Route::Product(1)));
        assert_eq!(route("/products/1/purchase"), Some(Route::Purchase(1)));
        assert_eq!(route("/stats"), Some(Route::Stats));
    }

    #[test]
    fn parts_are_decoded_one_by_one() {
        assert_eq!(route("/%68ealth"), Some(Route::Health));
        assert_eq!(route("/products/%31"), Some(Route::Product(1)));
        assert_eq!(route("/products%2F1"), None);
        assert_eq!(route("/%FF"), None);
    }

    #[test]
    fn nothing_else_is_there() {
        for path in [
            "",
            "/",
            "*",
            "health",
            "/health/",
            "//health",
            "/products/",
            "/products/1/",
            "/Health",
            "/products/1/buy",
        ] {
            assert_eq!(route(path), None, "{path}");
        }
    }

    #[test]
    fn ids_are_positive_and_fit() {
        assert_eq!(route("/products/9223372036854775807"), Some(Route::Product(i64::MAX)));
        for id in ["0", "-1", "+1", "1.0", "abc", "9223372036854775808", "١", "1%20"] {
            assert_eq!(route(&format!("/products/{id}")), None, "{id}");
        }
    }

    #[test]
    fn buying_is_not_reading() {
        assert_eq!(Route::find("/products/1").expect("a route").1, "GET, HEAD");
        assert_eq!(Route::find("/products/1/purchase").expect("a route").1, "GET, POST");
    }
}
