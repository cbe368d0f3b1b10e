//! The entities of `supabase` as an application's backend uses them: every association loads through
//! its relation, users of another schema included, and columns are as the database has them.

use std::collections::BTreeMap;

use entity::Id;
use entity::supabase::prelude::*;
use entity::supabase::*;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::NotSet, IntoActiveModel, Iterable, LoaderTrait, Set};

use super::tools::{block_on, connect};
use crate::support::{Db, Saasdb, TestDb};

/// Rows of one organization.
struct World {
    db: DatabaseConnection,
    org: organizations::Model,
    owner: users::Model,
    guest: users::Model,
    plan: subscription_plans::Model,
    membership: organization_members::Model,
    invited: organization_members::Model,
    usage: organization_usage::Model,
    invitation: organization_invitations::Model,
    event: billing_events::Model,
    log: audit_logs::Model,
    contact: contacts::Model,
    message: messages::Model,
    reply: auto_replies::Model,
    campaign: campaigns::Model,
}

fn time(text: &str) -> DateTimeUtc {
    text.parse().expect("a time")
}

fn user(email: &str) -> users::ActiveModel {
    users::ActiveModel {
        id: Set(Id::random()),
        email: Set(Some(email.to_owned())),
        ..Default::default()
    }
}

impl World {
    async fn new(test: &TestDb) -> Result<World, DbErr> {
        let db = connect(test).await;
        // Signing up makes the organization and its owner.
        let owner = user("owner@example.com").insert(&db).await?;
        let membership = OrganizationMembers::find().one(&db).await?.unwrap();
        let org = Organizations::find().one(&db).await?.unwrap();
        let guest = user("guest@example.com").insert(&db).await?;
        let plan = subscription_plans::ActiveModel {
            id: Set("starter".into()),
            name: Set("Starter".into()),
            price_monthly: Set(2900),
            ..Default::default()
        };
        let invited = organization_members::ActiveModel {
            organization_id: Set(org.id),
            user_id: Set(guest.id),
            invited_by: Set(Some(owner.id)),
            role: Set(Some(MemberRole::Viewer)),
            ..Default::default()
        };
        let usage = organization_usage::ActiveModel {
            organization_id: Set(org.id),
            metric_name: Set("monthly_messages".into()),
            period_start: Set(time("2026-01-01T00:00:00Z")),
            period_end: Set(time("2026-02-01T00:00:00Z")),
            ..Default::default()
        };
        let invitation = organization_invitations::ActiveModel {
            organization_id: Set(org.id),
            email: Set("guest@example.com".into()),
            role: Set(InvitationRole::Viewer),
            invited_by: Set(Some(owner.id)),
            token: Set("t".into()),
            expires_at: Set(time("2026-02-01T00:00:00Z")),
            ..Default::default()
        };
        let event = billing_events::ActiveModel {
            organization_id: Set(org.id),
            event_type: Set("invoice.paid".into()),
            ..Default::default()
        };
        let log = audit_logs::ActiveModel {
            organization_id: Set(org.id),
            user_id: Set(Some(owner.id)),
            action: Set("looked".into()),
            ..Default::default()
        };
        let contact = contacts::ActiveModel {
            organization_id: Set(org.id),
            user_id: Set(Some(owner.id)),
            phone_number: Set("+1".into()),
            tags: Set(Some(vec![
                "a,b".into(),
                "\"c\" \\ {d}".into(),
                String::new(),
            ])),
            ..Default::default()
        };
        let contact = contact.insert(&db).await?;
        let message = messages::ActiveModel {
            organization_id: Set(org.id),
            user_id: Set(Some(owner.id)),
            contact_id: Set(Some(contact.id)),
            phone_number: Set("+1".into()),
            content: Set("hi".into()),
            kind: Set(Some(MessageType::Image)),
            direction: Set(MessageDirection::Outbound),
            ..Default::default()
        };
        let reply = auto_replies::ActiveModel {
            organization_id: Set(org.id),
            created_by: Set(Some(owner.id)),
            name: Set("r".into()),
            response_message: Set("later".into()),
            ..Default::default()
        };
        let campaign = campaigns::ActiveModel {
            organization_id: Set(org.id),
            created_by: Set(Some(owner.id)),
            name: Set("c".into()),
            message_template: Set("hi".into()),
            target_contacts: Set(Some(vec!["+1".into()])),
            status: Set(Some(CampaignStatus::Scheduled)),
            ..Default::default()
        };
        Ok(World {
            plan: plan.insert(&db).await?,
            invited: invited.insert(&db).await?,
            usage: usage.insert(&db).await?,
            invitation: invitation.insert(&db).await?,
            event: event.insert(&db).await?,
            log: log.insert(&db).await?,
            message: message.insert(&db).await?,
            reply: reply.insert(&db).await?,
            campaign: campaign.insert(&db).await?,
            db,
            org,
            owner,
            guest,
            membership,
            contact,
        })
    }
}

fn migrated() -> TestDb {
    let test = TestDb::new(Db::Postgres);
    let program = Saasdb::new().db(&test).env("SAASDB_SET", "supabase");
    program.call(["migrate", "up"]).success();
    test
}

#[track_caller]
fn in_the_world(body: impl AsyncFn(World) -> Result<(), DbErr>) {
    let test = migrated();
    block_on(async {
        let world = World::new(&test).await.expect("the rows are inserted");
        body(world).await.expect("no error");
    });
}

#[test]
fn an_organization_loads_everything_that_is_its_own() {
    in_the_world(async |w| {
        let found = Organizations::load()
            .filter(organizations::Column::Id.eq(w.org.id))
            .with(SubscriptionPlans)
            .with(OrganizationMembers)
            .with(OrganizationUsage)
            .with(OrganizationInvitations)
            .with(BillingEvents)
            .with(AuditLogs)
            .with(Contacts)
            .with(Messages)
            .with(AutoReplies)
            .with(Campaigns)
            .one(&w.db)
            .await?
            .unwrap();
        assert_eq!(found.plan.as_ref().unwrap().id, "starter", "by default");
        let mut members: Vec<Id> = found.members.iter().map(|m| m.user_id).collect();
        members.sort_unstable();
        let mut expected = [w.owner.id, w.guest.id];
        expected.sort_unstable();
        assert_eq!(members, expected);
        macro_rules! single {
            ($($field:ident = $row:ident),*) => {$(
                assert_eq!(found.$field.len(), 1, stringify!($field));
                assert_eq!(found.$field[0].id, w.$row.id, stringify!($field));
            )*};
        }
        single!(
            usage = usage,
            invitations = invitation,
            billing_events = event,
            audit_logs = log,
            contacts = contact,
            messages = message,
            auto_replies = reply,
            campaigns = campaign
        );
        Ok(())
    });
}

#[test]
fn users_of_the_other_schema_load_what_they_did() {
    in_the_world(async |w| {
        use users::Relation as Of;
        let load = |id: Id| {
            Users::load()
                .filter(users::Column::Id.eq(id))
                .with(Of::Memberships)
                .with(Of::InvitedMembers)
                .with(OrganizationInvitations)
                .with(AuditLogs)
                .with(Contacts)
                .with(Messages)
                .with(AutoReplies)
                .with(Campaigns)
        };
        let found = load(w.owner.id).one(&w.db).await?.unwrap();
        assert_eq!(found.email.as_deref(), Some("owner@example.com"));
        macro_rules! single {
            ($($field:ident = $row:ident),*) => {$(
                assert_eq!(found.$field.len(), 1, stringify!($field));
                assert_eq!(found.$field[0].id, w.$row.id, stringify!($field));
            )*};
        }
        single!(
            memberships = membership,
            invited_members = invited,
            invitations = invitation,
            audit_logs = log,
            contacts = contact,
            messages = message,
            auto_replies = reply,
            campaigns = campaign
        );
        let guest = load(w.guest.id).one(&w.db).await?.unwrap();
        // Its own organization, from signing up, and the one that it was asked into.
        assert_eq!(guest.memberships.len(), 2);
        assert!(guest.invited_members.is_empty() && guest.messages.is_empty());
        Ok(())
    });
}

#[test]
fn every_row_loads_its_parents_and_children() {
    in_the_world(async |w| {
        macro_rules! parents {
            ($($entity:ident / $module:ident . $field:ident ($with:expr) = $row:ident of $own:ident),* $(,)?) => {$(
                let found = $entity::load()
                    .filter($module::Column::Id.eq(w.$own.id))
                    .with($with)
                    .one(&w.db)
                    .await?
                    .unwrap();
                let what = stringify!($entity.$field);
                assert_eq!(found.$field.as_ref().unwrap().id, w.$row.id, "{what}");
            )*};
        }
        parents!(
            OrganizationMembers/organization_members.organization(Organizations) = org of invited,
            OrganizationMembers/organization_members.user(organization_members::Relation::User) = guest of invited,
            OrganizationMembers/organization_members.inviter(organization_members::Relation::Inviter) = owner of invited,
            OrganizationUsage/organization_usage.organization(Organizations) = org of usage,
            OrganizationInvitations/organization_invitations.organization(Organizations) = org of invitation,
            OrganizationInvitations/organization_invitations.inviter(Users) = owner of invitation,
            BillingEvents/billing_events.organization(Organizations) = org of event,
            AuditLogs/audit_logs.organization(Organizations) = org of log,
            AuditLogs/audit_logs.user(Users) = owner of log,
            Contacts/contacts.organization(Organizations) = org of contact,
            Contacts/contacts.user(Users) = owner of contact,
            Messages/messages.organization(Organizations) = org of message,
            Messages/messages.user(Users) = owner of message,
            Messages/messages.contact(Contacts) = contact of message,
            AutoReplies/auto_replies.organization(Organizations) = org of reply,
            AutoReplies/auto_replies.creator(Users) = owner of reply,
            Campaigns/campaigns.organization(Organizations) = org of campaign,
            Campaigns/campaigns.creator(Users) = owner of campaign,
        );
        let contact = Contacts::load().with(Messages).one(&w.db).await?.unwrap();
        assert_eq!(contact.messages[0].id, w.message.id);
        let plan = SubscriptionPlans::load()
            .with(Organizations)
            .one(&w.db)
            .await?
            .unwrap();
        // The guest's organization has the same plan by default.
        assert_eq!(plan.organizations.len(), 2);
        assert_eq!(plan.id, w.plan.id);
        Ok(())
    });
}

#[test]
fn relations_work_in_the_classic_ways_too() {
    in_the_world(async |w| {
        let db = &w.db;
        let messages = w.org.find_related(Messages).all(db).await?;
        assert_eq!(messages, std::slice::from_ref(&w.message));
        assert_eq!(
            w.invited.find_related(Organizations).one(db).await?,
            Some(w.org.clone())
        );
        let contacts = vec![w.contact.clone()].load_many(Messages, db).await?;
        assert_eq!(contacts[0], std::slice::from_ref(&w.message));
        let invited = OrganizationMembers::find()
            .inner_join(Organizations)
            .filter(organizations::Column::Slug.eq(w.org.slug.as_str()))
            .filter(organization_members::Column::Role.eq(MemberRole::Viewer))
            .all(db)
            .await?;
        assert_eq!(invited, std::slice::from_ref(&w.invited));
        Ok(())
    });
}

#[test]
fn values_come_back_as_they_were_written() {
    in_the_world(async |w| {
        assert_eq!(w.org.subscription_plan, Some(OrganizationPlan::Starter));
        assert_eq!(w.org.subscription_status, Some(OrganizationStatus::Active));
        assert_eq!(w.org.settings, Some(serde_json::json!({})));
        assert_eq!(w.membership.role, Some(MemberRole::Owner));
        assert_eq!(w.invited.role, Some(MemberRole::Viewer));
        assert_eq!(w.message.kind, Some(MessageType::Image));
        assert_eq!(w.message.status, Some(MessageStatus::Sent), "default");
        assert_eq!(w.campaign.status, Some(CampaignStatus::Scheduled));
        assert_eq!((w.campaign.sent_count, w.usage.metric_value), (Some(0), 0));
        assert_eq!(
            w.contact.tags.as_deref(),
            Some(&["a,b".to_owned(), "\"c\" \\ {d}".into(), String::new()][..])
        );
        assert_eq!(w.reply.trigger_keywords, Some(Vec::new()), "default");
        assert_eq!(w.plan.limits, serde_json::json!({}));

        let mut contact = w.contact.clone().into_active_model();
        contact.tags = Set(None);
        assert_eq!(contact.update(&w.db).await?.tags, None);
        let mut org = w.org.clone().into_active_model();
        org.subscription_status = Set(Some(OrganizationStatus::PastDue));
        org.updated_at = NotSet;
        let org = org.update(&w.db).await?;
        assert_eq!(org.subscription_status, Some(OrganizationStatus::PastDue));
        assert!(org.updated_at > w.org.updated_at, "by the trigger");

        // Everything of the tenant goes with it, and the users stay.
        Organizations::delete_by_id(w.org.id).exec(&w.db).await?;
        assert_eq!(Messages::find().count(&w.db).await?, 0);
        assert_eq!(OrganizationMembers::find().count(&w.db).await?, 1);
        assert_eq!(Users::find().count(&w.db).await?, 2);
        Ok(())
    });
}

/// Every column of every entity with whether it may be NULL, by table.
fn columns() -> BTreeMap<String, Vec<(String, bool)>> {
    fn of<E: EntityTrait>() -> (String, Vec<(String, bool)>) {
        let mut columns: Vec<(String, bool)> = E::Column::iter()
            .map(|c| (c.as_str().to_owned(), c.def().is_null()))
            .collect();
        columns.sort();
        (E::default().table_name().to_owned(), columns)
    }
    BTreeMap::from([
        of::<AuditLogs>(),
        of::<AutoReplies>(),
        of::<BillingEvents>(),
        of::<Campaigns>(),
        of::<Contacts>(),
        of::<Messages>(),
        of::<OrganizationInvitations>(),
        of::<OrganizationMembers>(),
        of::<OrganizationUsage>(),
        of::<Organizations>(),
        of::<SubscriptionPlans>(),
    ])
}

#[test]
fn entities_have_the_columns_of_their_tables() {
    let test = migrated();
    for (table, columns) in columns() {
        let mut found: Vec<(String, bool)> = test
            .rows(&format!(
                "SELECT column_name, is_nullable FROM information_schema.columns
                 WHERE table_schema = current_schema() AND table_name = '{table}'"
            ))
            .into_iter()
            .map(|row| (row[0].clone(), row[1] == "YES"))
            .collect();
        found.sort();
        assert_eq!(columns, found, "{table}");
    }
}
