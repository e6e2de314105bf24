//! The URL table, and the way from a request to its handler.

use hyper::{Method, http::request::Parts};

use super::{
    answer::Reply,
    error::{HttpError, json},
    handlers::Handlers,
    head::idempotency_key,
    quantity::quantity,
    query::{decode, parameter, positive},
};

const READ: &str = "GET, HEAD, OPTIONS";
/// No HEAD: a purchase is no reading, though the service lets GET buy.
const BUY: &str = "GET, POST, OPTIONS";
/// What the service allows somewhere.
const ANY: &str = "GET, HEAD, POST, OPTIONS";

/// The service's own description.
const OPENAPI: &str = include_str!("openapi.json");

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Everything,
    OpenApi,
    Health,
    Ready,
    Products,
    Search,
    Product(i64),
    Purchase(i64),
    Stats,
}

/// A row of the URL table that a path has led to.
#[derive(Debug)]
pub(super) struct RouteMatch {
    pub(super) pattern: &'static str,
    methods: &'static str,
    /// An error where the path names nothing that can be.
    route: Result<Route, HttpError>,
}

impl RouteMatch {
    /// The URL table.
    pub(super) fn at(path: &str) -> Result<Self, HttpError> {
        let row = |pattern, methods, route| Ok(Self { pattern, methods, route: Ok(route) });
        let product = |pattern, methods, id, route: fn(i64) -> Route| {
            Ok(Self { pattern, methods, route: product_id(id).map(route) })
        };
        let parts = path.split('/').map(decode).collect::<Result<Vec<_>, _>>()?;
        let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
        match parts[..] {
            ["*"] => row("*", ANY, Route::Everything),
            ["", "openapi.json"] => row("/openapi.json", READ, Route::OpenApi),
            ["", "health"] => row("/health", READ, Route::Health),
            ["", "health", "ready"] => row("/health/ready", READ, Route::Ready),
            ["", "products"] => row("/products", READ, Route::Products),
            ["", "products", "search"] => row("/products/search", READ, Route::Search),
            ["", "products", id] => product("/products/{id}", READ, id, Route::Product),
            ["", "products", id, "purchase"] => product("/products/{id}/purchase", BUY, id, Route::Purchase),
            ["", "stats"] => row("/stats", READ, Route::Stats),
            _ => Err(HttpError::not_found()),
        }
    }
}

/// What is no positive number names no product.
fn product_id(text: &str) -> Result<i64, HttpError> {
    positive(text).ok_or_else(HttpError::product_not_found)
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

    /// What answers the request of `head` and `body`, whose path has led to `found`.
    pub(super) async fn dispatch(
        &self,
        found: RouteMatch,
        head: &Parts,
        body: &[u8],
    ) -> Result<Reply, HttpError> {
        let route = found.route?;
        if head.method == Method::OPTIONS {
            return Ok(Reply::Options(found.methods));
        }
        if !found.methods.split(", ").any(|name| name == head.method.as_str()) {
            return Err(HttpError::method_not_allowed(found.methods));
        }
        let json = match route {
            Route::Everything => return Err(HttpError::not_found()),
            Route::OpenApi => return Ok(Reply::Document(OPENAPI)),
            Route::Health => json(&self.handlers.health()),
            Route::Ready => json(&self.handlers.ready().await?),
            Route::Products => json(&self.handlers.list_products().await?),
            Route::Search => {
                // An empty search is as good as none.
                let q = parameter(head.uri.query(), "q")?.filter(|q| !q.is_empty());
                let q = q.ok_or_else(|| HttpError::missing_parameter("q"))?;
                json(&self.handlers.search_products(&q).await?)
            }
            Route::Product(id) => json(&self.handlers.get_product(id).await?),
            Route::Purchase(id) => {
                let (quantity, key) = (quantity(head, body)?, idempotency_key(&head.headers)?);
                json(&self.handlers.purchase_product(id, quantity, key).await?)
            }
            Route::Stats => json(&self.handlers.get_stats().await?),
        };
        json.map(Reply::Json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str) -> Option<Route> {
        RouteMatch::at(path).ok().and_then(|found| found.route.ok())
    }

    #[test]
    fn every_row_of_the_table() {
        assert_eq!(route("*"), Some(Route::Everything));
        assert_eq!(route("/openapi.json"), Some(Route::OpenApi));
        assert_eq!(route("/health"), Some(Route::Health));
        assert_eq!(route("/health/ready"), Some(Route::Ready));
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
            "/*",
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
        assert_eq!(RouteMatch::at("/products/1").expect("a route").methods, "GET, HEAD, OPTIONS");
        assert_eq!(RouteMatch::at("/products/1/purchase").expect("a route").methods, "GET, POST, OPTIONS");
    }
}
