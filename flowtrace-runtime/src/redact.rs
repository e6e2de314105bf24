//! Which names are secret: an argument, a field or a map key called so is written `"[redacted]"`.

/// What a name that holds a secret is made of, in words.
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
    "creditcard",
    "card number",
    "cvv",
    "cvc",
    "ssn",
    "pin code",
    "otp",
    "session id",
    "bearer",
];

/// Names are looked at up to here, from their end.
const LONGEST: usize = 128;

/// The names that are redacted.
#[derive(Debug, Clone)]
pub(crate) struct Redact {
    /// Each a run of words with blanks between, sorted, so that those with one first letter are together.
    secrets: Vec<String>,
}

impl Default for Redact {
    fn default() -> Self {
        let mut secrets: Vec<String> = SECRETS.iter().map(|&name| name.to_owned()).collect();
        secrets.sort_unstable();
        Self { secrets }
    }
}

impl Redact {
    /// Adds a name to the list; one without letters or digits adds nothing.
    pub(crate) fn add(&mut self, name: &str) {
        let words = Words::of(name);
        let name = String::from_utf8_lossy(words.bytes()).trim().to_owned();
        if let (false, Err(place)) = (name.is_empty(), self.secrets.binary_search(&name)) {
            self.secrets.insert(place, name);
        }
    }

    /// Whether a listed name's words stand in `name`: `user_password`, `apiKey` and `X-Api-Key` are
    /// secret, `max_tokens` and `spinach` are not.
    pub(crate) fn is_secret(&self, name: &str) -> bool {
        let words = Words::of(name);
        let mut rest = words.bytes();
        while let Some((first, _)) = rest.split_first() {
            let from = self.secrets.partition_point(|secret| secret.as_bytes().first() < Some(first));
            let alike =
                self.secrets[from..].iter().take_while(|secret| secret.as_bytes().first() == Some(first));
            let mut alike = alike.map(String::as_bytes);
            if alike.any(|secret| rest.strip_prefix(secret).is_some_and(|rest| rest.first() == Some(&b' '))) {
                return true;
            }
            let next = rest.iter().position(|byte| *byte == b' ').map_or(rest.len(), |blank| blank + 1);
            rest = &rest[next..];
        }
        false
    }
}

/// `user password ` of `user_password`, `userPassword`, `User-Password` and `USER PASSWORD`, on the stack.
struct Words {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Words {
    fn of(name: &str) -> Self {
        // what stands at the end of a name says what it is
        let from = name.len().saturating_sub(LONGEST / 2);
        let name = &name[name.ceil_char_boundary(from)..];
        let mut words = Self { bytes: [0; LONGEST], len: 0 };
        let mut after_lower = false;
        for c in name.chars() {
            if !c.is_alphanumeric() || (after_lower && c.is_uppercase()) {
                words.end_word();
            }
            if c.is_alphanumeric() {
                for c in c.to_lowercase() {
                    words.push(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            after_lower = c.is_lowercase() || c.is_numeric();
        }
        words.end_word();
        words
    }

    fn push(&mut self, bytes: &[u8]) {
        if let Some(room) = self.bytes.get_mut(self.len..self.len + bytes.len()) {
            room.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }

    fn end_word(&mut self) {
        if self.bytes().last().is_some_and(|last| *last != b' ') {
            self.push(b" ");
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
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
            "x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_secret",
        ] {
            assert!(redact.is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_name_that_only_looks_alike_is_kept() {
        let redact = Redact::default();
        for name in ["max_tokens", "pass", "secretary", "compass", "key", "pin", "", "_", "id", "ﬀ", "日本語"]
        {
            assert!(!redact.is_secret(name), "{name}");
        }
    }

    #[test]
    fn names_can_be_added() {
        let mut redact = Redact::default();
        redact.add("iban");
        redact.add("tax number");
        redact.add(" ");
        assert!(
            redact.is_secret("customer_iban") && redact.is_secret("taxNumber") && !redact.is_secret("id")
        );
    }
}
