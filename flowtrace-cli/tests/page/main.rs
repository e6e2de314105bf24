//! The page of `flowtrace open`, driven in a real browser.
mod browser;
mod pictures;
mod saved;
mod served;
mod site;
mod views;
