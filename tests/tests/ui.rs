//! What the attribute takes compiles without a lint and runs; what it refuses gets one short error.

#[test]
fn what_is_taken_compiles_and_runs() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

#[test]
fn what_is_refused_gets_one_error() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn what_the_readme_calls_a_limit_is_one() {
    trybuild::TestCases::new().compile_fail("ui/limits/*.rs");
}
