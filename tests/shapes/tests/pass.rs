//! What the attribute takes compiles without a lint that its file denies, and runs.

/// A module for each program, and its `main` as a test.
macro_rules! programs {
    ($($name:ident: $path:literal,)*) => {
        $(
            #[path = $path]
            mod $name;
        )*

        mod runs {
            $(
                #[test]
                fn $name() -> impl std::process::Termination {
                    super::$name::main()
                }
            )*
        }
    };
}

programs! {
    s01_unused_and_undebuggable_arguments: "../ui/pass/01_unused_and_undebuggable_arguments.rs",
    s03_async_patterns: "../ui/pass/03_async_patterns.rs",
    s04_names_the_expansion_could_use: "../ui/pass/04_names_the_expansion_could_use.rs",
    s05_arguments_under_cfg: "../ui/pass/05_arguments_under_cfg.rs",
    s06_generics: "../ui/pass/06_generics.rs",
    s07_impls_for_some_lifetimes_only: "../ui/pass/07_impls_for_some_lifetimes_only.rs",
    s07_unnameable_arguments: "../ui/pass/07_unnameable_arguments.rs",
    s08_borrows_of_locals: "../ui/pass/08_borrows_of_locals.rs",
    s11_borrowed_results: "../ui/pass/11_borrowed_results.rs",
    s12_results_of_every_shape: "../ui/pass/12_results_of_every_shape.rs",
    s15_control_flow: "../ui/pass/15_control_flow.rs",
    s22_unsafe_and_extern: "../ui/pass/22_unsafe_and_extern.rs",
    s23_attributes_beside: "../ui/pass/23_attributes_beside.rs",
    s24_receivers: "../ui/pass/24_receivers.rs",
    s25_impls_and_traits: "../ui/pass/25_impls_and_traits.rs",
    s29_async_generics: "../ui/pass/29_async_generics.rs",
    s31_async_trait: "../ui/pass/31_async_trait.rs",
    s39_on_impls_traits_and_modules: "../ui/pass/39_on_impls_traits_and_modules.rs",
    s41_more_odd_shapes: "../ui/pass/41_more_odd_shapes.rs",
}

#[test]
fn no_program_is_forgotten() {
    let here = [include_str!("pass.rs"), include_str!("../Cargo.toml")].concat();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/pass");
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let forgotten: Vec<_> =
        names.filter(|name| name.ends_with(".rs") && !here.contains(&format!("/{name}\""))).collect();
    assert!(forgotten.is_empty(), "neither in pass.rs nor in Cargo.toml: {forgotten:?}");
}
