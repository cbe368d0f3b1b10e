//! The sources of the migrations, compiled in.

/// The file of one migration.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// The folder of its set: `better_auth`.
    pub set: &'static str,
    /// The migration's name.
    pub migration: &'static str,
    /// Where the file is, from the root of the repository.
    pub path: &'static str,
    /// What it says.
    pub text: &'static str,
}

/// All of them, by folder and name.
pub const SOURCES: &[Source] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm_migration::MigratorTrait;

    fn assert_all<M: MigratorTrait>(set: &str) {
        let listed: Vec<String> = SOURCES
            .iter()
            .filter(|source| source.set == set)
            .map(|source| source.migration.to_owned())
            .collect();
        let names: Vec<String> = M::migrations()
            .iter()
            .map(|m| m.name().to_owned())
            .collect();
        assert_eq!(listed, names);
    }

    #[test]
    fn every_migration_has_its_source() {
        assert_all::<crate::core::Migrator>("core");
        assert_all::<crate::better_auth::Migrator>("better_auth");
        assert_all::<crate::supabase::Migrator>("supabase");
        assert_all::<crate::telecom::Migrator>("telecom");
        assert_all::<crate::cloudwa::Migrator>("cloudwa");
        assert!(SOURCES.iter().all(|s| s.text.contains("fn up(")));
    }
}
