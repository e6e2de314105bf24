//! Whatever bytes are read, every view shows what can be shown, and nothing that a terminal would obey.
use flowtrace_cli::show;

const SHOP: &[u8] = include_bytes!("traces/shop.jsonl");
const MIXED: &[u8] = include_bytes!("traces/mixed.txt");

/// Marsaglia's xorshift, from the same seed in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

fn damaged(random: &mut Random) -> Vec<u8> {
    let mut bytes = if random.below(2) == 0 { SHOP.to_vec() } else { MIXED.to_vec() };
    for _ in 0..=random.below(20) {
        let at = random.below(bytes.len());
        match random.below(4) {
            0 => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            1 => drop(bytes.drain(at..(at + random.below(200)).min(bytes.len()))),
            2 => bytes.insert(at, b"\"\\\n{}\x1b\xc2\x9b"[random.below(8)]),
            _ => {
                let piece = SHOP[random.below(SHOP.len())..].iter().take(300).copied().collect::<Vec<_>>();
                bytes.splice(at..at, piece);
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

#[test]
fn damaged_traces_are_shown_without_panic_and_without_control_characters() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..200 {
        let shown = show(&damaged(&mut random));
        let timeline = shown.rfind("{\"traceEvents\"").unwrap();
        assert!(!shown[..timeline].chars().any(|c| c.is_control() && c != '\n'), "{shown}");
        serde_json::from_str::<serde_json::Value>(&shown[timeline..]).unwrap();
    }
}

#[test]
fn noise_is_no_trace() {
    let mut random = Random(7);
    for length in (0..300).step_by(5) {
        let noise: Vec<u8> = (0..length).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
        assert!(show(&noise).starts_with("{\"traceEvents\""));
    }
}
