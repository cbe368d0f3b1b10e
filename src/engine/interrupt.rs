//! Ctrl-C: what is in hand is finished or rolled back, never torn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use tokio::sync::Notify;

use super::error::{Error, Exit, Result};

/// Remembers that the user asked to stop, and whether now is a bad moment.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Inner>);

#[derive(Default)]
struct Inner {
    signal: AtomicI32,
    entered: AtomicBool,
    changed: Notify,
}

impl Interrupt {
    /// Notes a signal (2 SIGINT, 15 SIGTERM).
    pub fn raise(&self, signal: i32) {
        self.0.signal.store(signal, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }

    /// From here on a signal cuts nothing short; whoever works looks at [`Interrupt::check`].
    pub fn enter_critical(&self) {
        self.0.entered.store(true, Ordering::SeqCst);
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

    /// Resolves as soon as a signal came, whatever is under way: for waiting for somebody's answer.
    pub async fn heard(&self) -> Error {
        loop {
            let changed = self.0.changed.notified();
            if self.raised() {
                return self.error();
            }
            changed.await;
        }
    }

    /// Resolves as soon as a signal came, unless something critical began before: then whoever did
    /// it stops at a good moment and says where things stand.
    pub async fn wait(&self) -> Error {
        loop {
            let changed = self.0.changed.notified();
            if self.raised() && !self.0.entered.load(Ordering::SeqCst) {
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
    async fn a_signal_cuts_only_what_is_not_critical() {
        let idle = Interrupt::default();
        idle.raise(15);
        assert_eq!(idle.wait().await.exit, Exit::Terminated);

        let busy = Interrupt::default();
        busy.enter_critical();
        busy.raise(2);
        let cut = tokio::time::timeout(Duration::from_millis(20), busy.wait()).await;
        assert!(cut.is_err(), "must not cut a critical stretch");
        assert_eq!(busy.check().expect_err("raised").exit, Exit::Interrupted);
        assert_eq!(busy.heard().await.exit, Exit::Interrupted);
    }
}
