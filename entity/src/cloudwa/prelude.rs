//! Every entity and enumeration of the set, under the name of its table.

pub use super::ai_providers::Entity as AiProviders;
pub use super::campaign_items::Entity as CampaignItems;
pub use super::campaigns::Entity as Campaigns;
pub use super::contacts::Entity as Contacts;
pub use super::devices::Entity as Devices;
pub use super::document_chunks::Entity as DocumentChunks;
pub use super::enums::*;
pub use super::flow_sessions::Entity as FlowSessions;
pub use super::flows::Entity as Flows;
pub use super::knowledge_docs::Entity as KnowledgeDocs;
pub use super::messages::Entity as Messages;
pub use super::super_admins::Entity as SuperAdmins;
pub use super::tenants::Entity as Tenants;
pub use super::users::Entity as Users;
