use super::*;
use crate::dialect::Backend;
use crate::engine::Migration;
use proptest::prelude::*;

fn source(n: usize) -> Source {
    Source {
        set: "test",
        backend: Backend::Sqlite,
        migrations: (0..n)
            .map(|i| Migration {
                name: format!("m20250101_{i:06}_step"),
                up: vec![format!("CREATE TABLE t{i} (id int)")],
                down: vec![format!("DROP TABLE t{i}")],
                outside_transaction: false,
                checksum: format!("sum{i}"),
                known_effects: Default::default(),
            })
            .collect(),
    }
}

fn record(i: usize) -> Record {
    Record {
        checksum: Some(format!("sum{i}")),
        kind: "applied".into(),
        state: "applied".into(),
        direction: "up".into(),
        ..Record::default()
    }
}

fn history(source: &Source, applied: &[usize]) -> History {
    History {
        exists: true,
        companion: true,
        applied: applied
            .iter()
            .map(|i| (source.migrations[*i].name.clone(), 1))
            .collect(),
        records: applied
            .iter()
            .map(|i| (source.migrations[*i].name.clone(), record(*i)))
            .collect(),
        ..History::default()
    }
}

fn indexes(steps: &[Step]) -> Vec<usize> {
    steps.iter().map(|s| s.index).collect()
}

fn plan_up(n: usize, applied: &[usize], target: UpTarget) -> Result<Vec<usize>> {
    let s = source(n);
    let survey = Survey::new(&s, &history(&s, applied));
    up(&s, &survey, &target, false).map(|steps| indexes(&steps))
}

fn plan_down(n: usize, applied: &[usize], target: DownTarget) -> Result<Vec<usize>> {
    let s = source(n);
    let survey = Survey::new(&s, &history(&s, applied));
    down(&s, &survey, &target).map(|steps| indexes(&steps))
}

#[test]
fn up_takes_pending_in_order() {
    assert_eq!(plan_up(4, &[0], UpTarget::All).unwrap(), [1, 2, 3]);
    assert_eq!(plan_up(4, &[0], UpTarget::Steps(2)).unwrap(), [1, 2]);
    assert_eq!(plan_up(4, &[0], UpTarget::Steps(9)).unwrap(), [1, 2, 3]);
    assert_eq!(
        plan_up(4, &[0], UpTarget::To("20250101000002".into())).unwrap(),
        [1, 2]
    );
    assert_eq!(
        plan_up(4, &[0, 1, 2, 3], UpTarget::All).unwrap(),
        [0usize; 0]
    );
    assert_eq!(
        plan_up(2, &[0, 1], UpTarget::To("20250101000001".into())).unwrap(),
        [0usize; 0]
    );
    let past = plan_up(3, &[0, 1], UpTarget::To("20250101000000".into())).expect_err("past");
    assert_eq!(past.exit, Exit::Usage);
    assert!(
        past.hint
            .as_ref()
            .unwrap()
            .contains("migrate down --to 20250101000000")
    );
}

#[test]
fn down_takes_applied_newest_first() {
    assert_eq!(
        plan_down(4, &[0, 1, 2], DownTarget::Steps(2)).unwrap(),
        [2, 1]
    );
    assert_eq!(
        plan_down(4, &[0, 1, 2], DownTarget::All).unwrap(),
        [2, 1, 0]
    );
    assert_eq!(
        plan_down(4, &[0, 1, 2], DownTarget::To("20250101000000".into())).unwrap(),
        [2, 1]
    );
    assert_eq!(
        plan_down(4, &[0, 1], DownTarget::Steps(3))
            .expect_err("many")
            .exit,
        Exit::Usage
    );
    assert_eq!(
        plan_down(4, &[0, 1], DownTarget::To("20250101000003".into()))
            .expect_err("not applied")
            .exit,
        Exit::Usage
    );
}

#[test]
fn out_of_order_is_refused_unless_allowed() {
    let s = source(3);
    let survey = Survey::new(&s, &history(&s, &[0, 2]));
    assert_eq!(survey.count(State::OutOfOrder), 1);
    assert_eq!(
        up(&s, &survey, &UpTarget::All, false)
            .expect_err("order")
            .exit,
        Exit::Refused
    );
    assert_eq!(
        indexes(&up(&s, &survey, &UpTarget::All, true).unwrap()),
        [1]
    );
}

#[test]
fn missing_and_edited_stop_every_plan() {
    let s = source(2);
    let mut h = history(&s, &[0]);
    h.applied.insert("m20990101_000000_future".into(), 1);
    // What saasdb never recorded is another program's, and stops nothing.
    let survey = Survey::new(&s, &h);
    assert_eq!(survey.count(State::External), 1);
    assert_eq!(
        indexes(&up(&s, &survey, &UpTarget::All, false).unwrap()),
        [1]
    );
    let recorded = h.records[&s.migrations[0].name].clone();
    h.records.insert("m20990101_000000_future".into(), recorded);
    let survey = Survey::new(&s, &h);
    for error in [
        up(&s, &survey, &UpTarget::All, true).expect_err("missing"),
        down(&s, &survey, &DownTarget::All).expect_err("missing"),
    ] {
        assert_eq!(error.exit, Exit::Findings);
        assert!(error.why[0].contains("m20990101_000000_future"));
    }
    let mut h = history(&s, &[0]);
    h.records.get_mut(&s.migrations[0].name).unwrap().checksum = Some("other".into());
    let survey = Survey::new(&s, &h);
    let error = up(&s, &survey, &UpTarget::All, false).expect_err("edited");
    assert_eq!(
        error.migration.as_deref(),
        Some(s.migrations[0].name.as_str())
    );
    // A row that sea-orm wrote has no checksum: applied, and no mismatch.
    let mut h = history(&s, &[0]);
    h.records.clear();
    assert_eq!(
        indexes(&up(&s, &Survey::new(&s, &h), &UpTarget::All, false).unwrap()),
        [1]
    );
}

#[test]
fn adopted_versions_are_never_reverted() {
    let s = source(3);
    let mut h = history(&s, &[0, 1, 2]);
    h.records.get_mut(&s.migrations[0].name).unwrap().kind = BASELINE.into();
    let survey = Survey::new(&s, &h);
    assert_eq!(
        indexes(&down(&s, &survey, &DownTarget::All).unwrap()),
        [2, 1]
    );
    assert!(
        down(&s, &survey, &DownTarget::Steps(3))
            .expect_err("adopted")
            .why[0]
            .contains("adopted")
    );
}

fn dirty(direction: &str, state: &str, at: usize) -> (Source, Survey) {
    let s = source(3);
    let mut h = history(&s, &[0, 1]);
    let name = s.migrations[1].name.clone();
    if direction == "up" {
        h.applied.remove(&name);
    }
    let r = h.records.get_mut(&name).unwrap();
    r.state = state.into();
    r.direction = direction.into();
    r.statement_at = at;
    let survey = Survey::new(&s, &h);
    (s, survey)
}

#[test]
fn an_interrupted_migration_is_finished_first() {
    let (s, survey) = dirty("up", "applying", 2);
    let steps = up(&s, &survey, &UpTarget::All, false).unwrap();
    assert_eq!(indexes(&steps), [1, 2]);
    assert_eq!(
        steps[0].resume,
        Some(Resume {
            at: 1,
            in_doubt: true,
            tolerant: false
        })
    );

    let (s, survey) = dirty("up", "failed", 2);
    let steps = up(&s, &survey, &UpTarget::All, false).unwrap();
    assert!(
        !steps[0].resume.unwrap().in_doubt,
        "the server said no, so it had no effect"
    );
    let back = down(&s, &survey, &DownTarget::Steps(1)).unwrap();
    assert_eq!(indexes(&back), [1]);
    assert!(back[0].resume.unwrap().tolerant);

    let (s, survey) = dirty("up", "failed", 1);
    let back = down(&s, &survey, &DownTarget::Steps(1)).unwrap();
    assert_eq!(
        back[0].resume.unwrap().at,
        usize::MAX,
        "nothing was made, so nothing is dropped"
    );

    let (s, survey) = dirty("down", "reverting", 2);
    let refused = up(&s, &survey, &UpTarget::All, false).expect_err("would drop rows unasked");
    assert_eq!(refused.exit, Exit::Refused);
    let steps = down(&s, &survey, &DownTarget::Steps(1)).unwrap();
    assert_eq!(steps[0].resume.unwrap().at, 1);

    let (s, survey) = dirty("undo", "failed", 2);
    let steps = down(&s, &survey, &DownTarget::Steps(1)).unwrap();
    assert_eq!(
        steps[0].resume,
        Some(Resume {
            at: 0,
            in_doubt: false,
            tolerant: true
        })
    );
}

#[test]
fn what_a_newer_release_left_half_done_is_missing_too() {
    let s = source(2);
    let mut h = history(&s, &[0]);
    let mut newer = record(9);
    newer.state = "applying".into();
    h.records.insert("m20990101_000000_future".into(), newer);
    let survey = Survey::new(&s, &h);
    assert_eq!(survey.count(State::Missing), 1);
    assert!(down(&s, &survey, &DownTarget::Steps(1)).is_err());
}

proptest! {
    /// Up to anywhere and down again leaves nothing applied, in reverse order, whatever was there.
    #[test]
    fn plans_are_ordered_and_complete(n in 1usize..12, applied in 0usize..12, steps in 1usize..15) {
        let applied: Vec<usize> = (0..applied.min(n)).collect();
        let going_up = plan_up(n, &applied, UpTarget::Steps(steps)).unwrap();
        prop_assert_eq!(&going_up, &(applied.len()..n).take(steps).collect::<Vec<_>>());
        let all: Vec<usize> = applied.iter().copied().chain(going_up).collect();
        let back = plan_down(n, &all, DownTarget::All).unwrap();
        prop_assert_eq!(back, all.into_iter().rev().collect::<Vec<_>>());
    }
}
