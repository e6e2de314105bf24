//! Whatever bytes are read, every view shows what can be shown, and nothing that a terminal would obey.
use flowtrace_cli::show;

const SHOP: &[u8] = include_bytes!("traces/shop.jsonl");
const THINNED: &[u8] = include_bytes!("traces/thinned.jsonl");
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

/// Numbers at the limits of what a line may say.
const LIMITS: [&str; 6] =
    ["0", "1", "9223372036854775807", "9999999999999999999", "18446744073709", "18446744073709551615"];

/// Puts a limit in place of the number at or behind `at`.
fn to_a_limit(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let Some(begin) = bytes[at..].iter().position(is_digit).map(|skipped| at + skipped) else { return };
    let length = bytes[begin..].iter().take_while(|byte| is_digit(byte)).count();
    bytes.splice(begin..begin + length, LIMITS[random.below(LIMITS.len())].bytes());
}

fn damaged(random: &mut Random) -> Vec<u8> {
    let mut bytes = [SHOP, MIXED, THINNED][random.below(3)].to_vec();
    for _ in 0..=random.below(20) {
        let at = random.below(bytes.len());
        match random.below(5) {
            4 => to_a_limit(&mut bytes, at, random),
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
fn numbers_of_any_size_are_shown() {
    let call = |event: &str, millis: &str, span: u64, rest: &str| {
        format!(
            "{{\"timestamp\":{millis},\"event\":\"{event}\",\"thread\":\"main\",\"module\":\"shop\",\"function\":\"f\"{rest},\
             \"nanos\":0,\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"spanId\":\"{span:016x}\",\
             \"parentSpanId\":\"00f067aa0ba90201\"}}\n"
        )
    };
    let args = ",\"args\":\"{}\"";
    let lost = "{\"timestamp\":18446744073709,\"event\":\"LOST\",\"nanos\":0,\"count\":12,\"reason\":\"\"}\n";
    let mut trace = call("ENTER", "0", 0x00f0_67aa_0ba9_0201, args);
    for duration in LIMITS {
        let end = format!(",\"durationMicros\":1,\"durationNanos\":{duration},\"busyNanos\":{duration}");
        for span in 1..3 {
            trace += &call("ENTER", "0", span, args);
            trace += &call("EXIT", "18446744073709", span, &end);
            trace += &call("EXIT", "18446744073709", span + 2, &end.replace(",\"busyNanos\"", ",\"other\""));
        }
        let counts = ["count", "totalNanos", "minNanos", "maxNanos", "errors"];
        let counts = counts.map(|key| format!("\"{key}\":{duration}")).join(",");
        trace += &call("COUNT", "0", 1, "").replace('}', &format!(",{counts},\"reason\":\"thinned\"}}"));
        trace += &lost.replace("12", duration);
    }
    assert!(show(trace.as_bytes()).contains("shop::f()"));
}

#[test]
fn noise_is_no_trace() {
    let mut random = Random(7);
    for length in (0..300).step_by(5) {
        let noise: Vec<u8> = (0..length).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
        assert!(show(&noise).starts_with("{\"traceEvents\""));
    }
}
