//! Which names are secret: an argument, a field or a map key called so is written `"[redacted]"`.

/// What a name that holds a secret is made of, in the words of [`words`].
const SECRETS: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secrets",
    "token",
    "api key",
    "apikey",
    "access key",
    "private key",
    "authorization",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "credit card",
    "card number",
    "cvv",
    "cvc",
    "ssn",
    "pin code",
    "otp",
    "session id",
    "bearer",
];

/// The names that are redacted.
#[derive(Debug, Clone)]
pub(crate) struct Redact {
    /// Each a run of words, a space before, between and after them.
    secrets: Vec<String>,
}

impl Default for Redact {
    fn default() -> Self {
        Self { secrets: SECRETS.iter().map(|name| words(name)).collect() }
    }
}

impl Redact {
    /// Adds a name to the list; one without letters or digits adds nothing.
    pub(crate) fn add(&mut self, name: &str) {
        let name = words(name);
        if name.len() > 1 && !self.secrets.contains(&name) {
            self.secrets.push(name);
        }
    }

    /// Whether a listed name's words stand in `name`: `user_password`, `apiKey` and `X-Api-Key` are
    /// secret, `max_tokens` and `spinach` are not.
    pub(crate) fn is_secret(&self, name: &str) -> bool {
        let name = words(name);
        self.secrets.iter().any(|secret| name.contains(secret.as_str()))
    }
}

/// ` user password ` of `user_password`, `userPassword`, `User-Password` and `USER PASSWORD`.
fn words(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    out.push(' ');
    let mut before_lower = false;
    for c in name.chars() {
        let boundary = !c.is_alphanumeric() || (before_lower && c.is_uppercase());
        if boundary && !out.ends_with(' ') {
            out.push(' ');
        }
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        }
        before_lower = c.is_lowercase() || c.is_numeric();
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Redact;

    #[test]
    fn a_secret_is_known_in_every_spelling() {
        let redact = Redact::default();
        for name in [
            "password",
            "user_password",
            "userPassword",
            "PASSWORD",
            "X-Api-Key",
            "apiKey",
            "api_key",
            "accessToken",
            "credit_card",
            "creditCardNumber",
            "Authorization",
            "set-cookie",
            "password_hash",
        ] {
            assert!(redact.is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_name_that_only_looks_alike_is_kept() {
        let redact = Redact::default();
        for name in ["max_tokens", "pass", "secretary", "compass", "key", "pin", "", "_", "id"] {
            assert!(!redact.is_secret(name), "{name}");
        }
    }

    #[test]
    fn names_can_be_added() {
        let mut redact = Redact::default();
        redact.add("iban");
        redact.add(" ");
        assert!(redact.is_secret("customer_iban") && !redact.is_secret("id"));
    }
}
