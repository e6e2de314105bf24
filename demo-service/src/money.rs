//! Exact money: whole cents, never a float.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::Error};
use serde_json::value::RawValue;

/// An amount of money.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Money {
    cents: i64,
}

impl Money {
    pub(crate) const fn from_cents(cents: i64) -> Self {
        Self { cents }
    }

    pub(crate) const fn cents(self) -> i64 {
        self.cents
    }

    /// The price of `quantity` pieces, unless it is more than can be counted.
    pub(crate) fn times(self, quantity: i64) -> Option<Self> {
        self.cents.checked_mul(quantity).map(Self::from_cents)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.cents < 0 { "-" } else { "" };
        let cents = self.cents.unsigned_abs();
        write!(f, "{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A JSON number with exactly two decimals, its digits written as they are.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// What `Serialize` writes, and nothing else: two decimals, exactly.
impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        let cents = text.get().split_once('.').filter(|(_, cents)| cents.len() == 2);
        let cents = cents.and_then(|(whole, cents)| format!("{whole}{cents}").parse().ok());
        cents.map(Self::from_cents).ok_or_else(|| de::Error::custom("not an amount of money"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(cents: i64) -> String {
        serde_json::to_string(&Money::from_cents(cents)).expect("JSON")
    }

    #[test]
    fn json_is_exact() {
        assert_eq!(json(99_999), "999.99");
        assert_eq!(json(10_000), "100.00");
        assert_eq!(json(5), "0.05");
        assert_eq!(json(0), "0.00");
        assert_eq!(json(-150), "-1.50");
        // Beyond what an f64 can tell apart.
        assert_eq!(json(i64::MAX), "92233720368547758.07");
        assert_eq!(json(i64::MIN), "-92233720368547758.08");
    }

    #[test]
    fn totals_are_exact_or_nothing() {
        assert_eq!(Money::from_cents(2999).times(3), Some(Money::from_cents(8997)));
        assert_eq!(Money::from_cents(2).times(i64::MAX), None);
    }
}
