//! `flowtrace open`: a page that shows the trace, served on this machine until Ctrl-C.
mod answer;
mod ask;
mod assets;
mod filter;
mod find;
mod guard;
mod histogram;
mod html;
mod live;
mod row;
mod select;
mod server;
mod source;
mod trace;
mod value;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use crate::failure::{Failure, Outcome};
use crate::progress::Progress;
use crate::read::Input;
use guard::Guard;
use server::Server;
use source::Sources;
use trace::Trace;

/// What is asked of the command besides the files.
pub(crate) struct Options {
    pub(crate) port: u16,
    pub(crate) opens_browser: bool,
    /// Where source texts are looked for.
    pub(crate) sources: Vec<PathBuf>,
}

/// Reads the inputs, and tells what was left out.
fn read(inputs: Vec<Input>, options: &Options) -> Outcome<Trace> {
    let progress = Progress::new(true);
    let trace = Trace::open(inputs, Sources::new(&options.sources), &progress)?;
    drop(progress);
    for note in trace.index().names.notes.lines() {
        eprintln!("flowtrace: {note}");
    }
    Ok(trace)
}

/// Writes the page and the calls as one file.
pub(crate) fn write_html(inputs: Vec<Input>, options: &Options, out: &mut impl Write) -> Outcome {
    let trace = read(inputs, options)?;
    if let Some(cut) = html::write(&trace, &trace.sources, out)? {
        eprintln!("flowtrace: {cut}");
    }
    Ok(())
}

/// Serves the page until Ctrl-C.
pub(crate) fn run(inputs: Vec<Input>, options: &Options, out: &mut impl Write) -> Outcome {
    let trace = read(inputs, options)?;
    let failed = |error| Failure::at("open", error);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let port = options.port;
        let listener =
            server::listen(port).await.map_err(|error| Failure::at(format!("port {port}"), error))?;
        let port = listener.local_addr().map_err(failed)?.port();
        let guard = Guard::new(port).map_err(|error| Failure::at("open", error))?;
        let url = guard.url();
        writeln!(out, "{url}")?;
        out.flush()?;
        if options.opens_browser && open::that_detached(&url).is_err() {
            eprintln!("flowtrace: no browser could be started; open the address above in one");
        }
        let server = Arc::new(Server { trace: Arc::new(trace), guard });
        tokio::select! {
            never = server::run(listener, server) => match never {},
            done = tokio::signal::ctrl_c() => done.map_err(failed),
        }
    })?;
    // a question that is being answered is not waited for
    runtime.shutdown_background();
    Ok(())
}
