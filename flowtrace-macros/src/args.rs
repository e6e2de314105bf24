//! The options in `#[trace(…)]`.
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Error, Ident, LitStr, Result, Token, parenthesized};

use crate::params::Param;

const EXPECTED: &str =
    "expected `name = \"…\"`, `skip(…)`, `skip_all`, `skip_result`, `redact(…)` or `crate = path`";

/// What `#[trace(…)]` was given.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<LitStr>,
    skip: Option<Vec<Ident>>,
    skip_all: bool,
    pub(crate) skip_result: bool,
    redact: Option<Vec<Ident>>,
    krate: Option<syn::Path>,
}

impl Args {
    /// Reads the options.
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        let mut seen: Vec<String> = Vec::new();
        let mut args = Self::default();
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let option = input.call(Ident::parse_any).map_err(|e| Error::new(e.span(), EXPECTED))?;
                let word = option.to_string();
                if seen.contains(&word) {
                    return Err(Error::new(option.span(), format!("`{word}` is given twice; write it once")));
                }
                args.option(&option, input)?;
                seen.push(word);
                if !input.is_empty() {
                    input.parse::<Token![,]>().map_err(|e| Error::new(e.span(), "expected `,`"))?;
                }
            }
            Ok(())
        };
        parser.parse2(tokens)?;
        if let (true, Some(skip)) = (args.skip_all, args.skip.as_ref().and_then(|skip| skip.first())) {
            return Err(Error::new(
                skip.span(),
                "`skip_all` leaves this argument out already; remove `skip`",
            ));
        }
        Ok(args)
    }

    fn option(&mut self, option: &Ident, input: ParseStream<'_>) -> Result<()> {
        match option.to_string().as_str() {
            "name" => self.name = Some(name(option, input)?),
            "skip" => self.skip = Some(names(option, input)?),
            "skip_all" => self.skip_all = true,
            "skip_result" => self.skip_result = true,
            "redact" => self.redact = Some(names(option, input)?),
            "crate" => {
                expect_equals(option, input, "`crate = path`")?;
                self.krate = Some(input.call(syn::Path::parse_mod_style)?);
            }
            other => return Err(Error::new(option.span(), format!("unknown option `{other}`: {EXPECTED}"))),
        }
        Ok(())
    }

    /// That every argument the options name is there.
    pub(crate) fn check(&self, params: &[Param]) -> Result<()> {
        for name in self.skip.iter().chain(&self.redact).flatten() {
            let bindings = params.iter().flat_map(Param::bindings);
            let known: Vec<String> = bindings.map(|binding| format!("`{}`", binding.name())).collect();
            if !known.contains(&format!("`{}`", name.unraw())) {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                let problem = format!("the function has no argument `{name}`; its arguments are: {known}");
                return Err(Error::new(name.span(), problem));
            }
        }
        Ok(())
    }

    pub(crate) fn shows(&self, name: &Ident) -> bool {
        !self.skip_all && !self.skip.iter().flatten().any(|skipped| skipped.unraw() == name.unraw())
    }

    pub(crate) fn redacts(&self, name: &Ident) -> bool {
        self.redact.iter().flatten().any(|redacted| redacted.unraw() == name.unraw())
    }

    /// The path to the door for generated code.
    pub(crate) fn door(&self) -> TokenStream {
        let Some(path) = &self.krate else {
            return quote_spanned!(Span::mixed_site()=> ::flowtrace_runtime::__private);
        };
        quote_spanned!(path.span()=> #path::__private)
    }
}

fn expect_equals(option: &Ident, input: ParseStream<'_>, form: &str) -> Result<()> {
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(Error::new(option.span(), format!("expected {form}")));
    }
    Ok(())
}

fn name(option: &Ident, input: ParseStream<'_>) -> Result<LitStr> {
    expect_equals(option, input, "`name = \"…\"`")?;
    let name = input.parse::<LitStr>().map_err(|e| Error::new(e.span(), "expected a name in quotes"))?;
    if name.value().is_empty() {
        return Err(Error::new(name.span(), "expected a name that is not empty"));
    }
    Ok(name)
}

fn names(option: &Ident, input: ParseStream<'_>) -> Result<Vec<Ident>> {
    let form = || Error::new(option.span(), format!("expected names of arguments: `{option}(a, b)`"));
    if !input.peek(syn::token::Paren) {
        return Err(form());
    }
    let inner;
    parenthesized!(inner in input);
    let names = Punctuated::<Ident, Token![,]>::parse_terminated(&inner)?;
    if names.is_empty() {
        return Err(form());
    }
    Ok(names.into_iter().collect())
}
