//! The command line, the environment, and starts that fail.

use std::{
    fs,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Command, Output},
};

use crate::{
    client::Client,
    harness::{Service, binary, directory},
};

fn run(command: &mut Command) -> Output {
    command.output().expect("it runs")
}

/// Asserts an end at the start: exit code 1 and one line that contains `piece`.
#[track_caller]
fn refuses(command: &mut Command, piece: &str) {
    let output = run(command);
    let message = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.starts_with("demo-service: ") && message.contains(piece), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(output.stdout.is_empty());
}

fn on(database: &Path) -> Command {
    let mut command = binary();
    command.args(["--addr", "127.0.0.1:0", "--database"]).arg(database);
    command
}

#[test]
fn help_and_version() {
    let help = run(binary().arg("--help"));
    assert_eq!(help.status.code(), Some(0));
    let help = String::from_utf8(help.stdout).expect("UTF-8");
    for piece in
        ["--addr", "--database", "--tour", "DEMO_ADDR", "DEMO_DATABASE", "127.0.0.1:8000", "products.db"]
    {
        assert!(help.contains(piece), "{piece} in {help}");
    }
    let version = run(binary().arg("--version"));
    assert_eq!(version.stdout, format!("demo-service {}\n", env!("CARGO_PKG_VERSION")).as_bytes());
}

#[test]
fn bad_arguments() {
    for arguments in [&["--nonsense"][..], &["--addr", "nowhere"], &["--addr"], &["more"]] {
        let output = run(binary().args(arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stderr.starts_with(b"error: "), "{}", output.stderr.escape_ascii());
        assert!(output.stdout.is_empty());
    }
    assert_eq!(run(binary().env("DEMO_ADDR", "nowhere")).status.code(), Some(2));
}

#[test]
fn the_environment_is_heard_and_the_command_line_wins() {
    let directory = directory();
    let mut command = binary();
    command.env("DEMO_ADDR", "256.0.0.1:0").env("DEMO_DATABASE", "/nonexistent/directory/file.db");
    let service = Service::start_on(command, &directory.path().join("test.db"));
    assert_eq!(service.get("/health").status, 200);

    let mut command = binary();
    command.env("DEMO_DATABASE", "/nonexistent/directory/file.db");
    refuses(&mut command, "cannot use database /nonexistent/directory/file.db");
}

#[test]
fn databases_that_cannot_be_used() {
    let directory = directory();
    refuses(&mut on(&directory.path().join("no/such/file.db")), "unable to open database file");
    refuses(&mut on(directory.path()), "unable to open database file");
    let text = directory.path().join("text.db");
    fs::write(&text, "this is not a database, but it is long enough to be looked at".repeat(20))
        .expect("a file");
    refuses(&mut on(&text), "file is not a database");
}

#[test]
fn a_damaged_database() {
    let directory = directory();
    let path = directory.path().join("test.db");
    drop(Service::start_on(binary(), &path));
    // The log belongs to the undamaged file.
    for log in ["test.db-wal", "test.db-shm"] {
        let _ = fs::remove_file(directory.path().join(log));
    }
    let mut bytes = fs::read(&path).expect("a file");
    bytes.iter_mut().skip(100).for_each(|byte| *byte = 0x5a);
    fs::write(&path, bytes).expect("damaged");
    refuses(&mut on(&path), "cannot use database");
}

#[test]
fn a_port_that_is_taken() {
    let directory = directory();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = taken.local_addr().expect("an address").to_string();
    let mut command = binary();
    command.args(["--addr", &addr, "--database"]).arg(directory.path().join("test.db"));
    refuses(&mut command, &format!("cannot listen on {addr}"));
}

#[test]
fn an_ipv6_address_for_all_hears_ipv4_too() {
    let directory = directory();
    if TcpListener::bind("[::1]:0").is_err() {
        eprintln!("left out: this machine has no IPv6");
        return;
    }
    let mut command = binary();
    command.args(["--addr", "[::]:0", "--database"]).arg(directory.path().join("test.db"));
    let service = Service::spawn(command);
    let line = service.wait_for("listening on http://");
    let port = line.strip_suffix(" (and IPv4)").and_then(|line| line.rsplit(':').next()?.parse().ok());
    let port: u16 = port.unwrap_or_else(|| panic!("no port, or IPv6 alone: {line}"));
    for addr in [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))]
    {
        assert_eq!(Client::new(addr).get("/health").status, 200, "{addr}");
    }
}

#[test]
fn the_tour() {
    let output = run(binary().arg("--tour"));
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{told}");
    for piece in [
        "/health => 200",
        "/products/99 => 404",
        "quantity=2 => 200",
        "=> 400",
        "[INFO] Cache hit product_id=1",
    ] {
        assert!(told.contains(piece), "{piece} in {told}");
    }
    assert!(output.stdout.is_empty());
}
