//! How a server carries out an ALTER TABLE, by its version.

use super::super::version;

/// What an action costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    /// Only the catalogue changes.
    Instant,
    /// The server works on the table, and everybody goes on.
    InPlace,
    /// The table is made anew, and everybody goes on.
    Rebuild,
    /// The server works on the table, and writers wait.
    Locked,
    /// The table is copied row by row, and writers wait.
    Copy,
}

/// MySQL or MariaDB, of some version.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flavor {
    mariadb: bool,
    version: [u32; 3],
}

impl Flavor {
    pub(super) fn of(server_version: &str) -> Self {
        Self {
            mariadb: server_version.to_ascii_lowercase().contains("mariadb"),
            version: version::parts(server_version),
        }
    }

    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self.mariadb {
            true => "MariaDB",
            false => "MySQL",
        }
    }

    /// A copy that writers wait for; MariaDB copies beside them from 11.2 on.
    pub(super) fn copy(self) -> How {
        match self.mariadb && self.version >= [11, 2, 0] {
            true => How::Rebuild,
            false => How::Copy,
        }
    }

    /// A column that is added at the end, or somewhere else.
    pub(super) fn add_column(self, anywhere: bool) -> How {
        match self.mariadb || !anywhere || self.version >= [8, 0, 29] {
            true => How::Instant,
            false => How::Rebuild,
        }
    }

    pub(super) fn drop_column(self) -> How {
        match self.mariadb || self.version >= [8, 0, 29] {
            true => How::Instant,
            false => How::Rebuild,
        }
    }

    /// Whether a text of up to `old` bytes may become one of up to `new` bytes as it is. Up to 255 the
    /// length takes one byte in a row, and then two; MariaDB tells the two apart by the first bit.
    pub(super) fn longer(self, old: u32, new: u32) -> bool {
        let same_width = new <= 255 || old > 255;
        old <= new && (same_width || (self.mariadb && old < 128))
    }

    /// Whether REFERENCES behind a column makes a foreign key, or is read over.
    pub(super) fn inline_references(self) -> bool {
        self.mariadb || self.version >= [9, 0, 0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_differ() {
        let (old, new) = (Flavor::of("8.0.20"), Flavor::of("8.0.36"));
        let (maria, later) = (
            Flavor::of("5.5.5-10.11.6-MariaDB"),
            Flavor::of("11.4.2-MariaDB"),
        );
        assert_eq!(
            (old.drop_column(), new.drop_column()),
            (How::Rebuild, How::Instant)
        );
        assert_eq!(
            (old.add_column(false), old.add_column(true)),
            (How::Instant, How::Rebuild)
        );
        assert_eq!((maria.copy(), later.copy()), (How::Copy, How::Rebuild));
        assert_eq!((maria.name(), new.name()), ("MariaDB", "MySQL"));
    }
}
