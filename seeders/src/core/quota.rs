//! How much of a quota is used, and when that is worth an alert.

/// How urgent an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Warning,
    Critical,
    Exceeded,
}

impl Level {
    /// The level that a usage has reached, if it has reached one.
    pub(super) fn of(usage: i64, limit: i64) -> Option<Self> {
        let reached =
            |percent: i64| i128::from(usage) * 100 >= i128::from(limit) * i128::from(percent);
        if reached(100) {
            Some(Self::Exceeded)
        } else if reached(95) {
            Some(Self::Critical)
        } else if reached(80) {
            Some(Self::Warning)
        } else {
            None
        }
    }

    /// The value of `quota_alerts.alertLevel`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Exceeded => "exceeded",
        }
    }
}

/// The largest percentage that DECIMAL(5,2) holds, in hundredths.
const CAP: i128 = 99_999;

/// How many percent of the limit a usage is, with two decimals.
///
/// Further decimals are cut off, not rounded, so that the percentage reaches a threshold exactly
/// when [`Level::of`] does: 949,999 of 1,000,000 is 94.99 and a warning, not 95.00 and a warning.
pub(super) fn percentage(usage: i64, limit: i64) -> String {
    assert!(usage >= 0 && limit > 0, "{usage} of {limit}");
    let hundredths = (i128::from(usage) * 10_000 / i128::from(limit)).min(CAP);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_begins_at_its_threshold() {
        for (usage, level) in [
            (0, None),
            (799, None),
            (800, Some(Level::Warning)),
            (949, Some(Level::Warning)),
            (950, Some(Level::Critical)),
            (999, Some(Level::Critical)),
            (1000, Some(Level::Exceeded)),
            (1001, Some(Level::Exceeded)),
        ] {
            assert_eq!(Level::of(usage, 1000), level, "{usage}");
        }
    }

    #[test]
    fn a_percentage_has_two_decimals_and_a_cap() {
        for (usage, limit, percent) in [
            (0, 5, "0.00"),
            (1, 999_999, "0.00"),
            (1, 3, "33.33"),
            (2, 3, "66.66"),
            (4, 3, "133.33"),
            (3, 3, "100.00"),
            (478, 500, "95.60"),
            (505, 500, "101.00"),
            (9_999, 1_000, "999.90"),
            (99_999, 10_000, "999.99"),
            (10, 1, "999.99"),
            (i64::MAX, 1, "999.99"),
        ] {
            assert_eq!(percentage(usage, limit), percent, "{usage} of {limit}");
        }
    }

    #[test]
    fn percentage_and_level_never_contradict_each_other() {
        for limit in [1, 3, 7, 500, 19_999] {
            for usage in 0..limit + 2 {
                let hundredths: i64 = percentage(usage, limit).replace('.', "").parse().unwrap();
                let level = match hundredths {
                    10_000.. => Some(Level::Exceeded),
                    9_500.. => Some(Level::Critical),
                    8_000.. => Some(Level::Warning),
                    _ => None,
                };
                assert_eq!(Level::of(usage, limit), level, "{usage} of {limit}");
            }
        }
    }
}
