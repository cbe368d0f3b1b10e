//! What `isolation` may find.

use crate::checks::{Rule, Severity};

const MEND: &str = "Look at the policies for this command and at whom they bind: `saasdb check tenancy` names open policies, owners, roles and views that lead around them.";

pub(super) const READ: Rule = Rule {
    id: "isolation/read",
    severity: Severity::Error,
    about: "the application's role reads rows of another tenant",
    help: MEND,
};
pub(super) const CHANGE: Rule = Rule {
    id: "isolation/change",
    severity: Severity::Error,
    about: "the application's role changes rows of another tenant",
    help: MEND,
};
pub(super) const DELETE: Rule = Rule {
    id: "isolation/delete",
    severity: Severity::Error,
    about: "the application's role deletes rows of another tenant",
    help: MEND,
};
pub(super) const INSERT: Rule = Rule {
    id: "isolation/insert",
    severity: Severity::Error,
    about: "the application's role inserts rows for another tenant",
    help: "The policy for INSERT needs a WITH CHECK that names the tenant.",
};
pub(super) const MOVE: Rule = Rule {
    id: "isolation/move",
    severity: Severity::Error,
    about: "the application's role moves its rows to another tenant",
    help: "The policy for UPDATE needs a WITH CHECK that names the tenant.",
};
pub(super) const CREATE: Rule = Rule {
    id: "isolation/create",
    severity: Severity::Error,
    about: "the application's sessions may create objects in the schema",
    help: "What they create can be taken for what policies, functions or migrations mean, and then runs with other rights: that the attacks failed proves little. The SQL takes the right away.",
};
pub(super) const VACUOUS: Rule = Rule {
    id: "isolation/vacuous",
    severity: Severity::Warning,
    about: "there is no row with which an attack would mean anything",
    help: "Nothing was proven there. Attack a database in which two tenants have rows everywhere, for example with `saasdb seed` on a test database.",
};
pub(super) const UNCLEAR: Rule = Rule {
    id: "isolation/unclear",
    severity: Severity::Warning,
    about: "an attack ended without telling whether the policies hold",
    help: "Something other than a policy stopped it: a constraint or trigger, a lock, or the time limit. Read the policy, or run the check when there is less traffic.",
};
pub(super) const TRIED: Rule = Rule {
    id: "isolation/tried",
    severity: Severity::Note,
    about: "what was attacked, and as whom",
    help: "Every attack was a transaction of its own that was rolled back.",
};

pub(super) const ALL: &[Rule] = &[
    READ, CHANGE, DELETE, INSERT, MOVE, CREATE, VACUOUS, UNCLEAR, TRIED,
];
