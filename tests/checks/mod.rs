//! What `saasdb check` looks for, check by check.

mod lint;
