//! The attacks on each table.

use std::collections::BTreeSet;

use super::cast::{Cast, Casts};
use super::rules::{CHANGE, CREATE, DELETE, INSERT, MOVE, READ, TRIED, UNCLEAR, VACUOUS};
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
    /// Tables in which the two tenants changed their parts.
    turned: Vec<String>,
    /// Tables of which the attacker has rows and sees none.
    blinded: Vec<String>,
}

pub(super) async fn run(
    db: &mut Database,
    stage: &Stage<'_>,
    casts: &Casts,
) -> Result<Vec<Finding>> {
    let mut book = Book::default();
    for name in stage.scene.tenants_tables() {
        let mut cast = &casts.first;
        let Some(mut target) = Target::read(db, stage, cast, name).await? else {
            continue;
        };
        if let (true, false, Some(turned)) = (
            target.others.is_empty(),
            target.own.is_empty(),
            &casts.turned,
        ) {
            cast = turned;
            book.turned.push(name.to_owned());
            match Target::read(db, stage, cast, name).await? {
                Some(again) => target = again,
                None => continue,
            }
        }
        book.tables += 1;
        if target.guard.rights.is_empty() {
            // Whatever rows there are.
            book.denied.push(format!("everything on {name}"));
            continue;
        }
        if target.others.is_empty() {
            let who = match target.own.is_empty() {
                true => "neither of the two tenants has a row in it",
                false => "the other tenant has no row in it",
            };
            book.vacuous(name, who);
        }
        let says = stage.says(&cast.own, cast.user.as_deref());
        control(db, stage, &says, &target, &mut book).await?;
        for kind in KINDS {
            one(db, stage, cast, &says, &target, kind, &mut book).await?;
        }
    }
    views(db, stage, &casts.first, &mut book).await?;
    for creator in stage.scene.guard.iter().flat_map(|g| &g.creators) {
        let message = format!(
            "{} may create objects in the schema {}",
            creator.role, creator.schema
        );
        book.found.push(
            Finding::new(&CREATE, message)
                .on(format!("schema {}", creator.schema))
                .sql([creator.revoke(stage.d())]),
        );
    }
    Ok(book.close(stage, &casts.first))
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
    let sql = reading(stage, target.name, &any(&target.own));
    let look = Attack::new(Who::Member, sql);
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
    let could_move = !target.moves.is_empty() && !target.others.is_empty();
    if rule == &MOVE && could_move && attacks.is_empty() {
        book.vacuous(target.name, "the attacker has no row to move");
    }
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
            Ending::Unprepared => {
                let who = "the attacker has no row to move, and may not make one";
                book.vacuous(target.name, who);
            }
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
    let victim = (!target.others.is_empty()).then(|| any(&target.others));
    if rule == &READ {
        let named = victim.map(|rows| reading(stage, target.name, &rows));
        let named = named.map(|sql| Attack::new(Who::Member, sql));
        let all = Attack::blind(Who::Nobody, reading(stage, target.name, "true"));
        return named.into_iter().chain([all]).collect();
    }
    if rule == &CHANGE || rule == &DELETE {
        return changes(stage, target, rule, victim);
    }
    // A new tenant is nobody's row yet, and a tenant does not move.
    if target.moves.is_empty() || victim.is_none() {
        return Vec::new();
    }
    let mut out = match rule == &INSERT {
        true => {
            let insert = target.insertion(stage, cast, None);
            let new = insert.map(|(sql, _)| Attack::new(Who::Member, sql));
            new.into_iter().collect()
        }
        false => moves(stage, cast, target),
    };
    for new in &mut out {
        new.proof = proof(target);
        new.writes_new = true;
    }
    out
}

fn proof(target: &Target<'_>) -> Option<(String, String)> {
    target
        .few
        .then(|| (target.name.to_owned(), target.proof.clone()))
}

/// A condition, or a column that is read, asks the policies for SELECT too. A statement that names no
/// row and reads no column does not, so that one is tried as well.
fn changes(
    stage: &Stage<'_>,
    target: &Target<'_>,
    rule: &'static Rule,
    victim: Option<String>,
) -> Vec<Attack> {
    let path = stage.d().ident(target.name);
    let whole = match rule == &CHANGE {
        true => target
            .change(stage)
            .map(|set| format!("UPDATE {path} t SET {set}")),
        false => Some(format!("DELETE FROM {path} t")),
    };
    let Some(whole) = whole else {
        return Vec::new();
    };
    let named = victim.map(|rows| Attack::new(Who::Member, format!("{whole} WHERE {rows}")));
    let mut out: Vec<Attack> = named.into_iter().collect();
    if target.few {
        let mut member = Attack::blind(Who::Member, whole.clone());
        member.proof = proof(target);
        out.push(member);
        out.push(Attack::blind(Who::Nobody, whole));
    }
    out
}

fn moves(stage: &Stage<'_>, cast: &Cast, target: &Target<'_>) -> Vec<Attack> {
    let sets: Vec<String> = target
        .moves
        .iter()
        .map(|(column, value)| format!("{} = {value}", stage.d().ident(column)))
        .collect();
    let whole = format!(
        "UPDATE {} t SET {}",
        stage.d().ident(target.name),
        sets.join(", ")
    );
    let one = |row: &String| Attack::new(Who::Member, format!("{whole} WHERE {row}"));
    let mut out: Vec<Attack> = target.own.iter().map(one).collect();
    if !target.own.is_empty() {
        if target.few {
            out.push(Attack::blind(Who::Member, whole));
        }
    } else if let Some((insert, row)) = target.insertion(stage, cast, Some(&cast.own))
        && !row.is_empty()
    {
        // A row that it makes for itself, which goes with the transaction.
        out.push(Attack {
            prepare: Some(insert),
            ..one(&row)
        });
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
async fn views(db: &mut Database, stage: &Stage<'_>, cast: &Cast, book: &mut Book) -> Result<()> {
    let says = stage.says(&cast.own, cast.user.as_deref());
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
            let attack = Attack::new(who, reading(stage, name, condition));
            book.attacks += 1;
            if stage.attempt(db, &says, &attack).await? == Ending::Broke {
                book.found.push(
                    success(stage, &says, &READ, &attack, name, "read").on(format!("view {name}")),
                );
            }
        }
    }
    Ok(())
}

impl Book {
    fn vacuous(&mut self, table: &str, why: &str) {
        self.found.push(
            Finding::new(&VACUOUS, format!("{table} proves nothing: {why}"))
                .on(format!("table {table}")),
        );
    }

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
            ("the other way round", &self.turned),
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
