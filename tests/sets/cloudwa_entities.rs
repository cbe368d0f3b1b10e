//! The entities of `cloudwa` as an application uses them: every association loads through its
//! relation, and rows are written and changed through entities.

use entity::cloudwa::prelude::*;
use entity::cloudwa::*;
use sea_orm::entity::prelude::*;
use sea_orm::{EntityLoaderTrait, IntoActiveModel, JoinType, QuerySelect, Set};
use serde_json::json;

use super::tools::{block_on, connect, up};
use crate::support::TestDb;

/// A row in every table, made through entities, and a second tenant with nothing.
struct World {
    db: DatabaseConnection,
    root: super_admins::Model,
    tenant: tenants::Model,
    other: tenants::Model,
    user: users::Model,
    device: devices::Model,
    flow: flows::Model,
    session: flow_sessions::Model,
    contact: contacts::Model,
    campaign: campaigns::Model,
    item: campaign_items::Model,
    message: messages::Model,
    doc: knowledge_docs::Model,
    chunk: document_chunks::Model,
    provider: ai_providers::Model,
}

fn tenant(name: &str) -> tenants::ActiveModel {
    tenants::ActiveModel {
        name: Set(name.to_owned()),
        email: Set(format!("{name}@example.com")),
        ..ActiveModelBehavior::new()
    }
}

impl World {
    async fn new(test: &TestDb) -> Result<World, DbErr> {
        let db = connect(test).await;
        let root = super_admins::ActiveModel {
            email: Set("root@example.com".into()),
            password_hash: Set("x".into()),
            last_login: Set(Some(time("2025-10-10T10:00:00Z"))),
            ..ActiveModelBehavior::new()
        };
        let tenant_row = tenant("one").insert(&db).await?;
        let id = || Set(tenant_row.id.clone());
        let user = users::ActiveModel {
            tenant_id: id(),
            email: Set("u@example.com".into()),
            password_hash: Set("x".into()),
            ..ActiveModelBehavior::new()
        };
        let device = devices::ActiveModel {
            tenant_id: id(),
            phone_number: Set("6281".into()),
            ai_fallback_enabled: Set(Some(true)),
            ..ActiveModelBehavior::new()
        };
        let device = device.insert(&db).await?;
        let flow = flows::ActiveModel {
            device_id: Set(device.id.clone()),
            name: Set("flow".into()),
            trigger_keywords: Set(json!(["halo", "größer"])),
            flow_json: Set(json!({"nodes": [], "edges": []})),
            ..ActiveModelBehavior::new()
        };
        let flow = flow.insert(&db).await?;
        let session = flow_sessions::ActiveModel {
            flow_id: Set(flow.id.clone()),
            device_id: Set(device.id.clone()),
            contact_phone: Set("6282".into()),
            current_node_id: Set("node".into()),
            ..ActiveModelBehavior::new()
        };
        let contact = contacts::ActiveModel {
            tenant_id: id(),
            phone: Set("6282".into()),
            source: Set(Some(ContactSource::Import)),
            ..ActiveModelBehavior::new()
        };
        let contact = contact.insert(&db).await?;
        let campaign = campaigns::ActiveModel {
            tenant_id: id(),
            device_id: Set(device.id.clone()),
            name: Set("campaign".into()),
            message_template: Set("{{name}}".into()),
            media_type: Set(Some(MediaType::Image)),
            ..ActiveModelBehavior::new()
        };
        let campaign = campaign.insert(&db).await?;
        let item = campaign_items::ActiveModel {
            campaign_id: Set(campaign.id.clone()),
            contact_id: Set(contact.id.clone()),
            ..ActiveModelBehavior::new()
        };
        let message = messages::ActiveModel {
            device_id: Set(device.id.clone()),
            contact_phone: Set("6282".into()),
            direction: Set(Direction::Outgoing),
            flow_id: Set(Some(flow.id.clone())),
            campaign_id: Set(Some(campaign.id.clone())),
            ..ActiveModelBehavior::new()
        };
        let doc = knowledge_docs::ActiveModel {
            tenant_id: id(),
            filename: Set("f.pdf".into()),
            file_url: Set("https://files.example/f.pdf".into()),
            file_type: Set(FileType::Pdf),
            ..ActiveModelBehavior::new()
        };
        let doc = doc.insert(&db).await?;
        let chunk = document_chunks::ActiveModel {
            doc_id: Set(doc.id.clone()),
            chunk_index: Set(0),
            content: Set("text".into()),
            ..ActiveModelBehavior::new()
        };
        let provider = ai_providers::ActiveModel {
            tenant_id: id(),
            provider: Set(Provider::WorkersAi),
            api_key: Set("x".into()),
            ..ActiveModelBehavior::new()
        };
        Ok(World {
            root: root.insert(&db).await?,
            other: tenant("two").insert(&db).await?,
            user: user.insert(&db).await?,
            session: session.insert(&db).await?,
            item: item.insert(&db).await?,
            message: message.insert(&db).await?,
            chunk: chunk.insert(&db).await?,
            provider: provider.insert(&db).await?,
            tenant: tenant_row,
            db,
            device,
            flow,
            contact,
            campaign,
            doc,
        })
    }
}

fn time(text: &str) -> DateTimeUtc {
    text.parse().expect("a time")
}

/// Runs the body with such a world on a migrated database of each kind.
#[track_caller]
fn in_the_world(body: impl AsyncFn(World) -> Result<(), DbErr>) {
    TestDb::on_all(|test| {
        up(test, "cloudwa");
        block_on(async {
            let world = World::new(test).await.expect("the rows are inserted");
            body(world).await.expect("no error");
        });
    });
}

#[test]
fn every_row_loads_its_children() {
    in_the_world(async |w| {
        macro_rules! children {
            ($($entity:ident $id:ident { $($field:ident ($with:ident) = $row:ident),* }),* $(,)?) => {$(
                let found = $entity::load()
                    .filter_by_id(w.$id.id.clone())
                    $(.with($with))*
                    .one(&w.db)
                    .await?
                    .unwrap();
                $(
                    let what = stringify!($entity.$field);
                    assert_eq!(found.$field.len(), 1, "{what}");
                    assert_eq!(found.$field[0].id, w.$row.id, "{what}");
                )*
            )*};
        }
        children!(
            Tenants tenant {
                users(Users) = user,
                devices(Devices) = device,
                contacts(Contacts) = contact,
                campaigns(Campaigns) = campaign,
                knowledge_docs(KnowledgeDocs) = doc,
                ai_providers(AiProviders) = provider
            },
            Devices device {
                flows(Flows) = flow,
                sessions(FlowSessions) = session,
                campaigns(Campaigns) = campaign,
                messages(Messages) = message
            },
            Flows flow { sessions(FlowSessions) = session, messages(Messages) = message },
            Contacts contact { campaign_items(CampaignItems) = item },
            Campaigns campaign { items(CampaignItems) = item, messages(Messages) = message },
            KnowledgeDocs doc { chunks(DocumentChunks) = chunk },
        );
        let empty = Tenants::load()
            .filter_by_id(w.other.id.clone())
            .with(Users)
            .with((Devices, Flows))
            .one(&w.db)
            .await?
            .unwrap();
        assert!(empty.users.is_empty() && empty.devices.is_empty());
        let nested = Tenants::load()
            .filter_by_id(w.tenant.id.clone())
            .with((Devices, Flows))
            .one(&w.db)
            .await?
            .unwrap();
        assert_eq!(nested.devices[0].flows[0].id, w.flow.id);
        Ok(())
    });
}

#[test]
fn every_row_loads_its_parents() {
    in_the_world(async |w| {
        macro_rules! parents {
            ($($entity:ident . $field:ident ($with:ident) = $row:ident),* $(,)?) => {$(
                let found = $entity::load().with($with).one(&w.db).await?.unwrap();
                let what = stringify!($entity.$field);
                assert_eq!(found.$field.as_ref().unwrap().id, w.$row.id, "{what}");
            )*};
        }
        parents!(
            Users.tenant(Tenants) = tenant,
            Devices.tenant(Tenants) = tenant,
            Flows.device(Devices) = device,
            FlowSessions.flow(Flows) = flow,
            FlowSessions.device(Devices) = device,
            Contacts.tenant(Tenants) = tenant,
            Campaigns.tenant(Tenants) = tenant,
            Campaigns.device(Devices) = device,
            CampaignItems.campaign(Campaigns) = campaign,
            CampaignItems.contact(Contacts) = contact,
            Messages.device(Devices) = device,
            Messages.flow(Flows) = flow,
            Messages.campaign(Campaigns) = campaign,
            KnowledgeDocs.tenant(Tenants) = tenant,
            DocumentChunks.doc(KnowledgeDocs) = doc,
            AiProviders.tenant(Tenants) = tenant,
        );
        let devices = w.tenant.find_related(Devices).all(&w.db).await?;
        assert_eq!(devices, std::slice::from_ref(&w.device));
        let messages = Messages::find()
            .join(JoinType::InnerJoin, messages::Relation::Device.def())
            .filter(devices::Column::TenantId.eq(w.tenant.id.as_str()))
            .count(&w.db)
            .await?;
        assert_eq!(messages, 1, "the way from a tenant to its messages");
        Ok(())
    });
}

#[test]
fn values_come_back_as_they_were_written() {
    in_the_world(async |w| {
        let now = chrono::Utc::now();
        let near = |at: Option<DateTimeUtc>| (now - at.unwrap()).num_seconds().abs() < 60;
        assert!(near(w.tenant.created_at) && near(w.tenant.updated_at));
        assert!(near(w.session.last_interaction) && near(w.message.timestamp));
        assert_eq!(w.root.last_login, Some(time("2025-10-10T10:00:00Z")));
        let id = &w.tenant.id;
        assert!(
            id.len() == 32 && id.chars().all(|c| c.is_ascii_hexdigit()),
            "{id}"
        );
        assert_eq!(w.tenant.subscription_plan, Some(SubscriptionPlan::Free));
        assert_eq!(w.tenant.settings, Some(json!({})));
        assert_eq!(w.device.session_status, Some(DeviceStatus::Disconnected));
        assert_eq!(w.device.ai_fallback_enabled, Some(true));
        assert_eq!(w.flow.is_active, Some(false));
        assert_eq!((w.flow.priority, w.flow.version), (Some(0), Some(1)));
        assert_eq!(w.flow.trigger_keywords, json!(["halo", "größer"]));
        assert_eq!(w.session.status, Some(SessionStatus::Active));
        assert_eq!(w.contact.source, Some(ContactSource::Import));
        assert_eq!(w.contact.tags, Some(json!([])));
        assert_eq!(w.campaign.media_type, Some(MediaType::Image));
        assert_eq!(w.campaign.status, Some(CampaignStatus::Draft));
        assert_eq!(w.campaign.sent_count, Some(0));
        assert_eq!(w.item.status, Some(ItemStatus::Queued));
        assert_eq!(w.message.message_type, Some(MessageType::Text));
        assert_eq!(w.message.direction, Direction::Outgoing);
        assert_eq!(w.doc.status, Some(DocumentStatus::Processing));
        assert_eq!(w.chunk.vector_id, None);
        assert_eq!(w.provider.provider, Provider::WorkersAi);
        assert_eq!(w.provider.is_active, Some(true));
        Ok(())
    });
}

#[test]
fn rows_are_found_change_and_go_through_entities() {
    in_the_world(async |w| {
        let db = &w.db;
        let found =
            AiProviders::find().filter(ai_providers::Column::Provider.eq(Provider::WorkersAi));
        assert_eq!(found.all(db).await?, std::slice::from_ref(&w.provider));
        let found = Devices::find().filter(devices::Column::AiFallbackEnabled.eq(true));
        assert_eq!(found.count(db).await?, 1);
        let found = Flows::find().filter(flows::Column::IsActive.eq(true));
        assert_eq!(found.count(db).await?, 0);

        let mut flow = w.flow.clone().into_active_model();
        flow.is_active = Set(Some(true));
        flow.flow_json = Set(json!({"nodes": [{"id": "a"}], "edges": []}));
        let flow = flow.update(db).await?;
        assert_eq!(flow.is_active, Some(true));
        let stored = Flows::find_by_id(flow.id.as_str()).one(db).await?.unwrap();
        assert_eq!(stored.flow_json["nodes"][0]["id"], "a");
        assert!(stored.updated_at >= w.flow.updated_at);

        let second = flow_sessions::ActiveModel {
            flow_id: Set(w.flow.id.clone()),
            device_id: Set(w.device.id.clone()),
            contact_phone: Set("6282".into()),
            current_node_id: Set("node".into()),
            status: Set(Some(SessionStatus::Active)),
            ..ActiveModelBehavior::new()
        };
        assert!(second.insert(db).await.is_err(), "one is active already");

        assert!(
            Flows::delete_by_id(w.flow.id.as_str())
                .exec(db)
                .await
                .is_err()
        );
        Tenants::delete_by_id(w.tenant.id.as_str()).exec(db).await?;
        assert_eq!(Messages::find().count(db).await?, 0);
        assert_eq!(DocumentChunks::find().count(db).await?, 0);
        assert_eq!(
            Tenants::find().all(db).await?,
            std::slice::from_ref(&w.other)
        );
        assert_eq!(SuperAdmins::find().count(db).await?, 1);
        Ok(())
    });
}
