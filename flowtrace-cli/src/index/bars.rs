//! The calls of a row at several scales, so that any stretch of time is drawn from few bars.
//!
//! At the scale k, calls shorter than 2ᵏ ns that begin in the same 2ᵏ ns are one bar. A scale is kept if it has at most
//! a quarter of the bars of the one below it, so that all of them have a third of the calls at most.

/// The scales that are tried.
const SCALES: [u32; 22] = {
    let (mut scales, mut i) = ([8; 22], 1);
    while i < scales.len() {
        scales[i] = scales[i - 1] + 2;
        i += 1;
    }
    scales
};

/// Calls that are drawn as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) busy: u64,
    /// The longest of them.
    pub(crate) call: u32,
    pub(crate) count: u32,
    pub(crate) flags: u16,
    /// The duration of the longest.
    pub(crate) longest: u64,
}

/// How many bytes a bar takes.
pub(super) const BYTES: usize = 48;

impl Bar {
    pub(super) fn bytes(&self) -> [u8; BYTES] {
        let mut out = [0; BYTES];
        let words = [
            self.start,
            self.end,
            self.busy,
            self.longest,
            u64::from(self.call) | u64::from(self.count) << 32,
            self.flags.into(),
        ];
        for (place, word) in out.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        out
    }

    #[allow(clippy::cast_possible_truncation)] // halves of words
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let word = |at| super::format::u64_at(bytes, at);
        Self {
            start: word(0),
            end: word(8),
            busy: word(16),
            longest: word(24),
            call: word(32) as u32,
            count: (word(32) >> 32) as u32,
            flags: word(40) as u16,
        }
    }

    fn takes(&mut self, other: &Self) {
        self.end = self.end.max(other.end);
        self.busy = self.busy.saturating_add(other.busy);
        self.count = self.count.saturating_add(other.count);
        self.flags |= other.flags;
        if other.longest > self.longest {
            (self.call, self.longest) = (other.call, other.longest);
        }
    }
}

/// Joins bars that come in order of their starts.
pub(crate) struct Joiner {
    scale: u32,
    open: Option<Bar>,
}

impl Joiner {
    pub(crate) fn new(scale: u32) -> Self {
        Self { scale, open: None }
    }

    fn is_long(&self, bar: &Bar) -> bool {
        bar.end.saturating_sub(bar.start) >> self.scale > 0
    }

    /// Takes the next bar, and gives the one before it if they are not joined.
    pub(crate) fn next(&mut self, bar: Bar) -> Option<Bar> {
        if let Some(open) = self.open
            && open.start >> self.scale == bar.start >> self.scale
            && !self.is_long(&open)
            && !self.is_long(&bar)
        {
            self.open.as_mut()?.takes(&bar);
            return None;
        }
        self.open.replace(bar)
    }

    /// The last one.
    pub(crate) fn last(self) -> Option<Bar> {
        self.open
    }
}

/// Joins all of `bars` at a scale.
pub(super) fn joined(bars: impl Iterator<Item = Bar>, scale: u32) -> Vec<Bar> {
    let mut joiner = Joiner::new(scale);
    let mut out: Vec<_> = bars.filter_map(|bar| joiner.next(bar)).collect();
    out.extend(joiner.last());
    out
}

/// The scales that are worth keeping for calls with these starts and ends, in order of their starts.
pub(super) fn scales(calls: impl Iterator<Item = (u64, u64)>) -> Vec<u32> {
    let mut counts = [0_u64; SCALES.len()];
    let mut lasts = [(u64::MAX, true); SCALES.len()];
    let mut total = 0;
    for (start, end) in calls {
        total += 1;
        let length = end.saturating_sub(start);
        for ((count, last), scale) in counts.iter_mut().zip(&mut lasts).zip(SCALES) {
            let this = (start >> scale, length >> scale > 0);
            *count += u64::from(last.0 != this.0 || last.1 || this.1);
            *last = this;
        }
    }
    let mut kept = Vec::new();
    let mut before: u64 = total;
    for (count, scale) in counts.into_iter().zip(SCALES) {
        if count <= before / 4 && before >= 64 {
            kept.push(scale);
            before = count;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_calls_are_joined_and_long_ones_stand_alone() {
        let bar = |call: u32, start: u64, end: u64| Bar {
            start,
            end,
            busy: 1,
            call,
            count: 1,
            flags: 1 << call,
            longest: end - start,
        };
        let bars = [bar(0, 0, 10), bar(1, 20, 60), bar(2, 100, 500), bar(3, 510, 511), bar(4, 520, 521)];
        let joined = joined(bars.into_iter(), 8);
        let shown: Vec<_> =
            joined.iter().map(|bar| (bar.start, bar.end, bar.call, bar.count, bar.flags)).collect();
        assert_eq!(shown, [(0, 60, 1, 2, 3), (100, 500, 2, 1, 4), (510, 511, 3, 1, 8), (520, 521, 4, 1, 16)]);
        for bar in joined {
            assert_eq!(Bar::parse(&bar.bytes()), bar);
        }
    }

    #[test]
    fn all_scales_together_are_smaller_than_the_calls() {
        let calls: Vec<_> = (0..100_000_u64).map(|i| (i * 300, i * 300 + 100)).collect();
        let scales = scales(calls.iter().copied());
        assert!(scales.len() >= 3, "{scales:?}");
        let bars = |scale| {
            let bars = calls.iter().map(|(start, end)| Bar {
                start: *start,
                end: *end,
                busy: 0,
                call: 0,
                count: 1,
                flags: 0,
                longest: 100,
            });
            joined(bars, scale).len()
        };
        let total: usize = scales.into_iter().map(bars).sum();
        assert!(total <= calls.len() / 3, "{total}");
    }
}
