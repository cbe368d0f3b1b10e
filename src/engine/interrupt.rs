//! Ctrl-C: what is in hand is finished or rolled back, never torn.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::error::{Error, Exit, Result};

/// Remembers that the user asked to stop, and whether now is a bad moment.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Inner>);

#[derive(Default)]
struct Inner {
    signal: AtomicI32,
    critical: AtomicUsize,
    changed: Notify,
}

/// While this lives, a signal waits.
pub struct Critical(Arc<Inner>);

impl Drop for Critical {
    fn drop(&mut self) {
        self.0.critical.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }
}

impl Interrupt {
    /// Notes a signal (2 SIGINT, 15 SIGTERM).
    pub fn raise(&self, signal: i32) {
        self.0.signal.store(signal, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }

    /// Marks a stretch that a signal may not cut short.
    pub fn critical(&self) -> Critical {
        self.0.critical.fetch_add(1, Ordering::SeqCst);
        Critical(Arc::clone(&self.0))
    }

    /// Whether a signal came.
    pub fn raised(&self) -> bool {
        self.0.signal.load(Ordering::SeqCst) != 0
    }

    /// Stops here if a signal came.
    ///
    /// # Errors
    /// [`Interrupt::error`], if so.
    pub fn check(&self) -> Result<()> {
        if self.raised() {
            Err(self.error())
        } else {
            Ok(())
        }
    }

    /// The error that ends an interrupted run.
    pub fn error(&self) -> Error {
        let exit = match self.0.signal.load(Ordering::SeqCst) {
            15 => Exit::Terminated,
            _ => Exit::Interrupted,
        };
        Error::new(exit, "interrupted")
    }

    /// Resolves as soon as a signal came and nothing critical is under way.
    pub async fn wait(&self) -> Error {
        loop {
            let changed = self.0.changed.notified();
            if self.raised() && self.0.critical.load(Ordering::SeqCst) == 0 {
                return self.error();
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_signal_waits_for_critical_work() {
        let interrupt = Interrupt::default();
        let guard = interrupt.critical();
        interrupt.raise(15);
        let early = tokio::time::timeout(Duration::from_millis(20), interrupt.wait()).await;
        assert!(early.is_err(), "must not cut a critical stretch");
        drop(guard);
        assert_eq!(interrupt.wait().await.exit, Exit::Terminated);
        assert!(interrupt.check().is_err());
    }
}
