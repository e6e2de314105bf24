//! Functions as services have them: methods, results, options, strings, structs, async.
use std::fmt::Write as _;

/// A program of so many functions with this attribute.
pub fn source(attribute: &str, functions: usize) -> String {
    let a = attribute;
    let mut source = String::from(
        "use std::hint::black_box;\n#[derive(Debug, Clone)]\npub struct Item { pub id: u64, pub name: String }\n\
         #[derive(Debug)]\npub struct Store { pub items: Vec<Item> }\n",
    );
    let mut calls = String::new();
    for i in 0..functions {
        let (function, call) = match i % 4 {
            0 => (
                format!(
                    "{a}\npub fn f{i}(id: u64, key: &str) -> Option<u64> {{ if key.is_empty() {{ return None }} id.checked_mul({i} + key.len() as u64) }}"
                ),
                format!("black_box(f{i}(black_box({i}), \"key\"));"),
            ),
            1 => (
                format!(
                    "impl Store {{ {a}\npub fn f{i}(&mut self, item: Item) -> Result<usize, String> {{ if item.id == {i} {{ return Err(format!(\"no {{}}\", item.name)) }} self.items.push(item); Ok(self.items.len()) }} }}"
                ),
                format!("let _ = black_box(store.f{i}(Item {{ id: black_box({i}), name: String::new() }}));"),
            ),
            2 => (
                format!(
                    "{a}\npub fn f{i}(items: &[Item], from: usize) -> Vec<String> {{ items.iter().skip(from + {i}).map(|item| item.name.clone()).collect() }}"
                ),
                format!("black_box(f{i}(&store.items, black_box(1)));"),
            ),
            _ => (
                format!(
                    "{a}\npub async fn f{i}(name: String, count: u32) -> Result<String, std::io::Error> {{ std::future::ready(()).await; Ok(name.repeat(count as usize + {i})) }}"
                ),
                format!(
                    "black_box(Box::pin(f{i}(String::new(), black_box(1)))).as_mut().poll(cx).is_ready();"
                ),
            ),
        };
        writeln!(source, "{function}").expect("a string");
        writeln!(calls, "    {call}").expect("a string");
    }
    writeln!(
        source,
        "fn main() {{\n    use std::future::Future as _;\n    let cx = &mut std::task::Context::from_waker(std::task::Waker::noop());\n    \
         let mut store = Store {{ items: vec![] }};\n{calls}}}"
    )
    .expect("a string");
    source
}
