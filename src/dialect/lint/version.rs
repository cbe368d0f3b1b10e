//! Versions, to be compared.

/// The leading number of each part of a version: `10.11.6-MariaDB` is `[10, 11, 6]`.
pub(super) fn parts(version: &str) -> [u32; 3] {
    // MariaDB puts this before its own version for clients that know nothing but MySQL.
    let version = match version.strip_prefix("5.5.5-") {
        Some(rest) if version.contains("MariaDB") => rest,
        _ => version,
    };
    let mut out = [0; 3];
    for (slot, part) in out.iter_mut().zip(version.split('.')) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        *slot = digits.parse().unwrap_or(0);
        if digits.len() < part.len() {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_servers_print_them() {
        for (text, version) in [
            ("15.8 (Debian 15.8-0+deb12u1)", [15, 8, 0]),
            ("17beta1", [17, 0, 0]),
            ("8.0.36", [8, 0, 36]),
            ("10.11.6-MariaDB-0+deb12u1", [10, 11, 6]),
            ("5.5.5-10.6.3-MariaDB", [10, 6, 3]),
            ("", [0, 0, 0]),
        ] {
            assert_eq!(parts(text), version, "{text}");
        }
    }
}
