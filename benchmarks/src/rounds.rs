//! Measures several things in turn, again and again: a machine whose speed drifts is fair to all.

/// The slow ones take part in one round of so many.
const SLOW: usize = 4;

/// The least, the median and the most of several values.
pub type Spread = [f64; 3];

/// For each thing its value in each round it took part in.
pub struct Rounds(Vec<Vec<Option<f64>>>);

impl Rounds {
    /// `slow` tells of each thing whether it is.
    pub fn take(rounds: usize, slow: &[bool], mut measure: impl FnMut(usize) -> f64) -> Self {
        let mut values = vec![vec![]; slow.len()];
        for round in 0..rounds {
            for (i, slow) in slow.iter().enumerate() {
                values[i].push((!slow || round % SLOW == 0).then(|| measure(i)));
            }
        }
        Self(values)
    }

    pub fn median(&self, i: usize) -> f64 {
        median(self.0[i].iter().flatten().copied().collect())
    }

    /// The least, the median and the most.
    pub fn spread(&self, i: usize) -> Spread {
        spread(self.0[i].iter().flatten().copied().collect())
    }

    /// The median of the ratios that the rounds gave, since those of one round were measured at nearly the same time.
    pub fn ratio(&self, i: usize, to: usize) -> f64 {
        self.median_of_pairs(i, to, |a, b| a / b)
    }

    /// As `ratio`, the difference.
    pub fn over(&self, i: usize, to: usize) -> f64 {
        self.median_of_pairs(i, to, |a, b| a - b)
    }

    fn median_of_pairs(&self, i: usize, to: usize, combine: fn(f64, f64) -> f64) -> f64 {
        let pairs = self.0[i].iter().zip(&self.0[to]);
        median(pairs.filter_map(|(a, b)| Some(combine((*a)?, (*b)?))).collect())
    }
}

pub fn spread(values: Vec<f64>) -> Spread {
    let (least, most) = values
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(least, most), value| (least.min(*value), most.max(*value)));
    [least, median(values), most]
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
