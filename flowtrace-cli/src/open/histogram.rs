//! How many calls took how long, in buckets of an eighth of a power of two.
use serde::Serialize;

/// How many took from `from` on and less than `to`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Bucket {
    from: u64,
    to: u64,
    count: u64,
}

/// From the bucket of the shortest to that of the longest.
pub(super) fn histogram(durations: impl Iterator<Item = u64>) -> Vec<Bucket> {
    let mut counts = vec![0_u64; number(u64::MAX) + 1];
    for duration in durations {
        counts[number(duration)] += 1;
    }
    let first = counts.iter().position(|count| *count > 0);
    let last = counts.iter().rposition(|count| *count > 0);
    let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
    (first..=last).map(|i| Bucket { from: edge(i), to: edge(i + 1), count: counts[i] }).collect()
}

/// The number of the bucket that a duration is in.
fn number(duration: u64) -> usize {
    let shift = duration.checked_ilog2().unwrap_or(0).saturating_sub(3);
    // below eight, a bucket a nanosecond
    let base = if duration < 8 { 0 } else { 8 * (shift as usize + 1) - 8 };
    base + usize::try_from(duration >> shift).expect("four bits")
}

/// Where the bucket with this number begins.
fn edge(number: usize) -> u64 {
    if number < 16 {
        return number as u64;
    }
    let (shift, eighth) = (number / 8 - 1, number % 8 + 8);
    u64::try_from((eighth as u128) << shift).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_in_its_bucket() {
        for duration in (0..200_000).chain([u64::MAX, u64::MAX - 1, 1 << 40, (1 << 40) - 1]) {
            let number = number(duration);
            assert!(
                edge(number) <= duration && duration < edge(number + 1) || duration == u64::MAX,
                "{duration}"
            );
        }
    }

    #[test]
    fn buckets_go_from_the_shortest_to_the_longest() {
        let buckets = histogram([1_000, 1_100, 4_000].into_iter());
        assert_eq!(buckets.iter().map(|bucket| bucket.count).sum::<u64>(), 3);
        assert_eq!(buckets[0], Bucket { from: 960, to: 1_024, count: 1 });
        assert_eq!(buckets.last(), Some(&Bucket { from: 3_840, to: 4_096, count: 1 }));
        assert_eq!(histogram([].into_iter()), []);
    }
}
