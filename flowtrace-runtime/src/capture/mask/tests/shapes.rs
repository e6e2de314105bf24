//! What real programs have that is secret, in the shapes they have it.
use super::{check, masked};

#[test]
fn a_secret_that_stands_apart_or_is_part_of_a_url_is_hidden() {
    check(&[
        ("run -token x -v", "run -token [redacted] -v"),
        (r#"["run", "-api-key", "x"]"#, r#"["run", "-api-key", "[redacted]"]"#),
        ("password -> x, a -> b", "password -> [redacted], a -> b"),
        (r#"Password{inner:"x"}"#, "Password{inner:[redacted]}"),
        (r#"{:password "x", :user "a"}"#, r#"{:password [redacted], :user "a"}"#),
        (r#"{:token "x"}"#, "{:token [redacted]}"),
        ("ALTER USER ann PASSWORD 'x' VALID", "ALTER USER ann PASSWORD [redacted] VALID"),
        ("CREATE USER ann IDENTIFIED BY 'x';", "CREATE USER ann IDENTIFIED BY [redacted];"),
        (
            "Authorization: Digest username=\"a\", uri=\"/\", response=\"x\"\r\nHost: y",
            "Authorization: [redacted]\r\nHost: y",
        ),
        (
            "to https://hooks.slack.com/services/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 now",
            "to https://hooks.slack.com/[redacted] now",
        ),
        (
            "https://discord.com/api/webhooks/123456789012345678/a1B2c3D4-e5F6g7H8i9J0k1L2",
            "https://discord.com/api/webhooks/[redacted]",
        ),
        ("https%3A%2F%2Fann%3Ax%40host%2Fpath", "https%3A%2F%2Fann%3A[redacted]%40host%2Fpath"),
        ("?next=postgres%3a%2f%2fann%3ax%40host&b=c", "?next=postgres%3a%2f%2fann%3a[redacted]%40host&b=c"),
        ("https://ann%3Ax@host/", "https://ann%3A[redacted]@host/"),
        ("/c/b?sv=2022&sig=x%3D&b=c", "/c/b?sv=2022&sig=[redacted]&b=c"),
        // none of these has a secret
        (
            "fn token() -> String, token -> ident, Token -> Ast",
            "fn token() -> String, token -> ident, Token -> Ast",
        ),
        ("POST https://host/webhooks/stripe", "POST https://host/webhooks/stripe"),
        ("https%3A%2F%2Fhost%2Fa%40b, 12%3A30", "https%3A%2F%2Fhost%2Fa%40b, 12%3A30"),
        (r#"secret "db" not found, cookie 'sid'"#, r#"secret "db" not found, cookie 'sid'"#),
        ("a well-known pass-through, x -password-file y", "a well-known pass-through, x -password-file y"),
        ("Author{name:\"a\"}, order by 'x'", "Author{name:\"a\"}, order by 'x'"),
        ("<!-- password -->x", "<!-- password -->x"),
        ("sig=SIGTERM, a.sig=b", "sig=SIGTERM, a.sig=b"),
    ]);
}

/// What real programs have, each with `S3CR3T` for the secret.
const SHAPES: [&str; 66] = [
    // environments and shells
    "AWS_SECRET_ACCESS_KEY=S3CR3T\nHOME=/root",
    r#"{"AWS_SECRET_ACCESS_KEY": "S3CR3T"}"#,
    r#"[("GITHUB_TOKEN", "S3CR3T"), ("HOME", "/root")]"#,
    "export STRIPE_API_KEY='S3CR3T' && run",
    "docker run -e POSTGRES_PASSWORD=S3CR3T postgres",
    "APP_KEY=base64:S3CR3T=",
    "SECRET_KEY_BASE: S3CR3T",
    "psql --password S3CR3T",
    "tool -token S3CR3T",
    "tool --client-secret=S3CR3T --verbose",
    "openssl rsa -passin pass:S3CR3T",
    "curl -u 'ann:S3CR3T' https://host",
    "curl -H 'X-Api-Key: S3CR3T' https://host",
    r#"["curl", "-H", "Authorization: Bearer S3CR3T"]"#,
    // headers and cookies
    r#"{"authorization": "Bearer S3CR3T", "accept": "*/*"}"#,
    "GET / HTTP/1.1\r\nAuthorization: Basic S3CR3T==\r\n\r\n",
    "Authorization: Digest username=\"ann\", realm=\"r\", response=\"S3CR3T\"",
    "Authorization: AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=S3CR3T",
    "Set-Cookie: sid=S3CR3T; Path=/; HttpOnly",
    "Cookie: theme=dark; session=S3CR3T",
    r#"HeaderMap { inner: {"x-auth-token": "S3CR3T"} }"#,
    "Ocp-Apim-Subscription-Key: S3CR3T",
    "Proxy-Authorization: Basic S3CR3T",
    // connections
    "postgres://ann:S3CR3T@db:5432/shop",
    "mongodb+srv://ann:S3CR3T@cluster.mongodb.net/?w=majority",
    "jdbc:postgresql://db/shop?user=ann&password=S3CR3T",
    "Server=db;Database=shop;User Id=ann;Password=S3CR3T;",
    "Driver={SQL Server};Server=db;UID=ann;PWD=S3CR3T",
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=S3CR3T==;EndpointSuffix=b",
    "Endpoint=sb://a/;SharedAccessKeyName=b;SharedAccessKey=S3CR3T=",
    "host=db user=ann password=S3CR3T sslmode=require",
    "ann:S3CR3T@tcp(db:3306)/shop",
    "https%3A%2F%2Fann%3AS3CR3T%40host%2Fpath",
    "CREATE ROLE ann WITH LOGIN PASSWORD 'S3CR3T'",
    "ALTER USER ann IDENTIFIED BY 'S3CR3T'",
    // URLs and forms
    "/callback?access_token=S3CR3T&state=1",
    "grant_type=password&username=ann&password=S3CR3T",
    "https://a.blob.core.windows.net/c/b?sv=2022&sig=S3CR3T%3D",
    "https://a.s3.amazonaws.com/b?X-Amz-Credential=c&X-Amz-Signature=S3CR3T",
    "/reset?user[password]=S3CR3T",
    "form-data; name=\"password\"\r\n\r\nS3CR3T\r\n--b--",
    "a%3D1%26client_secret%3DS3CR3T",
    // files
    "//registry.npmjs.org/:_authToken=S3CR3T",
    r#"{"auths": {"https://index.docker.io/v1/": {"auth": "S3CR3T"}}}"#,
    "users:\n- name: ann\n  user:\n    client-key-data: S3CR3T\n    token: S3CR3T",
    "data:\n  password: S3CR3T\nkind: Secret",
    "password: |\n  S3CR3T\nuser: ann",
    "password = \"S3CR3T\"",
    "password = '''S3CR3T'''",
    "password = \"\"\"S3CR3T\"\"\"",
    "[client]\npassword = S3CR3T\nuser = ann",
    "<password>S3CR3T</password>",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nS3CR3T\n-----END OPENSSH PRIVATE KEY-----",
    r#"{"private_key": "-----BEGIN PRIVATE KEY-----\nS3CR3T\n-----END PRIVATE KEY-----\n"}"#,
    // values as languages print them
    r#"Config { password: Some("S3CR3T"), port: 1 }"#,
    r#"Some(SecretString("S3CR3T"))"#,
    r#"Login { token: Borrowed("S3CR3T") }"#,
    "Login { password: [83, 69, S3CR3T], port: 1 }",
    "{'password': b'S3CR3T', 'user': 'ann'}",
    "Login(password='S3CR3T', port=1)",
    "Login{password='S3CR3T', port=1}",
    "{:password \"S3CR3T\"}",
    "{\"password\"=>\"S3CR3T\"}",
    "map[password:S3CR3T user:ann]",
    r#"{"body": "{\"login\": \"{\\\"password\\\": \\\"S3CR3T\\\"}\"}"}"#,
    "Array\n(\n    [password] => S3CR3T\n    [user] => ann\n)",
];

#[test]
fn what_programs_have_that_is_secret_is_hidden_in_any_shape() {
    let texts = SHAPES.iter().flat_map(|shape| [(*shape).to_owned(), format!("cannot send {shape:?} now")]);
    let leaks: Vec<_> =
        texts.map(|text| masked(&text, false)).filter(|shown| shown.contains("S3CR3T")).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

#[test]
fn keys_of_more_services_are_hidden() {
    let random = "a1B2c3D4e5F6g7H8i9J0k1L2";
    for prefix in [
        "glpat-",
        "glrt-",
        "gldt-",
        "npm_",
        "pypi-",
        "dop_v1_",
        "dckr_pat_",
        "shpat_",
        "SG.",
        "GOCSPX-",
        "ATATT3",
        "hvs.",
        "figd_",
        "gsk_",
        "lin_api_",
        "sntrys_",
        "sq0csp-",
        "tskey-",
        "xkeysib-",
        "sk-ant-api03-",
        "hf_",
        "AGE-SECRET-KEY-1",
        "ya29.",
        "xapp-",
        "rk_live_",
        "whsec_",
        "github_pat_",
    ] {
        let shown = masked(&format!("with {prefix}{random} now"), false);
        assert_eq!(shown, "with [redacted] now", "{prefix}");
    }
}
