//! Which names are secret, and which are not.
use super::Redact;

const SECRET: &[&str] = &[
    // a word, and how it is spelled
    "password",
    "Password",
    "PASSWORD",
    "pass_word",
    "Pass Word",
    "passwd",
    "pwd",
    "pw",
    "pass",
    "passphrase",
    "secret",
    "token",
    "bearer",
    "authorization",
    "Authorization",
    "auth",
    "jwt",
    "pin",
    "otp",
    "totp",
    "cred",
    "session",
    "cookie",
    "dsn",
    "ssn",
    "cvv",
    "csrf",
    "xsrf",
    "sid",
    // plurals
    "passwords",
    "secrets",
    "api_keys",
    "apiKeys",
    "APIKeys",
    "private_keys",
    "access_tokens",
    "creds",
    "credentials",
    "cookies",
    "JWTs",
    "session_ids",
    // words beside
    "user_password",
    "userPassword",
    "password_hash",
    "password2",
    "X-Api-Key",
    "x-auth-token",
    "set-cookie",
    "Set-Cookie",
    "accessToken",
    "refresh_token",
    "client_secret",
    "basic_auth",
    "auth_header",
    "proxy-authorization",
    "user_session",
    "session_data",
    "session_key",
    "session_id",
    "sessionId",
    "new_pin",
    "card_pin",
    "user_pass",
    "pin_code",
    "pass_hash",
    "oauth2",
    "OAuthToken",
    "signing_key",
    "encryption_key",
    "ssh_key",
    "master_key",
    "security_answer",
    "one_time_code",
    "creditCardNumber",
    "credit_card",
    "cardNumber",
    "social_security_number",
    "csrf_token",
    "X-XSRF-TOKEN",
    "connection_string",
    "database_url",
    "DATABASE_URL",
    "sentry_dsn",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_secret",
    // acronyms
    "DBPassword",
    "AWSSecretKey",
    "JWTToken",
    "APIKey",
    "HTTPAuthorization",
    "userPIN",
    "MySQLPassword",
    // without anything between the words
    "apikey",
    "apikeys",
    "sessionid",
    "privatekey",
    "secretkey",
    "accesskey",
    "dbpassword",
    "PGPASSWORD",
    "mypasswd",
    "csrftoken",
    "csrfmiddlewaretoken",
    "xsrftoken",
    "authtoken",
    "clientsecret",
    "cardnumber",
    "connectionstring",
    // as others call it
    "PHPSESSID",
    "JSESSIONID",
    "ASP.NET_SessionId",
    "connect.sid",
    "aws.secretAccessKey",
    "spring.datasource.password",
];

const HARMLESS: &[&str] = &[
    // other words
    "",
    "_",
    "id",
    "key",
    "keys",
    "name",
    "ﬀ",
    "日本語",
    "author",
    "authority",
    "authenticated",
    "passage",
    "compass",
    "passenger",
    "bypass",
    "keyboard",
    "primary_key",
    "public_key",
    "ssh_public_key",
    "pinned",
    "spinach",
    "pinky",
    "mapping",
    "secretary",
    "tokenizer",
    "tokenize",
    "obsession",
    "sessions",
    "possession",
    "option",
    "sidecar",
    "assign",
    "jwks",
    "optional",
    "hotplug",
    "credits",
    "accredited",
    "cookbook",
    "passes",
    "auths",
    // counts
    "tokens",
    "max_tokens",
    "maxTokens",
    "prompt_tokens",
    "total_tokens",
    "token_count",
    "tokenCount",
    "session_count",
    "SessionCount",
    "num_secrets",
    "total_passwords",
    "password_count",
    "cookie_size",
    "token_len",
    // what is said of a secret
    "token_type",
    "token_kind",
    "token_expires_at",
    "token_ttl_secs",
    "access_token_expiry",
    "has_password",
    "is_secret",
    "min_password_length",
    "password_policy",
    "password_changed_at",
    "secret_name",
    "cookie_domain",
    "cookie_path",
    "private_key_path",
    "token_url",
    "authorization_endpoint",
    "token_stream",
    "api_key_status",
    "authorization_scopes",
    // what a short word says little of
    "auth_type",
    "auth_url",
    "auth_user",
    "session_timeout",
    "session_started",
    "pass_number",
    "pin_mode",
    "pass_count",
    // what stands before it
    "led_pin",
    "gpio4_pin",
    "GPIOPin",
    "resetPin",
    "tx_pins",
    "LedPin",
    "render_pass",
    "first_pass",
];

#[test]
fn a_secret_is_known_in_every_spelling() {
    let redact = Redact::default();
    let missed: Vec<_> =
        SECRET.iter().filter(|name| !redact.is_secret(name) || redact.is_harmless(name)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn a_name_that_only_looks_alike_is_kept() {
    let redact = Redact::default();
    let hidden: Vec<_> = HARMLESS.iter().filter(|name| redact.is_secret(name)).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

#[test]
fn names_can_be_added() {
    let mut redact = Redact::default();
    redact.read("iban, tax number, ,token_count").unwrap();
    for name in ["customer_iban", "ibans", "taxNumber", "token_count"] {
        assert!(redact.is_secret(name) && !redact.is_harmless(name), "{name}");
    }
    redact.read("q,2f,à la carte,Schlüssel").unwrap();
    for name in ["q", "my_q", "Q", "2f", "2f_key", "x-2f", "ÀLaCarte", "SCHLÜSSEL", "der_schlüssel"] {
        assert!(redact.is_secret(name) && !redact.is_harmless(name), "{name}");
    }
    assert!(!redact.is_secret("id") && !redact.is_secret("iban_type"));
}

#[test]
fn names_can_be_taken_off() {
    let mut redact = Redact::default();
    redact.read("-session, -token,-API-Key,-password_reset").unwrap();
    for name in ["session", "user_session", "token", "next_token", "apiKey", "apikey", "PasswordReset"] {
        assert!(!redact.is_secret(name), "{name}");
    }
    for name in ["session_id", "access_token", "password", "password_reset_code"] {
        assert!(redact.is_secret(name), "{name}");
    }
    redact.read("token").unwrap();
    assert!(redact.is_secret("token"), "the last word counts");
    assert_eq!(
        redact.read("a,-").unwrap_err(),
        "`-` names nothing; write `-name` to show what is called `name`"
    );
}
