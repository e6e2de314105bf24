//! Where a database is.

use std::path::PathBuf;
use std::{ffi::OsString, fmt};

use tokio_postgres::config::Host;

/// A file, or a server.
#[derive(Clone, Debug)]
pub(crate) enum Location {
    /// A `SQLite` file.
    File(PathBuf),
    /// A `PostgreSQL` server.
    Server(Box<tokio_postgres::Config>),
}

impl Location {
    /// What starts with `postgres://` or `postgresql://` is a server; all else is the path of a file.
    ///
    /// # Errors
    ///
    /// When the URL of a server is not one. The error does not repeat it, since a password may be in it.
    pub(crate) fn parse(text: OsString) -> Result<Self, tokio_postgres::Error> {
        match text.to_str() {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Server(Box::new(url.parse()?)))
            }
            _ => Ok(Self::File(text.into())),
        }
    }
}

/// Without user and password.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(server) => {
                let hosts = server.get_hosts().iter().map(|host| match host {
                    Host::Tcp(name) => name.clone(),
                    #[cfg(unix)]
                    Host::Unix(path) => path.display().to_string(),
                });
                write!(f, "postgres://{}", hosts.collect::<Vec<_>>().join(","))?;
                if let [port, ..] = server.get_ports() {
                    write!(f, ":{port}")?;
                }
                write!(f, "/{}", server.get_dbname().unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_file_and_a_url_a_server_whose_password_is_not_shown() {
        for (text, shown) in [
            ("products.db", "products.db"),
            ("/a b/postgres", "/a b/postgres"),
            ("postgres://me:secret@db.example:5433/shop", "postgres://db.example:5433/shop"),
            ("postgresql://db.example/shop?password=secret", "postgres://db.example:5432/shop"),
        ] {
            let location = Location::parse(text.into()).expect("a location");
            assert_eq!(location.to_string(), shown);
        }
        let wrong = Location::parse("postgres://me:secret@db.example/shop?nonsense=secret".into());
        assert!(!wrong.expect_err("an error").to_string().contains("secret"));
    }
}
