//! The line of calls that were left out.
use super::Renderer;
use crate::record::count::{OUTPUT_FULL, THINNED};
use crate::record::decode::Cursor;
use crate::record::halves;
use crate::text::{Text, hex};

impl Renderer {
    /// Writes the line but for its LF; `None` if there is no such record in `from`.
    #[cold]
    pub(super) fn count(&mut self, kind: u8, from: &mut Cursor<'_>, line: &mut Text) -> Option<()> {
        let Self { names, stamp, .. } = self;
        let start = line.len();
        let (count, more) = from.count(kind)?;
        let reason: &[u8] = match count.reason {
            THINNED => b"thinned",
            OUTPUT_FULL => b"output full",
            _ => return None,
        };
        names.begin_count(&count, &more, line)?;
        let below = stamp.fill(line.bytes_mut().get_mut(start..)?, count.time);
        line.literal(b",\"nanos\":");
        line.number(below);
        names.type_of(&more, line)?;
        if let Some((span, low, high)) = count.caller {
            line.literal(b",\"traceId\":\"");
            line.literal(&hex(high.unwrap_or_else(|| halves::high(low, names.key))));
            line.literal(&hex(low));
            line.literal(b"\",\"parentSpanId\":\"");
            line.literal(&hex(span));
            line.literal(b"\"");
        }
        for (key, number) in [
            ("count", count.calls),
            ("totalNanos", count.total),
            ("minNanos", count.min),
            ("maxNanos", count.max),
            // those that failed are not left out
            ("errors", 0),
        ] {
            line.literal(b",\"");
            line.push(key.as_bytes());
            line.literal(b"\":");
            line.number(number);
        }
        line.literal(b",\"reason\":\"");
        line.push(reason);
        line.literal(b"\"}\n");
        Some(())
    }
}
