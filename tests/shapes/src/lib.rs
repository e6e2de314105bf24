//! Nothing: what is here are tests, of programs in `tests/ui`.
