//! A wood of calls that follows from a number: a program makes them, and a test knows which they were.

/// A call: which function it is of, what it calls, and whether it fails.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    seed: u64,
    depth: u32,
}

impl Node {
    /// The root of a tree.
    #[must_use]
    pub fn root(seed: u64) -> Self {
        Self { seed: mix(seed), depth: 0 }
    }

    /// The function, one of five.
    #[must_use]
    pub fn function(self) -> usize {
        (self.seed % 5) as usize
    }

    /// What it calls, in order: some call much of one function.
    pub fn calls(self) -> impl Iterator<Item = Self> {
        let count = match (self.depth, self.seed >> 8 & 31) {
            (5.., _) => 0,
            (_, 0) => 40,
            (_, more) => more % 4,
        };
        let same = self.seed >> 16 & 1 == 0;
        (0..count).map(move |n| {
            let seed = mix(self.seed.wrapping_add(n + 1));
            let seed = if same { seed - seed % 5 + self.seed % 3 } else { seed };
            Self { seed, depth: self.depth + 1 }
        })
    }

    /// Whether it returns an `Err`.
    #[must_use]
    pub fn fails(self) -> bool {
        (self.seed >> 24).is_multiple_of(128)
    }
}

fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    // room for a change of the function
    (x ^ (x >> 31)) >> 4
}
