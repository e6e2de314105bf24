//! The answers, one question a file.
mod call;
mod compare;
mod flame;
mod info;
mod roots;
mod search;
mod source;
mod step;
mod table;
mod timeline;

use serde::Serialize;

use super::ask::{Answer, Ask, Refusal};
use super::trace::Trace;

pub(super) use info::{Info, info};

/// The answer to the question at `path`, as JSON.
pub(super) fn to(trace: &Trace, path: &str, ask: &Ask<'_>) -> Answer<Vec<u8>> {
    let (question, rest) = path.split_once('/').unwrap_or((path, ""));
    let index = &trace.index();
    match question {
        "info" => json(&info(trace, index, trace.is_live())),
        "timeline" => json(&timeline::timeline(index, ask)?),
        "roots" => json(&roots::roots(index, ask)?),
        "call" => json(&call::call(index, call::named(index, rest)?)),
        "children" => json(&call::children(index, ask)?),
        "table" => json(&table::table(index, ask)?),
        "flame" => json(&flame::flame(index, ask)?),
        "search" => json(&search::search(index, ask)?),
        "value" => json(&search::value(index, ask)?),
        "step" => json(&step::step(index, ask)?),
        "source" => json(&source::source(index, &trace.sources, call::asked(index, ask, "call")?)),
        "compare" => json(&compare::compare(index, ask)?),
        _ => Err(Refusal::missing(format!("there is no question `{question}`"))),
    }
}

fn json(answer: &impl Serialize) -> Answer<Vec<u8>> {
    serde_json::to_vec(answer).map_err(Refusal::new)
}
