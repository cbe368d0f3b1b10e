//! The attacks on each table.

use std::collections::BTreeSet;

use super::cast::Cast;
use super::rules::{CHANGE, DELETE, INSERT, MOVE, READ, TRIED, UNCLEAR, VACUOUS};
use super::target::Target;
use super::trial::{Attack, Ending, Stage, Who};
use crate::checks::{Finding, Rule};
use crate::dialect::View;
use crate::engine::{Database, Result};

/// What is tried, with the right that it takes.
const KINDS: [(&Rule, &str, &str); 5] = [
    (&READ, "SELECT", "read"),
    (&CHANGE, "UPDATE", "changed"),
    (&DELETE, "DELETE", "deleted"),
    (&INSERT, "INSERT", "inserted"),
    (&MOVE, "UPDATE", "moved over"),
];

/// What came of all of it.
#[derive(Default)]
struct Book {
    found: Vec<Finding>,
    attacks: usize,
    tables: usize,
    /// Tables and rights that the application's role has not.
    denied: Vec<String>,
    /// Statements that named no row and told nothing.
    unclear: Vec<String>,
    /// Tables too large for such statements.
    large: Vec<String>,
    /// Whether the attacker saw a row of its own anywhere.
    sees: bool,
    /// Tables of which the attacker has rows and sees none.
    blinded: Vec<String>,
}

pub(super) async fn run(db: &mut Database, stage: &Stage<'_>, cast: &Cast) -> Result<Vec<Finding>> {
    let mut book = Book::default();
    let says = stage.says(&cast.own, cast.user.as_deref());
    for name in stage.scene.tenants_tables() {
        let Some(target) = Target::read(db, stage, cast, name).await? else {
            continue;
        };
        book.tables += 1;
        vacuous(&target, &mut book);
        control(db, stage, &says, &target, &mut book).await?;
        for kind in KINDS {
            one(db, stage, cast, &says, &target, kind, &mut book).await?;
        }
    }
    views(db, stage, cast, &says, &mut book).await?;
    Ok(book.close(stage, cast))
}

fn vacuous(target: &Target<'_>, book: &mut Book) {
    let who = match (target.own.is_empty(), target.others.is_empty()) {
        (false, false) => return,
        (true, true) => "neither of the two tenants has a row",
        (true, false) => "the attacker has no row",
        (false, true) => "the other tenant has no row",
    };
    book.found.push(
        Finding::new(
            &VACUOUS,
            format!("{} proves nothing: {who} in it", target.name),
        )
        .on(format!("table {}", target.name)),
    );
}

/// Whether the attacker sees rows of its own: who sees nothing at all proves nothing.
async fn control(
    db: &mut Database,
    stage: &Stage<'_>,
    says: &str,
    target: &Target<'_>,
    book: &mut Book,
) -> Result<()> {
    if target.own.is_empty() || !target.may("SELECT") {
        return Ok(());
    }
    let look = Attack {
        who: Who::Member,
        sql: reading(stage, target.name, &any(&target.own)),
        proof: None,
        blind: false,
        writes_new: false,
    };
    match stage.attempt(db, says, &look).await? {
        Ending::Broke => book.sees = true,
        _ => book.blinded.push(target.name.to_owned()),
    }
    Ok(())
}

/// Tries everything of one kind until something succeeds.
async fn one(
    db: &mut Database,
    stage: &Stage<'_>,
    cast: &Cast,
    says: &str,
    target: &Target<'_>,
    (rule, right, done): (&'static Rule, &str, &str),
    book: &mut Book,
) -> Result<()> {
    let attacks = of_kind(stage, cast, target, rule);
    if attacks.is_empty() {
        return Ok(());
    }
    if !target.may(right) {
        book.denied.push(format!("{right} on {}", target.name));
        return Ok(());
    }
    if !target.few && [&CHANGE, &DELETE].contains(&rule) {
        book.large.push(target.name.to_owned());
    }
    let mut broken: BTreeSet<Who> = BTreeSet::new();
    let mut unclear = None;
    let mut held = false;
    for attack in &attacks {
        if broken.contains(&attack.who) {
            continue;
        }
        book.attacks += 1;
        match stage.attempt(db, says, attack).await? {
            Ending::Held => held |= !attack.blind && attack.who == Who::Member,
            Ending::Unclear(why) if attack.blind => {
                book.unclear.push(format!("{}: {why}", attack.sql));
            }
            Ending::Unclear(why) => unclear = Some((attack, why)),
            Ending::Broke => {
                broken.insert(attack.who);
                let what = format!("table {}", target.name);
                book.found
                    .push(success(stage, says, rule, attack, target.name, done).on(what));
            }
        }
    }
    if let (Some((attack, why)), false, true) = (unclear, held, broken.is_empty()) {
        let message = format!(
            "nothing is told of whether rows in {} can be {done}",
            target.name
        );
        book.found.push(
            Finding::new(&UNCLEAR, message)
                .on(format!("table {}", target.name))
                .detail(format!("tried: {}", attack.sql))
                .detail(format!("stopped by: {why}")),
        );
    }
    Ok(())
}

fn success(
    stage: &Stage<'_>,
    says: &str,
    rule: &'static Rule,
    attack: &Attack,
    object: &str,
    done: &str,
) -> Finding {
    let role = &stage.claims.role;
    let (message, session) = match attack.who {
        Who::Member => (
            format!("rows of another tenant in {object} can be {done}"),
            format!("as {role}, after: {says}"),
        ),
        Who::Nobody => (
            format!("rows in {object} can be {done} by who does not say who it is"),
            format!("as {role}"),
        ),
    };
    Finding::new(rule, message)
        .detail(session)
        .detail(format!("succeeded: {}", attack.sql))
}

fn of_kind(
    stage: &Stage<'_>,
    cast: &Cast,
    target: &Target<'_>,
    rule: &'static Rule,
) -> Vec<Attack> {
    let path = format!("{} t", stage.d().ident(target.name));
    let proof = target
        .few
        .then(|| (target.name.to_owned(), target.proof.clone()));
    let attack = |who, blind, sql: String| Attack {
        who,
        sql,
        proof: None,
        blind,
        writes_new: false,
    };
    let mut out = Vec::new();
    let victim = (!target.others.is_empty()).then(|| any(&target.others));
    if rule == &READ {
        let named = victim.map(|rows| reading(stage, target.name, &rows));
        out.extend(named.map(|sql| attack(Who::Member, false, sql)));
        let all = reading(stage, target.name, "true");
        out.push(attack(Who::Nobody, true, all));
    } else if rule == &CHANGE || rule == &DELETE {
        // A condition or a column that is read asks the policies for SELECT too; a statement that
        // names no row and reads no column does not.
        let whole = match rule == &CHANGE {
            true => target
                .change(stage)
                .map(|set| format!("UPDATE {path} SET {set}")),
            false => Some(format!("DELETE FROM {path}")),
        };
        let Some(whole) = whole else { return out };
        if let Some(rows) = victim {
            out.push(attack(Who::Member, false, format!("{whole} WHERE {rows}")));
        }
        if target.few {
            let mut member = attack(Who::Member, true, whole.clone());
            member.proof = proof;
            out.push(member);
            out.push(attack(Who::Nobody, true, whole));
        }
    } else if rule == &INSERT {
        // A new tenant is nobody's row yet.
        if !target.moves.is_empty()
            && victim.is_some()
            && let Some(sql) = target.insertion(stage, cast)
        {
            let mut new = attack(Who::Member, false, sql);
            new.proof = proof;
            new.writes_new = true;
            out.push(new);
        }
    } else if !target.moves.is_empty() && victim.is_some() {
        let sets: Vec<String> = target
            .moves
            .iter()
            .map(|(column, value)| format!("{} = {value}", stage.d().ident(column)))
            .collect();
        let whole = format!("UPDATE {path} SET {}", sets.join(", "));
        for own in &target.own {
            out.push(attack(Who::Member, false, format!("{whole} WHERE {own}")));
        }
        if target.few && !target.own.is_empty() {
            out.push(attack(Who::Member, true, whole));
        }
        for new in &mut out {
            new.proof.clone_from(&proof);
            new.writes_new = true;
        }
    }
    out
}

fn any(rows: &[String]) -> String {
    let all: Vec<String> = rows.iter().map(|row| format!("({row})")).collect();
    all.join(" OR ")
}

/// A query whose one value says how many rows it saw: none or one, which is enough.
fn reading(stage: &Stage<'_>, table: &str, condition: &str) -> String {
    format!(
        "SELECT {} FROM (SELECT 1 FROM {} t WHERE {condition} LIMIT 1) q",
        stage.d().as_text("count(*)"),
        stage.d().ident(table)
    )
}

/// Views that show a tenant column are read as tables are.
async fn views(
    db: &mut Database,
    stage: &Stage<'_>,
    cast: &Cast,
    says: &str,
    book: &mut Book,
) -> Result<()> {
    let column = stage.scene.set.tenant_column;
    let tables = stage.scene.tenants_tables();
    let guard = stage.scene.guard.as_ref();
    for view in guard.into_iter().flat_map(|g| &g.views) {
        let View {
            here: Some(name), ..
        } = view
        else {
            continue;
        };
        let shows = view.columns.iter().any(|c| c == column)
            && view.tables.iter().any(|t| tables.contains(t.as_str()));
        if !shows || !view.readable || stage.scene.settings.knows(name) {
            continue;
        }
        let theirs = format!(
            "t.{} = {}",
            stage.d().ident(column),
            stage.d().literal(&cast.other)
        );
        for (who, condition) in [(Who::Member, theirs.as_str()), (Who::Nobody, "true")] {
            let attack = Attack {
                who,
                sql: reading(stage, name, condition),
                proof: None,
                blind: who == Who::Nobody,
                writes_new: false,
            };
            book.attacks += 1;
            if stage.attempt(db, says, &attack).await? == Ending::Broke {
                book.found.push(
                    success(stage, says, &READ, &attack, name, "read").on(format!("view {name}")),
                );
            }
        }
    }
    Ok(())
}

impl Book {
    fn close(mut self, stage: &Stage<'_>, cast: &Cast) -> Vec<Finding> {
        if !self.blinded.is_empty() {
            let message = match self.sees {
                true => format!(
                    "the attacker does not see its own rows of {}",
                    self.blinded.join(", ")
                ),
                false => "the attacker sees nothing at all, not even its own rows".to_owned(),
            };
            self.found.push(
                Finding::new(&VACUOUS, message).detail(format!("attacker: {}", cast.attacker())),
            );
        }
        let mut tried = Finding::new(
            &TRIED,
            format!("{} attacks on {} tables", self.attacks, self.tables),
        )
        .detail(format!(
            "as {}, for {}, on rows of {}",
            stage.claims.role,
            cast.attacker(),
            cast.other
        ));
        let lists = [
            ("denied, for want of the right", &self.denied),
            ("too large for statements that name no row", &self.large),
            ("told nothing", &self.unclear),
        ];
        for (what, list) in lists {
            if !list.is_empty() {
                tried = tried.detail(format!("{what}: {}", list.join(", ")));
            }
        }
        self.found.push(tried);
        self.found
    }
}
