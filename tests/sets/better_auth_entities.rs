//! The entities of `better-auth` as an application uses them: every association loads through its
//! relation, and rows are written and changed through entities.

use entity::better_auth::prelude::*;
use entity::better_auth::*;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, JoinType, LoaderTrait, QueryOrder, QuerySelect, Set};
use serde_json::json;

use super::tools::{block_on, connect, up};
use crate::support::TestDb;

/// A row in every table, made through entities, and a second organization with nothing.
struct World {
    db: DatabaseConnection,
    user: user::Model,
    session: session::Model,
    account: account::Model,
    verification: verification::Model,
    org: organization::Model,
    other: organization::Model,
    member: member::Model,
    invitation: invitation::Model,
    team: team::Model,
    team_member: team_member::Model,
    subscription: organization_subscription::Model,
    module: organization_module::Model,
}

fn time(text: &str) -> DateTimeUtc {
    text.parse().expect("a time")
}

fn local(text: &str) -> DateTime {
    text.parse().expect("a time")
}

fn organization(slug: &str) -> organization::ActiveModel {
    organization::ActiveModel {
        id: Set(format!("id-of-{slug}")),
        name: Set(slug.to_owned()),
        slug: Set(slug.to_owned()),
        ..Default::default()
    }
}

impl World {
    async fn new(test: &TestDb) -> Result<World, DbErr> {
        let db = connect(test).await;
        let user = user::ActiveModel {
            id: Set("u".into()),
            name: Set("Größe".into()),
            email: Set("u@example.com".into()),
            ban_expires: Set(Some(time("2025-10-10T10:00:00Z"))),
            ..Default::default()
        };
        let user = user.insert(&db).await?;
        let session = session::ActiveModel {
            id: Set("s".into()),
            token: Set("t".into()),
            expires_at: Set(time("2025-10-10T10:00:00Z")),
            user_id: Set(user.id.clone()),
            ..Default::default()
        };
        let account = account::ActiveModel {
            id: Set("a".into()),
            account_id: Set(user.id.clone()),
            provider_id: Set("credential".into()),
            user_id: Set(user.id.clone()),
            ..Default::default()
        };
        let verification = verification::ActiveModel {
            id: Set("v".into()),
            identifier: Set("i".into()),
            value: Set("x".into()),
            expires_at: Set(time("2025-10-10T10:00:00.125Z")),
            ..Default::default()
        };
        let org = organization("org").insert(&db).await?;
        let other = organization("other").insert(&db).await?;
        let member = member::ActiveModel {
            id: Set("m".into()),
            organization_id: Set(org.id.clone()),
            user_id: Set(user.id.clone()),
            role: Set("owner".into()),
            ..Default::default()
        };
        let invitation = invitation::ActiveModel {
            id: Set("i".into()),
            organization_id: Set(org.id.clone()),
            email: Set("x@example.com".into()),
            status: Set("pending".into()),
            expires_at: Set(time("2025-10-10T10:00:00Z")),
            inviter_id: Set(user.id.clone()),
            ..Default::default()
        };
        let team = team::ActiveModel {
            id: Set("t".into()),
            name: Set("T".into()),
            organization_id: Set(org.id.clone()),
            ..Default::default()
        };
        let team = team.insert(&db).await?;
        let team_member = team_member::ActiveModel {
            id: Set("tm".into()),
            team_id: Set(team.id.clone()),
            user_id: Set(user.id.clone()),
            ..Default::default()
        };
        let subscription = organization_subscription::ActiveModel {
            id: Set("sub".into()),
            organization_id: Set(org.id.clone()),
            plan: Set("monthly".into()),
            status: Set("active".into()),
            current_period_start: Set(local("2025-10-10T10:00:00")),
            current_period_end: Set(local("2025-11-10T10:00:00.250")),
            current_period_usage: Set(Some(json!({"api_calls": 5, "note": "é"}))),
            updated_at: Set(local("2025-10-10T10:00:00")),
            ..Default::default()
        };
        let module = organization_module::ActiveModel {
            id: Set("mod".into()),
            organization_id: Set(org.id.clone()),
            module_key: Set("crm".into()),
            settings: Set(Some(json!([1, "two"]))),
            enabled_by: Set(Some(user.id.clone())),
            ..Default::default()
        };
        Ok(World {
            session: session.insert(&db).await?,
            account: account.insert(&db).await?,
            verification: verification.insert(&db).await?,
            member: member.insert(&db).await?,
            invitation: invitation.insert(&db).await?,
            team_member: team_member.insert(&db).await?,
            subscription: subscription.insert(&db).await?,
            module: module.insert(&db).await?,
            db,
            user,
            org,
            other,
            team,
        })
    }
}

/// Runs the body with such a world on a migrated database of each kind.
#[track_caller]
fn in_the_world(body: impl AsyncFn(World) -> Result<(), DbErr>) {
    TestDb::on_all(|test| {
        up(test, "better-auth");
        block_on(async {
            let world = World::new(test).await.expect("the rows are inserted");
            body(world).await.expect("no error");
        });
    });
}

#[test]
fn an_organization_loads_what_the_documents_query_does() {
    in_the_world(async |w| {
        let found = Organization::load()
            .filter(organization::Column::Slug.eq("org"))
            .with(OrganizationSubscription)
            .with(OrganizationModule)
            .with(Invitation)
            .with(Team)
            .with((Member, User))
            .one(&w.db)
            .await?
            .unwrap();
        let subscription = found.subscription.as_ref().unwrap();
        assert_eq!(subscription.id, w.subscription.id);
        assert_eq!(found.modules[0].id, w.module.id);
        assert_eq!(found.invitations[0].id, w.invitation.id);
        assert_eq!(found.teams[0].id, w.team.id);
        assert_eq!(found.members[0].id, w.member.id);
        let user = found.members[0].user.as_ref().unwrap();
        assert_eq!(user.email, "u@example.com");
        let empty = Organization::load()
            .filter(organization::Column::Id.eq(w.other.id.as_str()))
            .with(OrganizationSubscription)
            .with(Member)
            .one(&w.db)
            .await?
            .unwrap();
        assert!(empty.subscription.as_ref().is_none() && empty.members.is_empty());
        Ok(())
    });
}

#[test]
fn a_user_loads_everything_that_is_somebodys_own() {
    in_the_world(async |w| {
        let found = User::load()
            .with(Session)
            .with(Account)
            .with(Member)
            .with(Invitation)
            .with(TeamMember)
            .one(&w.db)
            .await?
            .unwrap();
        assert_eq!(found.sessions[0].id, w.session.id);
        assert_eq!(found.accounts[0].id, w.account.id);
        assert_eq!(found.members[0].id, w.member.id);
        assert_eq!(found.invitations[0].id, w.invitation.id);
        assert_eq!(found.team_members[0].id, w.team_member.id);
        Ok(())
    });
}

#[test]
fn every_row_loads_its_parents_and_children() {
    in_the_world(async |w| {
        macro_rules! parents {
            ($($entity:ident . $field:ident ($with:ident) = $row:ident),* $(,)?) => {$(
                let found = $entity::load().with($with).one(&w.db).await?.unwrap();
                let what = stringify!($entity.$field);
                assert_eq!(found.$field.as_ref().unwrap().id, w.$row.id, "{what}");
            )*};
        }
        parents!(
            Session.user(User) = user,
            Account.user(User) = user,
            Member.organization(Organization) = org,
            Member.user(User) = user,
            Invitation.organization(Organization) = org,
            Invitation.inviter(User) = user,
            Team.organization(Organization) = org,
            TeamMember.team(Team) = team,
            TeamMember.user(User) = user,
            OrganizationSubscription.organization(Organization) = org,
            OrganizationModule.organization(Organization) = org,
        );
        let team = Team::load().with(TeamMember).one(&w.db).await?.unwrap();
        assert_eq!(team.members[0].id, w.team_member.id);
        Ok(())
    });
}

#[test]
fn relations_work_in_the_classic_ways_too() {
    in_the_world(async |w| {
        let db = &w.db;
        assert_eq!(
            w.org.find_related(OrganizationSubscription).one(db).await?,
            Some(w.subscription.clone())
        );
        let with_org = OrganizationModule::find()
            .find_also_related(Organization)
            .all(db)
            .await?;
        assert_eq!(with_org, [(w.module.clone(), Some(w.org.clone()))]);
        let all = Organization::find().order_by_asc(organization::Column::Slug);
        let modules = all.all(db).await?.load_many(OrganizationModule, db).await?;
        assert_eq!((modules[0].len(), modules[1].len()), (1, 0));
        let expired = OrganizationSubscription::find()
            .join(
                JoinType::InnerJoin,
                organization_subscription::Relation::Organization.def(),
            )
            .filter(organization::Column::Slug.eq("org"))
            .filter(organization_subscription::Column::Status.eq("active"))
            .filter(
                organization_subscription::Column::CurrentPeriodEnd
                    .lt(chrono::Utc::now().naive_utc()),
            )
            .count(db)
            .await?;
        assert_eq!(expired, 1);
        Ok(())
    });
}

#[test]
fn values_come_back_as_they_were_written() {
    in_the_world(async |w| {
        let now = chrono::Utc::now();
        assert!((now - w.user.created_at).num_seconds().abs() < 60, "UTC");
        let enabled = w.module.enabled_at.and_utc();
        assert!((now - enabled).num_seconds().abs() < 60, "UTC");
        assert_eq!(w.user.name, "Größe");
        assert_eq!((w.user.email_verified, w.user.banned), (false, Some(false)));
        assert_eq!(w.user.ban_expires, Some(time("2025-10-10T10:00:00Z")));
        let verification = Verification::find().one(&w.db).await?.unwrap();
        assert_eq!(verification, w.verification);
        assert_eq!(verification.expires_at, time("2025-10-10T10:00:00.125Z"));
        assert!(!w.subscription.cancel_at_period_end && w.module.is_enabled);
        let found = OrganizationSubscription::find_by_id("sub")
            .one(&w.db)
            .await?
            .unwrap();
        assert_eq!(found, w.subscription);
        assert_eq!(found.current_period_end, local("2025-11-10T10:00:00.250"));
        assert_eq!(
            found.current_period_usage,
            Some(json!({"api_calls": 5, "note": "é"}))
        );
        assert_eq!((found.metadata, found.trial_ends_at), (None, None));
        assert_eq!(w.module.settings, Some(json!([1, "two"])));
        Ok(())
    });
}

#[test]
fn rows_change_and_go_through_entities() {
    in_the_world(async |w| {
        let db = &w.db;
        let mut module = w.module.clone().into_active_model();
        module.is_enabled = Set(false);
        module.disabled_at = Set(Some(local("2026-01-01T00:00:00")));
        module.settings = Set(None);
        let module = module.update(db).await?;
        assert_eq!((module.is_enabled, module.settings), (false, None));
        Organization::delete_by_id(w.org.id.as_str())
            .exec(db)
            .await?;
        assert_eq!(OrganizationSubscription::find().count(db).await?, 0);
        assert_eq!(OrganizationModule::find().count(db).await?, 0);
        assert_eq!(TeamMember::find().count(db).await?, 0);
        assert_eq!(Session::find().count(db).await?, 1);
        User::delete_by_id(w.user.id.as_str()).exec(db).await?;
        assert_eq!(Session::find().count(db).await?, 0);
        Ok(())
    });
}
