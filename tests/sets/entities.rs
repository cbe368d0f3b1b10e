//! The crate `entity` as an application uses it: every association of the document loads through
//! its relation, and rows are written and changed through entities.

use std::str::FromStr;

use entity::core::prelude::*;
use entity::core::*;
use entity::{Id, Numeric};
use sea_orm::entity::prelude::*;
use sea_orm::{
    DbBackend, IntoActiveModel, JoinType, LoaderTrait, QueryOrder, QuerySelect, Set, Statement,
};

use super::tools::{block_on, connect, run};
use crate::support::TestDb;

/// Rows of one organization, and one that has none but two chats.
struct World {
    db: DatabaseConnection,
    org: organizations::Model,
    other: organizations::Model,
    owner: users::Model,
    admin: users::Model,
    lonely: users::Model,
    plan: subscription_plans::Model,
    subscription: subscriptions::Model,
    usage: usage_tracking::Model,
    alert: quota_alerts::Model,
    session: sessions::Model,
    blast: blast_sessions::Model,
    message: blast_messages::Model,
    campaign: campaigns::Model,
    template: templates::Model,
    chat: chats::Model,
}

fn time(text: &str) -> DateTimeUtc {
    text.parse().expect("a time")
}

fn decimal(text: &str) -> Numeric {
    Numeric(Decimal::from_str(text).expect("a decimal"))
}

fn user(name: &str) -> users::ActiveModel {
    users::ActiveModel {
        username: Set(name.to_owned()),
        password: Set("x".to_owned()),
        ..Default::default()
    }
}

fn organization(slug: &str) -> organizations::ActiveModel {
    organizations::ActiveModel {
        name: Set(slug.to_owned()),
        slug: Set(slug.to_owned()),
        email: Set(format!("{slug}@example.com")),
        ..ActiveModelBehavior::new()
    }
}

impl World {
    async fn new(test: &TestDb) -> Result<World, DbErr> {
        let db = connect(test).await;
        let owner = user("owner").insert(&db).await?;
        let mut org = organization("org");
        org.owner_id = Set(Some(owner.id));
        org.subscription_plan = Set(Some(OrganizationPlan::Pro));
        org.trial_ends_at = Set(Some(time("2025-10-10T10:00:00Z")));
        let org = org.insert(&db).await?;
        let other = organization("other").insert(&db).await?;
        let mut join = owner.into_active_model();
        join.organization_id = Set(Some(org.id));
        join.role_in_org = Set(Some(RoleInOrg::Owner));
        let owner = join.update(&db).await?;
        let mut admin = user("admin");
        admin.organization_id = Set(Some(org.id));
        admin.role_in_org = Set(Some(RoleInOrg::Admin));
        let admin = admin.insert(&db).await?;
        let lonely = user("lonely").insert(&db).await?;
        let plan = subscription_plans::ActiveModel {
            name: Set("pro".into()),
            display_name: Set("Pro".into()),
            price_monthly: Set(Some(decimal("19.99"))),
            price_yearly: Set(Some(200_000.into())),
            ..Default::default()
        };
        let plan = plan.insert(&db).await?;
        let subscription = subscriptions::ActiveModel {
            organization_id: Set(org.id),
            plan_id: Set(plan.id),
            starts_at: Set(time("2025-10-10T10:00:00Z")),
            billing_cycle: Set(Some(BillingCycle::Yearly)),
            ..ActiveModelBehavior::new()
        };
        let usage = usage_tracking::ActiveModel {
            organization_id: Set(org.id),
            metric_type: Set("messages_sent".into()),
            metric_value: Set(5),
            period_start: Set("2025-10-01".parse().unwrap()),
            period_end: Set("2025-10-31".parse().unwrap()),
            metadata: Set(Some(Json::String("é".into()))),
            ..Default::default()
        };
        let alert = quota_alerts::ActiveModel {
            organization_id: Set(org.id),
            quota_type: Set("messages".into()),
            current_usage: Set(5),
            quota_limit: Set(4),
            percentage_used: Set(Numeric::from(125)),
            alert_level: Set(AlertLevel::Exceeded),
            ..Default::default()
        };
        let session = sessions::ActiveModel {
            user_id: Set(Some(owner.id)),
            organization_id: Set(Some(org.id)),
            ..Default::default()
        };
        let session = session.insert(&db).await?;
        let blast = blast_sessions::ActiveModel {
            session_id: Set(Some(session.id)),
            organization_id: Set(Some(org.id)),
            scheduled_at: Set(Some(time("2025-10-11T10:00:00Z"))),
            ..Default::default()
        };
        let blast = blast.insert(&db).await?;
        let message = blast_messages::ActiveModel {
            blast_session_id: Set(Some(blast.id)),
            recipient: Set("1".into()),
            organization_id: Set(Some(org.id)),
            ..Default::default()
        };
        let campaign = campaigns::ActiveModel {
            user_id: Set(Some(owner.id)),
            organization_id: Set(Some(org.id)),
            ..Default::default()
        };
        let template = templates::ActiveModel {
            user_id: Set(Some(owner.id)),
            organization_id: Set(Some(org.id)),
            content: Set(Some("hi".into())),
            ..Default::default()
        };
        let chat = chats::ActiveModel {
            session_id: Set(Some(session.id)),
            contact: Set("1".into()),
            organization_id: Set(Some(org.id)),
            ..Default::default()
        };
        let world = World {
            subscription: subscription.insert(&db).await?,
            usage: usage.insert(&db).await?,
            alert: alert.insert(&db).await?,
            message: message.insert(&db).await?,
            campaign: campaign.insert(&db).await?,
            template: template.insert(&db).await?,
            chat: chat.insert(&db).await?,
            db,
            org,
            other,
            owner,
            admin,
            lonely,
            plan,
            session,
            blast,
        };
        let chats = [1, 2].map(|n| chats::ActiveModel {
            contact: Set(n.to_string()),
            organization_id: Set(Some(world.other.id)),
            ..Default::default()
        });
        Chats::insert_many(chats).exec(&world.db).await?;
        Ok(world)
    }
}

/// Runs the body with such a world on a migrated database of each kind.
#[track_caller]
fn in_the_world(body: impl AsyncFn(World) -> Result<(), DbErr>) {
    TestDb::on_all(|test| {
        run(test, "migrate up");
        block_on(async {
            let world = World::new(test).await.expect("the rows are inserted");
            body(world).await.expect("no error");
        });
    });
}

#[test]
fn an_organization_loads_everything_that_is_its_own() {
    in_the_world(async |w| {
        use organizations::Relation as Of;
        let found = Organizations::load()
            .filter(organizations::Column::Id.eq(w.org.id))
            .with(Of::Owner)
            .with(Of::Members)
            .with(Subscriptions)
            .with(UsageTracking)
            .with(QuotaAlerts)
            .with(Sessions)
            .with(BlastSessions)
            .with(BlastMessages)
            .with(Campaigns)
            .with(Templates)
            .with(Chats)
            .one(&w.db)
            .await?
            .unwrap();
        assert_eq!(found.owner.as_ref().unwrap().id, w.owner.id);
        let mut members: Vec<i32> = found.members.iter().map(|m| m.id).collect();
        members.sort_unstable();
        assert_eq!(members, [w.owner.id, w.admin.id]);
        macro_rules! single {
            ($($field:ident = $row:ident),*) => {$(
                assert_eq!(found.$field.len(), 1, stringify!($field));
                assert_eq!(found.$field[0].id, w.$row.id, stringify!($field));
            )*};
        }
        single!(
            subscriptions = subscription,
            usage_records = usage,
            alerts = alert,
            sessions = session,
            blast_sessions = blast,
            blast_messages = message,
            campaigns = campaign,
            templates = template,
            chats = chat
        );
        let nested = Organizations::load()
            .filter(organizations::Column::Id.eq(w.org.id))
            .with((Subscriptions, SubscriptionPlans))
            .one(&w.db)
            .await?
            .unwrap();
        assert_eq!(nested.subscriptions[0].plan.as_ref().unwrap().id, w.plan.id);
        Ok(())
    });
}

#[test]
fn a_user_loads_the_organization_and_the_rows_it_made() {
    in_the_world(async |w| {
        use users::Relation as Of;
        let load = || {
            Users::load()
                .with(Of::Organization)
                .with(Of::OwnedOrganizations)
                .with(Sessions)
                .with(Campaigns)
                .with(Templates)
        };
        let found = load()
            .filter(users::Column::Id.eq(w.owner.id))
            .one(&w.db)
            .await?
            .unwrap();
        assert_eq!(found.organization.as_ref().unwrap().id, w.org.id);
        assert_eq!(found.owned_organizations[0].id, w.org.id);
        assert_eq!(found.sessions[0].id, w.session.id);
        assert_eq!(found.campaigns[0].id, w.campaign.id);
        assert_eq!(found.templates[0].id, w.template.id);
        let found = load()
            .filter(users::Column::Id.eq(w.lonely.id))
            .one(&w.db)
            .await?
            .unwrap();
        assert!(found.organization.as_ref().is_none());
        assert!(found.owned_organizations.is_empty() && found.sessions.is_empty());
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
            Subscriptions.organization(Organizations) = org,
            Subscriptions.plan(SubscriptionPlans) = plan,
            UsageTracking.organization(Organizations) = org,
            QuotaAlerts.organization(Organizations) = org,
            Sessions.user(Users) = owner,
            Sessions.organization(Organizations) = org,
            BlastSessions.session(Sessions) = session,
            BlastSessions.organization(Organizations) = org,
            BlastMessages.blast_session(BlastSessions) = blast,
            BlastMessages.organization(Organizations) = org,
            Campaigns.user(Users) = owner,
            Campaigns.organization(Organizations) = org,
            Templates.user(Users) = owner,
            Templates.organization(Organizations) = org,
            Chats.session(Sessions) = session,
            Chats.organization(Organizations) = org,
        );
        let session = Sessions::load()
            .with(BlastSessions)
            .with(Chats)
            .one(&w.db)
            .await?
            .unwrap();
        assert_eq!(session.blast_sessions[0].id, w.blast.id);
        assert_eq!(session.chats[0].id, w.chat.id);
        let blast = BlastSessions::load()
            .with(BlastMessages)
            .one(&w.db)
            .await?
            .unwrap();
        assert_eq!(blast.messages[0].id, w.message.id);
        let plan = SubscriptionPlans::load()
            .with(Subscriptions)
            .one(&w.db)
            .await?
            .unwrap();
        assert_eq!(plan.subscriptions[0].id, w.subscription.id);
        Ok(())
    });
}

#[test]
fn relations_work_in_the_classic_ways_too() {
    in_the_world(async |w| {
        let db = &w.db;
        let subscriptions = w.org.find_related(Subscriptions).all(db).await?;
        assert_eq!(subscriptions, std::slice::from_ref(&w.subscription));
        assert_eq!(
            w.subscription.find_related(Organizations).one(db).await?,
            Some(w.org.clone())
        );
        let both = Subscriptions::find()
            .find_also_related(SubscriptionPlans)
            .all(db)
            .await?;
        assert_eq!(both, [(w.subscription.clone(), Some(w.plan.clone()))]);
        let by_slug = Organizations::find().order_by_asc(organizations::Column::Slug);
        let chats = by_slug.all(db).await?.load_many(Chats, db).await?;
        assert_eq!((chats[0].len(), chats[1].len()), (1, 2));
        let members = Users::find()
            .join(JoinType::InnerJoin, users::Relation::Organization.def())
            .filter(organizations::Column::Slug.eq("org"))
            .count(db)
            .await?;
        assert_eq!(members, 2);
        Ok(())
    });
}

#[test]
fn values_come_back_as_they_were_written() {
    in_the_world(async |w| {
        let now = chrono::Utc::now();
        assert!((now - w.owner.created_at).num_seconds().abs() < 60, "UTC");
        assert_eq!(w.owner.role_in_org, Some(RoleInOrg::Owner));
        assert_eq!(w.lonely.role_in_org, Some(RoleInOrg::Member), "default");
        assert_eq!(
            (w.lonely.is_active, w.lonely.organization_id),
            (Some(true), None)
        );
        assert_eq!(w.org.subscription_plan, Some(OrganizationPlan::Pro));
        assert_eq!(
            w.org.subscription_status,
            Some(OrganizationStatus::Trial),
            "default"
        );
        assert_eq!(w.org.settings, Some(serde_json::json!({})));
        assert_eq!(w.org.trial_ends_at, Some(time("2025-10-10T10:00:00Z")));
        assert_eq!(w.org.timezone.as_deref(), Some("Asia/Jakarta"));
        assert_eq!(w.plan.price_monthly, Some(decimal("19.99")));
        assert_eq!(w.plan.price_yearly, Some(200_000.into()));
        assert_eq!(w.plan.quotas["maxMessagesPerMonth"], 1000);
        assert_eq!(w.subscription.status, Some(SubscriptionStatus::Trial));
        assert_eq!(w.subscription.billing_cycle, Some(BillingCycle::Yearly));
        assert_eq!(w.usage.period_start.to_string(), "2025-10-01");
        assert_eq!(w.usage.metadata, Some(Json::String("é".into())));
        assert_eq!(w.usage.period_type, Some(PeriodType::Monthly));
        assert_eq!(w.alert.percentage_used, Numeric::from(125));
        assert_eq!(w.alert.alert_level, AlertLevel::Exceeded);

        let mut dear = w.plan.clone().into_active_model();
        dear.price_monthly = Set(Some(decimal("99999999.99")));
        assert_eq!(
            dear.update(&w.db).await?.price_monthly.unwrap().to_string(),
            "99999999.99"
        );
        Ok(())
    });
}

#[test]
fn rows_are_found_by_ids_enumerations_and_numbers() {
    in_the_world(async |w| {
        let db = &w.db;
        let ids = [w.org.id, w.other.id];
        assert_eq!(
            Organizations::find_by_id(w.org.id).one(db).await?,
            Some(w.org.clone())
        );
        let found = Organizations::find().filter(organizations::Column::Id.is_in(ids));
        assert_eq!(found.count(db).await?, 2);
        let found = Organizations::find().filter(organizations::COLUMN.id.eq(w.org.id));
        assert_eq!(found.count(db).await?, 1, "typed columns");
        let found = Users::find().filter(users::Column::OrganizationId.is_null());
        assert_eq!(found.all(db).await?, std::slice::from_ref(&w.lonely));
        let found = Users::find().filter(users::Column::RoleInOrg.eq(RoleInOrg::Admin));
        assert_eq!(found.all(db).await?, std::slice::from_ref(&w.admin));
        for number in [decimal("19.99"), decimal("19.990")] {
            let found = SubscriptionPlans::find()
                .filter(subscription_plans::Column::PriceMonthly.eq(number))
                .filter(subscription_plans::Column::PriceMonthly.gt(Numeric::from(5)));
            assert_eq!(found.count(db).await?, 1, "{number}");
        }
        let tuples: Vec<Id> = Users::find()
            .select_only()
            .column(users::Column::OrganizationId)
            .filter(users::Column::OrganizationId.is_not_null())
            .distinct()
            .into_tuple()
            .all(db)
            .await?;
        assert_eq!(tuples, [w.org.id]);

        // A query of the application's own, and what other clients see.
        let backend = db.get_database_backend();
        let quote = if backend == DbBackend::MySql {
            '`'
        } else {
            '"'
        };
        let query = format!(
            "SELECT id, CAST(id AS char(36)) FROM organizations WHERE {quote}ownerId{quote} IS NOT NULL"
        );
        let row = db
            .query_one_raw(Statement::from_string(backend, query))
            .await?
            .unwrap();
        assert_eq!(row.try_get_by_index::<Id>(0)?, w.org.id);
        assert_eq!(row.try_get_by_index::<String>(1)?, w.org.id.to_string());
        Ok(())
    });
}

#[test]
fn rows_change_and_go_through_entities() {
    in_the_world(async |w| {
        let db = &w.db;
        Chats::update_many()
            .col_expr(chats::Column::Direction, Expr::value("in"))
            .filter(chats::Column::OrganizationId.eq(w.other.id))
            .exec(db)
            .await?;
        let found = Chats::find().filter(chats::Column::Direction.eq("in"));
        assert_eq!(found.count(db).await?, 2);
        let mut chat = w.chat.clone().into_active_model();
        chat.organization_id = Set(None);
        assert_eq!(chat.update(db).await?.organization_id, None);
        let mut subscription = w.subscription.clone().into_active_model();
        subscription.status = Set(Some(SubscriptionStatus::Cancelled));
        subscription.metadata = Set(None);
        let subscription = subscription.update(db).await?;
        assert_eq!(subscription.status, Some(SubscriptionStatus::Cancelled));
        assert_eq!(subscription.metadata, None);

        let plan = SubscriptionPlans::delete_by_id(w.plan.id).exec(db).await;
        assert!(plan.is_err(), "a plan in use stays");
        let owner = Users::delete_by_id(w.owner.id).exec(db).await;
        assert!(owner.is_err(), "an owner stays");
        Organizations::delete_by_id(w.org.id).exec(db).await?;
        assert_eq!(Subscriptions::find().count(db).await?, 0);
        assert_eq!(Sessions::find().count(db).await?, 0);
        assert_eq!(Users::find().count(db).await?, 3);

        // Parent and child in one go.
        organizations::ActiveModel::builder()
            .set_id(Id::random())
            .set_name("n")
            .set_slug("n")
            .set_email("n")
            .add_chat(chats::ActiveModel::builder().set_contact("7"))
            .insert(db)
            .await?;
        let found = Organizations::load()
            .filter(organizations::Column::Slug.eq("n"))
            .with(Chats)
            .one(db)
            .await?
            .unwrap();
        assert_eq!(found.chats[0].contact, "7");
        Ok(())
    });
}
