//! What the attribute refuses gets one short error.

#[test]
fn what_is_refused_gets_one_error() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn what_the_readme_calls_a_limit_is_one() {
    trybuild::TestCases::new().compile_fail("ui/limits/*.rs");
}
