//! The options in `#[trace(…)]`.
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Error, Ident, LitStr, Result, Token, parenthesized};

use crate::params::{Binding, Param};

const EXPECTED: &str = "expected `name = \"…\"`, `skip(…)`, `skip_all`, `skip_result`, `redact(…)`, `show(…)`, `crate = path` or \
     `off`";

/// What `#[trace(…)]` was given.
#[derive(Default, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct Args {
    pub(crate) name: Option<LitStr>,
    skip: Option<Vec<Ident>>,
    skip_all: bool,
    pub(crate) skip_result: bool,
    redact: Option<Vec<Ident>>,
    show: Option<Vec<Ident>>,
    pub(crate) krate: Option<syn::Path>,
    pub(crate) off: bool,
    /// The options as they were written, and then those of the blocks around, from the inside out.
    pub(crate) levels: Vec<TokenStream>,
    /// They are of a function in a block that is traced.
    pub(crate) in_block: bool,
    /// Nothing is traced, by the feature `off`.
    pub(crate) checked_only: bool,
}

impl Args {
    /// Reads the options.
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        let mut seen: Vec<String> = Vec::new();
        let mut args = Self { levels: vec![tokens.clone()], ..Self::default() };
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
                if args.off && seen.len() > 1 {
                    return Err(Error::new(
                        option.span(),
                        "`off` stands alone: what is not traced has no options",
                    ));
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
        args.check_shown()?;
        Ok(args)
    }

    /// That no two options contradict each other about an argument.
    fn check_shown(&self) -> Result<()> {
        let all = self.skip_all.then_some("skip_all");
        let skips = |name: &Ident| has(self.skip.iter().flatten(), name).then_some("skip").or(all);
        let redacts = |name: &Ident| has(self.redact.iter().flatten(), name).then_some("redact");
        for name in self.show.iter().flatten() {
            if let Some(hides) = skips(name).or_else(|| redacts(name)) {
                let problem = format!("`{hides}` hides `{name}`, and `show` shows it; remove one of them");
                return Err(Error::new(name.span(), problem));
            }
        }
        for name in self.redact.iter().flatten() {
            if let Some(skips) = skips(name) {
                let problem = format!(
                    "`{skips}` leaves `{name}` out, and `redact` shows it as \"[redacted]\"; remove one of them"
                );
                return Err(Error::new(name.span(), problem));
            }
        }
        Ok(())
    }

    fn option(&mut self, option: &Ident, input: ParseStream<'_>) -> Result<()> {
        match option.to_string().as_str() {
            "name" => self.name = Some(name(option, input)?),
            "skip" => self.skip = Some(read_names(option, input)?),
            "skip_all" => self.skip_all = flag(option, input)?,
            "skip_result" => self.skip_result = flag(option, input)?,
            "redact" => self.redact = Some(read_names(option, input)?),
            "show" => self.show = Some(read_names(option, input)?),
            "crate" => {
                expect_equals(option, input, "`crate = path`")?;
                let path = input.call(syn::Path::parse_mod_style);
                self.krate =
                    Some(path.map_err(|e| Error::new(e.span(), "expected a path, as in `crate = a::path`"))?);
            }
            "off" => self.off = flag(option, input)?,
            other => return Err(Error::new(option.span(), format!("unknown option `{other}`: {EXPECTED}"))),
        }
        Ok(())
    }

    /// These options, and where they say nothing those of the block around.
    pub(crate) fn within(self, block: &Self) -> Self {
        let names =
            |own: &Option<Vec<Ident>>, block: &Option<Vec<Ident>>, opposite: [&Option<Vec<Ident>>; 2]| {
                let opposite = || opposite.into_iter().flatten().flatten();
                let block = block.iter().flatten().filter(|name| !has(opposite(), name)).cloned();
                let all: Vec<_> = own.iter().flatten().cloned().chain(block).collect();
                (!all.is_empty()).then_some(all)
            };
        Self {
            // who names what to leave out has the rest shown
            skip_all: self.skip_all || (block.skip_all && self.skip.is_none()),
            skip: names(&self.skip, &block.skip, [&self.show, &None]),
            skip_result: self.skip_result || block.skip_result,
            redact: names(&self.redact, &block.redact, [&self.show, &None]),
            show: names(&self.show, &block.show, [&self.skip, &self.redact]),
            krate: self.krate.or_else(|| block.krate.clone()),
            levels: self.levels.into_iter().chain(block.levels.iter().cloned()).collect(),
            in_block: true,
            checked_only: self.checked_only || block.checked_only,
            ..self
        }
    }

    /// That nothing is asked which only a single function can have.
    pub(crate) fn check_for_block(&self) -> Result<()> {
        match &self.name {
            Some(name) => Err(Error::new(name.span(), "a name is for one function; put it on that function")),
            None => Ok(()),
        }
    }

    /// That every argument the options name is there.
    pub(crate) fn check(&self, params: &[Param]) -> Result<()> {
        for name in [&self.skip, &self.redact, &self.show].into_iter().flatten().flatten() {
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

    pub(crate) fn shows(&self, binding: &Binding) -> bool {
        self.shows_all_of(binding) || !(self.skip_all || names(self.skip.as_ref(), binding))
    }

    pub(crate) fn redacts(&self, binding: &Binding) -> bool {
        names(self.redact.as_ref(), binding)
    }

    /// Whether the argument is shown as it is, secret or not.
    pub(crate) fn shows_all_of(&self, binding: &Binding) -> bool {
        names(self.show.as_ref(), binding)
    }

    /// The path to the door for generated code, from outside of the function.
    pub(crate) fn path(&self) -> TokenStream {
        let site = Span::mixed_site();
        let krate = self.krate.as_ref().map(ToTokens::to_token_stream);
        let krate = krate.unwrap_or_else(|| quote_spanned!(site=> ::flowtrace_runtime));
        quote_spanned!(site=> #krate::__private)
    }

    /// The path to the door for generated code that stands at `site`.
    pub(crate) fn door(&self, site: Span) -> TokenStream {
        if self.krate.is_some() {
            quote_spanned!(site=> __flowtrace)
        } else {
            quote_spanned!(site=> ::flowtrace_runtime::__private)
        }
    }

    /// What makes that path known: by one mention of a path of the user's, so that a wrong one is one error.
    pub(crate) fn open_door(&self) -> Option<TokenStream> {
        let path = self.krate.as_ref()?;
        Some(quote_spanned!(path.span()=> use #path::__private as __flowtrace;))
    }
}

/// Whether a name is among others.
fn has<'n>(mut names: impl Iterator<Item = &'n Ident>, name: &Ident) -> bool {
    names.any(|other| other.unraw() == name.unraw())
}

/// Whether an option names an argument.
fn names(option: Option<&Vec<Ident>>, binding: &Binding) -> bool {
    option.into_iter().flatten().any(|name| name.unraw() == binding.name())
}

fn flag(option: &Ident, input: ParseStream<'_>) -> Result<bool> {
    if input.peek(Token![=]) || input.peek(syn::token::Paren) {
        return Err(input.error(format!("`{option}` takes no value")));
    }
    Ok(true)
}

fn expect_equals(option: &Ident, input: ParseStream<'_>, form: &str) -> Result<()> {
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(Error::new(option.span(), format!("expected {form}")));
    }
    Ok(())
}

fn name(option: &Ident, input: ParseStream<'_>) -> Result<LitStr> {
    expect_equals(option, input, "`name = \"…\"`")?;
    if !input.peek(LitStr) {
        let span = if input.is_empty() { option.span() } else { input.span() };
        return Err(Error::new(span, "expected a name in quotes"));
    }
    let name = input.parse::<LitStr>()?;
    if name.value().is_empty() {
        return Err(Error::new(name.span(), "expected a name that is not empty"));
    }
    Ok(name)
}

fn read_names(option: &Ident, input: ParseStream<'_>) -> Result<Vec<Ident>> {
    let form = || Error::new(option.span(), format!("expected names of arguments: `{option}(a, b)`"));
    if !input.peek(syn::token::Paren) {
        return Err(form());
    }
    let inner;
    parenthesized!(inner in input);
    if inner.peek(Token![self]) {
        return Err(inner.error("`self` is never shown; remove it here"));
    }
    let names = Punctuated::<Ident, Token![,]>::parse_terminated(&inner);
    let names: Vec<Ident> = names.map_err(|e| Error::new(e.span(), form()))?.into_iter().collect();
    if names.is_empty() {
        return Err(form());
    }
    match names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
        Some((_, twice)) => Err(Error::new(twice.span(), format!("`{twice}` is named twice; name it once"))),
        None => Ok(names),
    }
}
