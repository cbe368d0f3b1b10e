/// PostgreSQL cuts longer names off without an error, MySQL refuses those over 64 characters.
pub const MAX_NAME_BYTES: usize = 63;

/// The name of a constraint, an index or a type: `<table>_<columns>_<suffix>`.
///
/// A name that would be too long keeps its beginning and its suffix; a hash of the whole in between keeps
/// two such names apart and is the same on every machine.
pub fn name(table: &str, columns: &[&str], suffix: &str) -> String {
    let full = format!("{table}_{}_{suffix}", columns.join("_"));
    if full.len() <= MAX_NAME_BYTES {
        return full;
    }
    let tail = format!("_{:08x}_{suffix}", fnv1a(full.as_bytes()));
    let head = full.floor_char_boundary(MAX_NAME_BYTES.saturating_sub(tail.len()));
    format!("{}{tail}", &full[..head])
}

/// FNV-1a; the standard library's hasher may change between releases of Rust.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_follow_the_scheme() {
        assert_eq!(
            name("usage_tracking", &["organizationId", "metricType"], "idx"),
            "usage_tracking_organizationId_metricType_idx"
        );
    }

    #[test]
    fn a_name_of_exactly_the_limit_is_kept() {
        let table = "t".repeat(MAX_NAME_BYTES - "_c_idx".len());
        assert_eq!(name(&table, &["c"], "idx"), format!("{table}_c_idx"));
    }

    #[test]
    fn long_names_are_shortened_apart_and_always_alike() {
        let table = "é".repeat(40);
        let first = name(&table, &["a"], "fkey");
        let second = name(&table, &["b"], "fkey");
        assert!(first.len() <= MAX_NAME_BYTES && second.len() <= MAX_NAME_BYTES);
        assert_ne!(first, second);
        assert!(first.ends_with("_fkey"));
        assert_eq!(first, name(&table, &["a"], "fkey"));
    }
}
