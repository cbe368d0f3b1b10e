//! The operator's own people.

use crate::support::{Rows, id, values};
use crate::telecom::SET;
use crate::{SeedContext, SeedKind, SeedTable, SeedValue, Seeder};

/// The document's password. It is for dev and test; elsewhere the engine sees to another one.
const PASSWORD: &str = "Admin@123";

/// Fills `users` with those who run the system.
pub(in crate::telecom) struct SystemUsers;

impl Seeder for SystemUsers {
    fn name(&self) -> &'static str {
        "system-users"
    }

    fn kind(&self) -> SeedKind {
        SeedKind::Reference
    }

    fn description(&self) -> &'static str {
        "The users admin@balatrix.com and support@balatrix.com"
    }

    fn tables(&self, _: &SeedContext) -> Vec<SeedTable> {
        let mut rows = Rows::new(
            "users",
            &[
                "id",
                "username",
                "email",
                "password",
                "first_name",
                "last_name",
                "role",
                "is_active",
                "is_email_verified",
            ],
        )
        .natural_key(&["email"]);
        for (role, first_name, last_name) in [
            ("admin", "System", "Administrator"),
            ("support", "Customer", "Support"),
        ] {
            let email = format!("{role}@balatrix.com");
            rows.push(
                email.as_str(),
                values![
                    id(SET, "users", &email),
                    role,
                    email.as_str(),
                    SeedValue::Password(PASSWORD.to_owned()),
                    first_name,
                    last_name,
                    role,
                    true,
                    true,
                ],
            );
        }
        vec![rows.finish()]
    }
}
