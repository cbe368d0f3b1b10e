//! What `saasdb check` finds, and where it rightly stays silent.

mod isolation;
mod tenancy;
mod tenancy_rls;
mod tools;
