//! Calls that run their argument in another thread or task: where the parent of what runs there has to be carried along.
use std::ops::Range;

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Expr, Pat, Type};

use super::scope::Scopes;

/// An argument that runs elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Argument {
    pub(super) place: Range<usize>,
    pub(super) form: Form,
    /// Where the argument of `carry` stands, if there is one around already.
    pub(super) carried: Option<Range<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Closure,
    Future,
}

impl Form {
    /// The function of the runtime that carries the parent along.
    pub(super) fn function(self) -> &'static str {
        match self {
            Self::Closure => "carry",
            Self::Future => "carry_future",
        }
    }
}

/// All such arguments in `file` of which its text says for certain that they are.
pub(super) fn arguments(file: &syn::File) -> Vec<Argument> {
    let mut calls = Calls { scopes: Scopes::default(), arguments: Vec::new() };
    calls.visit_file(file);
    calls.arguments
}

/// What `function` takes that runs elsewhere: so many first arguments.
fn of_function(function: &[String]) -> Option<(usize, Form)> {
    let function: Vec<&str> = function.iter().map(String::as_str).collect();
    match function[..] {
        ["std", "thread", "spawn"]
        | ["tokio", "task", "spawn_blocking"]
        | ["rayon" | "rayon_core", "spawn" | "spawn_fifo"] => Some((1, Form::Closure)),
        ["rayon" | "rayon_core", "join"] => Some((2, Form::Closure)),
        ["tokio", "spawn"] | ["tokio", "task", "spawn" | "spawn_local"] => Some((1, Form::Future)),
        _ => None,
    }
}

/// Which argument of a `method` of the type `of` runs elsewhere.
fn of_method(of: &[String], method: &str) -> Option<(usize, Form)> {
    let of: Vec<&str> = of.iter().map(String::as_str).collect();
    match (&of[..], method) {
        (["std", "thread", "Builder"], "spawn_scoped") => Some((1, Form::Closure)),
        (["std", "thread", "Builder" | "Scope"], "spawn")
        | (["tokio", "task", "JoinSet"], "spawn_blocking" | "spawn_blocking_on")
        | (["tokio", "runtime", "Handle" | "Runtime"], "spawn_blocking") => Some((0, Form::Closure)),
        (["tokio", "task", "JoinSet"], "spawn" | "spawn_on" | "spawn_local" | "spawn_local_on")
        | (["tokio", "task", "LocalSet"], "spawn_local")
        | (["tokio", "runtime", "Handle" | "Runtime"], "spawn") => Some((0, Form::Future)),
        _ => None,
    }
}

/// Whether the function `name` of the type `of` makes one of it, or a `Result` with one.
fn makes(of: &[String], name: &str) -> bool {
    let of: Vec<&str> = of.iter().map(String::as_str).collect();
    match of[..] {
        ["std", "thread", "Builder"]
        | ["tokio", "task", "JoinSet" | "LocalSet"]
        | ["tokio", "runtime", "Runtime"] => name == "new",
        ["tokio", "runtime", "Handle"] => name == "current" || name == "try_current",
        _ => false,
    }
}

struct Calls {
    scopes: Scopes,
    arguments: Vec<Argument>,
}

impl Calls {
    fn argument(&mut self, argument: &Expr, form: Form) {
        let carried = match argument {
            Expr::Call(call) if call.args.len() == 1 && is_carry(&call.func) => Some(place(&call.args[0])),
            _ => None,
        };
        self.arguments.push(Argument { place: place(argument), form, carried });
    }

    /// The type of `expr`, where its text says it.
    fn type_of(&self, expr: &Expr) -> Option<Vec<String>> {
        match expr {
            Expr::Path(path) if path.qself.is_none() => self.scopes.type_of(path.path.get_ident()?),
            Expr::Call(call) => {
                let Expr::Path(function) = &*call.func else { return None };
                let mut of = self.scopes.resolve(&function.path, true)?;
                let name = of.pop()?;
                makes(&of, &name).then_some(of)
            }
            Expr::MethodCall(call) => {
                let of = self.type_of(&call.receiver)?;
                let same = ["name", "stack_size", "unwrap", "expect", "clone"];
                same.iter().any(|name| call.method == name).then_some(of)
            }
            Expr::Try(inner) => self.type_of(&inner.expr),
            Expr::Paren(inner) => self.type_of(&inner.expr),
            Expr::Reference(inner) => self.type_of(&inner.expr),
            _ => None,
        }
    }

    fn type_at(&self, ty: &Type) -> Option<Vec<String>> {
        match ty {
            Type::Path(path) if path.qself.is_none() => self.scopes.resolve(&path.path, false),
            Type::Reference(inner) => self.type_at(&inner.elem),
            Type::Paren(inner) => self.type_at(&inner.elem),
            _ => None,
        }
    }

    /// Makes known the variables of `pat`, the only one of which may be of the type `of`.
    fn bind(&mut self, pat: &Pat, of: Option<Vec<String>>) {
        match pat {
            Pat::Ident(pat) if pat.subpat.is_none() => self.scopes.variable(&pat.ident, of),
            Pat::Type(pat) => {
                let of = self.type_at(&pat.ty);
                self.bind(&pat.pat, of);
            }
            _ => self.visit_pat(pat),
        }
    }

    fn function(&mut self, sig: &syn::Signature, visit_body: impl FnOnce(&mut Self)) {
        self.scopes.enter(false, []);
        self.visit_generics(&sig.generics);
        for input in &sig.inputs {
            if let syn::FnArg::Typed(input) = input {
                let of = self.type_at(&input.ty);
                self.bind(&input.pat, of);
            }
        }
        visit_body(self);
        self.scopes.leave();
    }

    /// Visits `closure`, whose first parameter may be of the type `of`.
    fn closure(&mut self, closure: &syn::ExprClosure, of: Option<&str>) {
        self.scopes.enter(false, []);
        for (at, input) in closure.inputs.iter().enumerate() {
            let of = of.filter(|_| at == 0).map(|path| path.split("::").map(str::to_owned).collect());
            match input {
                Pat::Type(typed) if of.is_some() => self.bind(&typed.pat, of),
                input => self.bind(input, of),
            }
        }
        self.visit_expr(&closure.body);
        self.scopes.leave();
    }
}

impl<'ast> Visit<'ast> for Calls {
    fn visit_file(&mut self, file: &'ast syn::File) {
        self.scopes.enter(true, &file.items);
        visit::visit_file(self, file);
        self.scopes.leave();
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.scopes.enter(true, item.content.iter().flat_map(|(_, items)| items));
        visit::visit_item_mod(self, item);
        self.scopes.leave();
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let items = block.stmts.iter().filter_map(|stmt| match stmt {
            syn::Stmt::Item(item) => Some(item),
            _ => None,
        });
        self.scopes.enter(false, items);
        visit::visit_block(self, block);
        self.scopes.leave();
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, |calls| calls.visit_block(&item.block));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, |calls| calls.visit_block(&item.block));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.sig, |calls| item.default.iter().for_each(|block| calls.visit_block(block)));
    }

    fn visit_type_param(&mut self, item: &'ast syn::TypeParam) {
        self.scopes.parameter(&item.ident);
    }

    // a variable is there from the end of its statement on
    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init {
            self.visit_local_init(init);
        }
        let of = local.init.as_ref().and_then(|init| self.type_of(&init.expr));
        self.bind(&local.pat, of);
    }

    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.scopes.variable(&pat.ident, None);
        visit::visit_pat_ident(self, pat);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        self.closure(closure, None);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let function = match &*call.func {
            Expr::Path(path) if path.qself.is_none() => self.scopes.resolve(&path.path, true),
            _ => None,
        };
        let function = function.unwrap_or_default();
        if let Some((count, form)) = of_function(&function) {
            call.args.iter().take(count).for_each(|argument| self.argument(argument, form));
        }
        if let (true, Some(Expr::Closure(closure))) =
            (function == ["std", "thread", "scope"], call.args.first())
        {
            self.closure(closure, Some("std::thread::Scope"));
        } else {
            visit::visit_expr_call(self, call);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if let Some(of) = self.type_of(&call.receiver)
            && let Some((at, form)) = of_method(&of, &call.method.to_string())
            && let Some(argument) = call.args.get(at)
        {
            self.argument(argument, form);
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// Whether a parent is carried along by `function`, whoever put it there.
fn is_carry(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "carry" || last.ident == "carry_future")
}

fn place(tokens: &impl ToTokens) -> Range<usize> {
    let mut tokens = tokens.to_token_stream().into_iter().map(|token| token.span().byte_range());
    let Some(first) = tokens.next() else { return 0..0 };
    let end = tokens.last().map_or(first.end, |last| last.end);
    first.start..end
}

#[cfg(test)]
mod tests {
    use crate::annotate::remove::restore;
    use crate::annotate::rewrite::{Rules, rewrite};

    /// What is in `c‹…›` is carried as a closure, what is in `f‹…›` as a future, and nothing else; all comes off again.
    fn puts(wanted: &str) {
        let source = wanted.replace("c‹", "").replace("f‹", "").replace('›', "");
        let wanted = wanted.replace("c‹", "ft::carry(").replace("f‹", "ft::carry_future(").replace('›', ")");
        let rules = Rules { runtime: "ft", carry: true, ..Rules::default() };
        let rewritten = rewrite(&source, &rules).unwrap();
        assert_eq!(rewritten.text.replace("#[ft::trace] ", ""), wanted);
        assert_eq!(rewrite(&rewritten.text, &rules).unwrap().carried, 0, "again: {wanted}");
        let restored = restore(&rewritten.text, "ft").unwrap();
        assert_eq!((restored.text, restored.carried), (source, rewritten.carried));
    }

    #[test]
    fn functions_are_known_by_their_path_and_by_use() {
        puts("fn a() { std::thread::spawn(c‹|| 1›); ::std::thread::spawn(c‹move || b(2)›, ); }");
        puts("use std::thread; fn a() { thread::spawn(c‹b›).join(); }");
        puts("use std::{thread as t, fs::{self, File}}; fn a() { t::spawn(c‹|| ()›) }");
        puts("use std::thread::{self, spawn}; fn a() { spawn(c‹|| { thread::spawn(c‹|| 1›) }›) }");
        puts(
            "use tokio::task; async fn a() { task::spawn(f‹async {}›); task::spawn_blocking(c‹|| 1›).await }",
        );
        puts("fn a() { tokio::spawn(f‹b(1)›); tokio::task::spawn_local(f‹async move { 1 }.boxed()›); }");
        puts("use tokio::{self as t, spawn as go}; fn a() { go(f‹b›); t::spawn(f‹b›); }");
        puts("use rayon::join; fn a() { join(c‹|| 1›, c‹|| join(c‹|| 2›, c‹b›)›); rayon::spawn(c‹|| ()›) }");
        puts("fn a() { use std::thread; use thread::spawn as s; s(c‹|| 1›); }");
        puts("use tokio; mod b { impl C { fn a(&self) { tokio::spawn(f‹b›); } } }");
        puts("extern crate tokio as t; fn a() { t::spawn(f‹b›); }");
    }

    #[test]
    fn methods_are_known_where_the_text_says_the_type() {
        puts("use std::thread::Builder; fn a() { Builder::new().name(b()).spawn(c‹|| 1›).unwrap(); }");
        puts("use std::thread; fn a(b: thread::Builder) { let b = b.stack_size(1); b.spawn(c‹|| 1›); }");
        puts("use std::thread; fn a() { thread::scope(|s| { s.spawn(c‹|| s.spawn(c‹|| 1›)›); }) }");
        puts("fn a() { std::thread::scope(|s| std::thread::Builder::new().spawn_scoped(s, c‹|| 1›)); }");
        puts("fn a<'s>(s: &'s std::thread::Scope<'s, '_>) { s.spawn(c‹|| 1›); }");
        puts(
            "use tokio::task::JoinSet; fn a() { let mut s = JoinSet::new(); s.spawn(f‹b()›); s.spawn_blocking(c‹d›); }",
        );
        puts(
            "use tokio::task::*; use tokio::task::JoinSet; fn a(s: &mut JoinSet<()>) { s.spawn_on(f‹b()›, &h); }",
        );
        puts("use tokio::runtime::Runtime; fn a() { let r = Runtime::new().unwrap(); r.spawn(f‹b()›); }");
        puts("use tokio::runtime::Handle; fn a() { Handle::current().clone().spawn_blocking(c‹d›); }");
    }

    #[test]
    fn what_may_be_another_ones_is_let_be() {
        for source in [
            "use crate::thread; fn a() { thread::spawn(|| 1); }",
            "use loom::thread; fn a() { thread::spawn(|| 1); }",
            "#[cfg(loom)] use loom::thread; #[cfg(not(loom))] use std::thread; fn a() { thread::spawn(|| 1); }",
            "use std::thread; mod b { fn a() { thread::spawn(|| 1); } }",
            "use std::thread; fn a() { mod thread {} thread::spawn(|| 1); }",
            "mod std {} fn a() { std::thread::spawn(|| 1); }",
            "use tokio::spawn; fn a(spawn: B) { spawn(c); }",
            "use tokio::spawn; fn a() { fn spawn() {} spawn(c); }",
            "use tokio::spawn; fn a() { let spawn = 1; spawn(c); }",
            "use tokio::spawn; fn a() { if let Some(spawn) = b { spawn(c); } }",
            "use tokio::spawn; fn a() { |spawn| spawn(c); }",
            "use std::thread::*; fn a() { spawn(|| 1); }",
            "use tokio::thread as t; use t as tokio; fn a() { tokio::spawn(b); }",
            "fn a<tokio: B>() { tokio::spawn(b); }",
            "fn a() { <std::thread::B>::spawn(|| 1); self.spawn(|| 1); b.spawn(|| 1); spawn(|| 1); }",
            "use tokio::task::JoinSet; fn a() { let s = JoinSet::new(); let s = b(); s.spawn(d); }",
            "use tokio::task::JoinSet; fn a() { { let s = JoinSet::new(); } s.spawn(d); }",
            "use tokio::task::JoinSet; fn a() { let s = JoinSet::new(); s.iter().map(|s| s.spawn(d)); }",
            "use tokio::task::JoinSet; fn a() { let s: B = JoinSet::new(); s.spawn(d); s.len(e); }",
            "fn a() { std::thread::scope(|s| b(|s| s.spawn(|| 1))); }",
            "use flowtrace_runtime::carry; fn a() { std::thread::spawn(carry(|| 1)); }",
            "#[test] fn a() { std::thread::spawn(|| 1); }",
            "m! { std::thread::spawn(|| 1); }",
        ] {
            puts(source);
        }
    }
}
