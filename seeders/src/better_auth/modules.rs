//! The modules that an organization can switch on: definitions in code, as in the set's document.

use serde_json::{Value, json};

/// A module.
#[derive(Debug, Clone, Copy)]
pub struct Module {
    /// What `organizationModule.moduleKey` holds.
    pub key: &'static str,
    /// Its name to users.
    pub name: &'static str,
    /// One line about it.
    pub description: &'static str,
    /// The name of its icon.
    pub icon: &'static str,
    /// Where it is listed.
    pub category: &'static str,
    settings: Option<fn() -> Value>,
}

impl Module {
    /// The settings that it starts with, where it has any.
    pub fn default_settings(&self) -> Option<Value> {
        self.settings.map(|settings| settings())
    }
}

/// The module that every organization gets.
pub const VISITOR_MANAGEMENT: &str = "visitor_management";

/// All modules, in the order in which they are listed.
pub const MODULES: &[Module] = &[
    Module {
        key: VISITOR_MANAGEMENT,
        name: "Visitor Management",
        description: "Track visitors, check-ins, and check-outs",
        icon: "UserCheck",
        category: "Operations",
        settings: Some(|| {
            json!({
                "maxDailyVisitors": 100,
                "requirePhoto": false,
                "requireIdScan": false,
                "autoCheckoutHours": 8,
            })
        }),
    },
    Module {
        key: "ticket_management",
        name: "Ticket Management",
        description: "Support tickets and issue tracking",
        icon: "Ticket",
        category: "Support",
        settings: Some(|| {
            json!({
                "autoAssignTickets": false,
                "ticketCategories": ["Technical", "Billing", "General"],
                "slaHours": 24,
            })
        }),
    },
    Module {
        key: "inventory",
        name: "Inventory Management",
        description: "Asset and stock management",
        icon: "Package",
        category: "Operations",
        settings: Some(|| {
            json!({
                "lowStockThreshold": 10,
                "enableBarcodeScanning": false,
                "trackSerialNumbers": true,
            })
        }),
    },
    Module {
        key: "crm",
        name: "CRM",
        description: "Customer relationship management",
        icon: "Users",
        category: "Sales",
        settings: None,
    },
    Module {
        key: "invoicing",
        name: "Invoicing",
        description: "Create and manage invoices",
        icon: "FileText",
        category: "Finance",
        settings: None,
    },
];

/// The module of that key.
pub fn module(key: &str) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.key == key)
}
