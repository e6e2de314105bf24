//! From records to lines.

/// The kind of a record that is a line already, LF included.
pub(crate) const LINE: u8 = 1;

/// Makes lines of records; the same ones of the same records, to the byte.
pub(crate) struct Renderer {}

/// A record that is damaged, or that refers to definitions which are not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

impl Renderer {
    pub(crate) fn new() -> Self {
        Self {}
    }

    /// Takes more of the dictionary, in order.
    #[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "lines need no dictionary")]
    pub(crate) fn learn(&mut self, _definitions: &[u8]) {}

    /// Appends the line of a record, LF included.
    ///
    /// # Errors
    /// Nothing is appended.
    #[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "lines need no dictionary")]
    pub(crate) fn render(&mut self, kind: u8, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
        let zeros = payload.iter().rev().take_while(|byte| **byte == 0).count();
        match &payload[..payload.len() - zeros] {
            line @ [.., b'\n'] if kind == LINE => {
                out.extend_from_slice(line);
                Ok(())
            }
            _ => Err(Unreadable),
        }
    }
}
