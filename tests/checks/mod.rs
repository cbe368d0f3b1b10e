//! What `saasdb check` finds, and where it rightly stays silent.

mod tenancy;
