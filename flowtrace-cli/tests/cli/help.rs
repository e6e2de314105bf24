//! What the command says of itself.
use insta::assert_snapshot;

use crate::harness::flowtrace;

#[test]
fn the_help_names_the_commands_and_the_exit_codes() {
    assert_snapshot!(flowtrace(&["--help"]));
    assert_snapshot!(flowtrace(&["tree", "--help"]));
}

#[test]
fn completions_are_there_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = flowtrace(&["completions", shell]);
        assert!(ran.code == 0 && ran.stdout.contains("perfetto"), "{shell}: {ran}");
    }
    assert_eq!(flowtrace(&["completions", "tcsh"]).code, 2);
}

#[test]
fn the_man_page_has_all_commands() {
    let page = flowtrace(&["man"]).stdout;
    for command in ["TREE", "STATS", "FLAME", "PERFETTO", "CHECK", "ANNOTATE"] {
        assert!(page.contains(&format!(".SH \"COMMAND {command}\"")), "{command}");
    }
    assert!(page.starts_with(".ie \\n(.g .ds Aq \\(aq") && page.contains("Exit codes"));
}
