//! Pauses between attempts: they grow, and no two runs keep step.

use std::time::Duration;

/// The longest first pause.
const FIRST: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(5);

/// The pauses of one row of attempts.
pub struct Backoff {
    longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { longest: FIRST }
    }
}

impl Backoff {
    /// The next pause: between half of what it may be at most and all of it. That doubles each time,
    /// from 100 ms to 5 s.
    pub fn pause(&mut self) -> Duration {
        let half = self.longest / 2;
        self.longest = (self.longest * 2).min(LONGEST);
        half + below(half)
    }
}

/// A random time below `limit`.
pub fn below(limit: Duration) -> Duration {
    // Without randomness there is still the growing.
    let random = getrandom::u32().unwrap_or(0);
    limit.mul_f64(f64::from(random) / (f64::from(u32::MAX) + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses() -> Vec<Duration> {
        let mut backoff = Backoff::default();
        (0..10).map(|_| backoff.pause()).collect()
    }

    #[test]
    fn pauses_grow_to_a_limit() {
        for _ in 0..200 {
            let mut most = FIRST;
            for pause in pauses() {
                assert!(pause >= most / 2 && pause < most, "{pause:?} of {most:?}");
                most = (most * 2).min(LONGEST);
            }
        }
    }

    #[test]
    fn two_runs_do_not_keep_step() {
        // Guards `below`: with a constant in its place all rows are the same.
        let rows: std::collections::HashSet<Vec<Duration>> = (0..50).map(|_| pauses()).collect();
        assert!(rows.len() > 45, "{} of 50 differ", rows.len());
        let firsts: Vec<Duration> = rows.iter().map(|row| row[0]).collect();
        let spread = firsts
            .iter()
            .max()
            .unwrap()
            .saturating_sub(*firsts.iter().min().unwrap());
        assert!(spread > FIRST / 4, "{spread:?}");
    }
}
