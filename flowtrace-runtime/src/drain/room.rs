//! How much more may be written where the whole of an output is limited.

/// Bytes that may be written, and that were.
pub(super) struct Room {
    /// 0 is no limit.
    most: u64,
    lines: u64,
    /// The bytes of their records.
    records: u64,
}

impl Room {
    pub(super) fn new(most: u64) -> Self {
        Self { most, lines: 0, records: 0 }
    }

    /// Takes lines that were written, and the bytes of their records.
    pub(super) fn take(&mut self, lines: u64, records: u64) {
        self.lines += lines;
        self.records += records;
    }

    /// Whether there is none for more than the records that may wait meanwhile, whose lines will be longer than they are by as much as
    /// those before were.
    pub(super) fn is_used_up(&self, waiting: u64) -> bool {
        if self.most == 0 || self.records == 0 {
            return false;
        }
        let waiting = u128::from(waiting) * u128::from(self.lines) / u128::from(self.records);
        u128::from(self.lines) + waiting >= u128::from(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_counts_by_the_length_its_lines_will_have() {
        let mut room = Room::new(1000);
        assert!(!room.is_used_up(u64::MAX), "no line was written yet");
        room.take(400, 100);
        assert!(!room.is_used_up(149) && room.is_used_up(150));
        room.take(600, 100);
        assert!(room.is_used_up(0));
    }

    #[test]
    fn without_a_limit_there_is_always_room() {
        let mut room = Room::new(0);
        room.take(u64::MAX, 1);
        assert!(!room.is_used_up(u64::MAX));
    }
}
