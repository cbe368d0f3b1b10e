//! Seeders of the `core` set.
