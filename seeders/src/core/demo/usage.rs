//! What the organizations used in the last three calendar months, measured on their rows, and the
//! alerts that follow from it.

use super::profile::Profile;
use crate::core::quota::{Level, percentage};
use crate::support::{Month, Rows, at, reference, values};
use crate::{SeedTable, SeedValue};
use chrono::{DateTime, Datelike, Utc};
use serde_json::{Value, json};

/// How many months back there is usage for; 0 is the anchor's month.
const MONTHS: [u32; 3] = [2, 1, 0];

/// Something that is measured.
#[derive(Debug, Clone, Copy)]
enum Metric {
    MessagesSent,
    WhatsappAccounts,
    Users,
    Templates,
    StorageUsed,
    ApiCalls,
}

impl Metric {
    const ALL: [Self; 6] = [
        Self::MessagesSent,
        Self::WhatsappAccounts,
        Self::Users,
        Self::Templates,
        Self::StorageUsed,
        Self::ApiCalls,
    ];

    /// The value of `usage_tracking.metricType`.
    fn as_str(self) -> &'static str {
        match self {
            Self::MessagesSent => "messages_sent",
            Self::WhatsappAccounts => "whatsapp_accounts",
            Self::Users => "users",
            Self::Templates => "templates",
            Self::StorageUsed => "storage_used",
            Self::ApiCalls => "api_calls",
        }
    }

    /// The value of `quota_alerts.quotaType`, and the limit, where the plan has one.
    fn quota(self, profile: &Profile) -> Option<(&'static str, i64)> {
        let quotas = &profile.plan().quotas;
        match self {
            Self::MessagesSent => Some(("messages", quotas.messages_per_month)),
            Self::WhatsappAccounts => Some(("accounts", quotas.whatsapp_accounts)),
            Self::Users => Some(("users", quotas.users)),
            Self::Templates => Some(("templates", quotas.templates)),
            Self::StorageUsed => Some(("storage", quotas.storage_mb)),
            Self::ApiCalls => None,
        }
    }
}

/// One value of a metric.
struct Reading<'a> {
    profile: &'a Profile,
    metric: Metric,
    months_back: u32,
    month: Month,
    /// At the end of the month; in the anchor's month at the anchor.
    recorded_at: DateTime<Utc>,
    value: i64,
    metadata: Value,
}

impl Reading<'_> {
    fn key(&self, name: &str) -> String {
        format!(
            "{}/{name}/{}-months-back",
            self.profile.slug, self.months_back
        )
    }
}

/// All that was used.
pub(super) struct Usage<'a>(Vec<Reading<'a>>);

impl<'a> Usage<'a> {
    /// Measures the rows of the organizations.
    pub fn measure(profiles: &'a [Profile], tables: &[SeedTable], anchor: DateTime<Utc>) -> Self {
        let mut readings = Vec::new();
        for profile in profiles {
            for months_back in MONTHS {
                let month = Month::of(anchor).back(months_back);
                let recorded_at = match months_back {
                    0 => anchor,
                    _ => at(month.last(), 23, 0),
                };
                for metric in Metric::ALL {
                    if matches!(metric, Metric::ApiCalls) && !profile.plan().has("apiAccess") {
                        continue;
                    }
                    let (value, metadata) = measure(metric, profile, tables, months_back, anchor);
                    readings.push(Reading {
                        profile,
                        metric,
                        months_back,
                        month,
                        recorded_at,
                        value,
                        metadata,
                    });
                }
            }
        }
        Self(readings)
    }

    /// Fills `usage_tracking`.
    pub fn records(&self) -> SeedTable {
        let mut rows = Rows::new(
            "usage_tracking",
            &[
                "id",
                "organizationId",
                "metricType",
                "metricValue",
                "metadata",
                "periodType",
                "periodStart",
                "periodEnd",
                "recordedAt",
                "createdAt",
            ],
        );
        for reading in &self.0 {
            rows.push_numbered(
                reading.key(reading.metric.as_str()),
                values![
                    reference("organizations", reading.profile.slug),
                    reading.metric.as_str(),
                    reading.value,
                    reading.metadata.clone(),
                    "monthly",
                    reading.month.first(),
                    reading.month.last(),
                    reading.recorded_at,
                    reading.recorded_at,
                ],
            );
        }
        rows.finish()
    }

    /// Fills `quota_alerts`. An alert of a past month was resolved when the month ended; of the
    /// open ones, warnings have not been sent yet.
    pub fn alerts(&self) -> SeedTable {
        let mut rows = Rows::new(
            "quota_alerts",
            &[
                "id",
                "organizationId",
                "quotaType",
                "currentUsage",
                "quotaLimit",
                "percentageUsed",
                "alertLevel",
                "isResolved",
                "resolvedAt",
                "notificationSent",
                "notificationSentAt",
                "createdAt",
                "updatedAt",
            ],
        );
        for reading in &self.0 {
            let Some((quota, limit)) = reading.metric.quota(reading.profile) else {
                continue;
            };
            let Some(level) = Level::of(reading.value, limit) else {
                continue;
            };
            let resolved_at = (reading.months_back > 0).then(|| reading.month.end());
            let sent = resolved_at.is_some() || level != Level::Warning;
            rows.push_numbered(
                reading.key(quota),
                values![
                    reference("organizations", reading.profile.slug),
                    quota,
                    reading.value,
                    limit,
                    SeedValue::Decimal(percentage(reading.value, limit)),
                    level.as_str(),
                    resolved_at.is_some(),
                    resolved_at,
                    sent,
                    sent.then_some(reading.recorded_at),
                    reading.recorded_at,
                    resolved_at.unwrap_or(reading.recorded_at),
                ],
            );
        }
        rows.finish()
    }
}

fn measure(
    metric: Metric,
    profile: &Profile,
    tables: &[SeedTable],
    months_back: u32,
    anchor: DateTime<Utc>,
) -> (i64, Value) {
    let month = Month::of(anchor).back(months_back);
    let position = MONTHS.len() - 1 - months_back as usize;
    let rows = |table| Owned::new(tables, table, profile.slug);
    let existing = |table| {
        let count = rows(table).count("createdAt", |created| created < month.end());
        (count, json!({}))
    };
    match metric {
        Metric::MessagesSent => {
            let blasts = rows("blast_messages").count("sentAt", |sent| month.contains(sent));
            let chats = rows("chats")
                .with("direction", "outgoing")
                .count("sentAt", |sent| month.contains(sent));
            (blasts + chats, json!({"blasts": blasts, "chats": chats}))
        }
        Metric::WhatsappAccounts => existing("sessions"),
        Metric::Users => existing("users"),
        Metric::Templates => existing("templates"),
        Metric::StorageUsed => (profile.storage_mb[position], json!({"unit": "MB"})),
        Metric::ApiCalls => {
            let days = match months_back {
                0 => anchor.day0(),
                _ => month.last().day(),
            };
            (
                profile.api_calls_a_day[position] * i64::from(days),
                json!({}),
            )
        }
    }
}

/// The rows of a table that belong to one organization.
struct Owned<'a> {
    table: &'a SeedTable,
    rows: Vec<&'a [SeedValue]>,
}

impl<'a> Owned<'a> {
    fn new(tables: &'a [SeedTable], table: &str, slug: &str) -> Self {
        let table = tables
            .iter()
            .find(|candidate| candidate.table == table)
            .unwrap_or_else(|| panic!("{table} is not filled yet"));
        let rows = table.rows.iter().map(|row| row.values.as_slice()).collect();
        Self { table, rows }.with("organizationId", reference("organizations", slug))
    }

    fn column(&self, name: &str) -> usize {
        let table = self.table.table;
        let mut columns = self.table.columns.iter();
        columns
            .position(|column| *column == name)
            .unwrap_or_else(|| panic!("{table} has no column {name}"))
    }

    /// Those with that value.
    fn with(mut self, column: &str, value: impl Into<SeedValue>) -> Self {
        let (column, value) = (self.column(column), value.into());
        self.rows.retain(|row| row[column] == value);
        self
    }

    /// How many have a suitable time in that column.
    fn count(&self, column: &str, suits: impl Fn(DateTime<Utc>) -> bool) -> i64 {
        let column = self.column(column);
        let count = self
            .rows
            .iter()
            .filter(|row| matches!(row[column], SeedValue::Timestamp(time) if suits(time)))
            .count();
        i64::try_from(count).expect("few rows")
    }
}
