//! The entities of `telecom` as an application uses them, on the demo's rows: every association loads
//! through its relation, and rows are written and changed through entities.

use std::str::FromStr;

use entity::Numeric;
use entity::telecom::prelude::*;
use entity::telecom::*;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, JoinType, QueryOrder, QuerySelect, Set};
use serde_json::json;

use super::tools::{block_on, connect, run, up};
use crate::support::TestDb;

/// A connection to the demo, and the rows of one of its customers.
struct World {
    db: DatabaseConnection,
    user: users::Model,
    customer: customers::Model,
    account: accounts::Model,
    plan: rate_plans::Model,
    subscription: subscriptions::Model,
    token: refresh_tokens::Model,
}

fn time(text: &str) -> DateTimeUtc {
    text.parse().expect("a time")
}

fn decimal(text: &str) -> Numeric {
    Numeric(Decimal::from_str(text).expect("a decimal"))
}

impl World {
    async fn new(test: &TestDb) -> Result<World, DbErr> {
        let db = connect(test).await;
        macro_rules! one {
            ($entity:ident.$column:ident = $value:expr) => {
                $entity::find()
                    .filter($entity::COLUMN.$column.eq($value))
                    .one(&db)
                    .await?
                    .expect(stringify!($entity))
            };
        }
        let user = one!(Users.email = "jane.smith@example.com");
        let customer = one!(Customers.user_id = user.id);
        let account = one!(Accounts.account_number = "ACC-10002");
        let plan = one!(RatePlans.name = "Professional");
        let subscription = one!(Subscriptions.subscription_number = "SUB-10002");
        let token = refresh_tokens::ActiveModel {
            user_id: Set(user.id),
            token: Set("t".repeat(500)),
            expires_at: Set(time("2030-01-01T00:00:00Z")),
            ..ActiveModelBehavior::new()
        };
        Ok(World {
            token: token.insert(&db).await?,
            db,
            user,
            customer,
            account,
            plan,
            subscription,
        })
    }
}

/// Runs the body with the demo on a database of each kind.
#[track_caller]
fn in_the_world(body: impl AsyncFn(World) -> Result<(), DbErr>) {
    TestDb::on_all(|test| {
        up(test, "telecom");
        run(test, "seed --set telecom --env dev");
        block_on(async {
            let world = World::new(test).await.expect("the rows are there");
            body(world).await.expect("no error");
        });
    });
}

#[test]
fn every_row_loads_its_parents() {
    in_the_world(async |w| {
        let its = w.subscription.id;
        macro_rules! parents {
            ($($entity:ident ($column:ident = $value:expr) . $field:ident ($with:ident) = $row:ident),* $(,)?) => {$(
                let found = $entity::load()
                    .filter($entity::COLUMN.$column.eq($value))
                    .with($with)
                    .one(&w.db)
                    .await?
                    .expect(stringify!($entity));
                let what = stringify!($entity.$field);
                assert_eq!(found.$field.as_ref().expect(what).id, w.$row.id, "{what}");
            )*};
        }
        parents!(
            Customers(user_id = w.user.id).user(Users) = user,
            RefreshTokens(user_id = w.user.id).user(Users) = user,
            Accounts(account_number = "ACC-10002").customer(Customers) = customer,
            Subscriptions(id = its).customer(Customers) = customer,
            Subscriptions(id = its).account(Accounts) = account,
            Subscriptions(id = its).rate_plan(RatePlans) = plan,
            Cdrs(subscription_id = its).subscription(Subscriptions) = subscription,
            Cdrs(subscription_id = its).account(Accounts) = account,
            Payments(subscription_id = its).customer(Customers) = customer,
            Payments(subscription_id = its).account(Accounts) = account,
            Payments(subscription_id = its).subscription(Subscriptions) = subscription,
            Invoices(subscription_id = its).customer(Customers) = customer,
            Invoices(subscription_id = its).account(Accounts) = account,
            Invoices(subscription_id = its).subscription(Subscriptions) = subscription,
            Dids(subscription_id = its).subscription(Subscriptions) = subscription,
            PaymentMethods(customer_id = w.customer.id).customer(Customers) = customer,
            SubscriptionUsage(subscription_id = its).subscription(Subscriptions) = subscription,
        );
        let payment = Payments::load()
            .filter(Payments::COLUMN.invoice_id.is_not_null())
            .filter(Payments::COLUMN.customer_id.eq(w.customer.id))
            .with(Invoices)
            .one(&w.db)
            .await?
            .expect("a payment for an invoice");
        let invoice = payment.invoice.as_ref().expect("the invoice");
        assert_eq!(invoice.paid_amount, payment.amount);
        Ok(())
    });
}

#[test]
fn every_row_loads_its_children() {
    in_the_world(async |w| {
        let db = &w.db;
        let user = Users::load()
            .filter(Users::COLUMN.id.eq(w.user.id))
            .with(Customers)
            .with(RefreshTokens)
            .one(db)
            .await?
            .unwrap();
        assert_eq!(user.customers[0].id, w.customer.id);
        assert_eq!(user.refresh_tokens[0].id, w.token.id);

        let customer = Customers::load()
            .filter(Customers::COLUMN.id.eq(w.customer.id))
            .with(Accounts)
            .with(Subscriptions)
            .with(Payments)
            .with(Invoices)
            .with(PaymentMethods)
            .one(db)
            .await?
            .unwrap();
        assert_eq!(customer.accounts[0].id, w.account.id);
        assert_eq!(customer.subscriptions[0].id, w.subscription.id);
        // A recharge and the annual invoice; that and an open one.
        assert_eq!((customer.payments.len(), customer.invoices.len()), (2, 2));
        let method = &customer.payment_methods[0];
        assert_eq!(method.method_type, SavedMethodType::CreditCard);
        assert_eq!(method.last4.as_deref(), Some("4242"));

        let account = Accounts::load()
            .filter(Accounts::COLUMN.id.eq(w.account.id))
            .with(Subscriptions)
            .with(Cdrs)
            .with(Payments)
            .with(Invoices)
            .one(db)
            .await?
            .unwrap();
        assert_eq!(account.subscriptions[0].id, w.subscription.id);
        assert_eq!(account.cdrs.len(), 60);
        assert_eq!((account.payments.len(), account.invoices.len()), (2, 2));

        let plan = RatePlans::load()
            .filter(RatePlans::COLUMN.id.eq(w.plan.id))
            .with(Subscriptions)
            .one(db)
            .await?
            .unwrap();
        assert_eq!(plan.subscriptions.len(), 1);
        assert_eq!(plan.subscriptions[0].id, w.subscription.id);

        let subscription = Subscriptions::load()
            .filter(Subscriptions::COLUMN.id.eq(w.subscription.id))
            .with(Cdrs)
            .with(Payments)
            .with(Invoices)
            .with(Dids)
            .with(SubscriptionUsage)
            .one(db)
            .await?
            .unwrap();
        let usage = &subscription.usage[0];
        assert_eq!(
            Some(usage.billing_period_start),
            w.subscription.current_period_start
        );
        let mobile = subscription.cdrs.iter();
        let mobile = mobile.filter(|call| call.call_type == CallType::Mobile);
        assert_eq!(usage.mobile_calls, i32::try_from(mobile.count()).unwrap());
        assert_eq!(
            (subscription.payments.len(), subscription.invoices.len()),
            (1, 2)
        );
        assert_eq!(subscription.dids.len(), 2);

        let invoice = Invoices::load()
            .filter(Invoices::COLUMN.invoice_number.eq("INV-10002-01"))
            .with(Payments)
            .one(db)
            .await?
            .unwrap();
        assert_eq!(invoice.payments.len(), 1);
        assert_eq!(invoice.payments[0].amount, decimal("13579.44"));
        Ok(())
    });
}

#[test]
fn relations_work_in_joins_too() {
    in_the_world(async |w| {
        let found = Cdrs::find()
            .join(JoinType::InnerJoin, cdrs::Relation::Subscription.def())
            .join(JoinType::InnerJoin, subscriptions::Relation::RatePlan.def())
            .filter(RatePlans::COLUMN.name.eq("Starter"))
            .count(&w.db)
            .await?;
        assert_eq!(found, 40);
        let (subscription, customer) = Subscriptions::find_by_id(w.subscription.id)
            .find_also_related(Customers)
            .one(&w.db)
            .await?
            .unwrap();
        assert_eq!(subscription, w.subscription);
        assert_eq!(customer, Some(w.customer));
        Ok(())
    });
}

#[test]
fn values_of_every_kind_come_back_as_they_went_in() {
    in_the_world(async |w| {
        let db = &w.db;
        let began = time("2026-01-31T10:20:30Z");
        let call = cdrs::ActiveModel {
            uuid: Set("switch-1".into()),
            subscription_id: Set(Some(w.subscription.id)),
            caller_id: Set("+91".into()),
            destination: Set("+1".into()),
            start_time: Set(began),
            call_direction: Set(CallDirection::Inbound),
            call_type: Set(CallType::TollFree),
            call_status: Set(CallStatus::NoAnswer),
            cost: Set(decimal("0.1234")),
            raw_cdr: Set(Some(json!({"größe": [1, null]}))),
            ..ActiveModelBehavior::new()
        };
        let call = call.insert(db).await?;
        let read = Cdrs::find_by_id(call.id).one(db).await?.unwrap();
        assert_eq!(read, call);
        assert_eq!(read.start_time, began);
        assert_eq!(read.cost, decimal("0.1234"));
        assert_eq!(read.raw_cdr, Some(json!({"größe": [1, null]})));
        assert_eq!(read.processing_status, ProcessingStatus::Pending);
        assert_eq!((read.account_id, read.duration), (None, 0));

        let mut account = w.account.clone().into_active_model();
        account.balance = Set(decimal("99999999.99"));
        account.status = Set(AccountStatus::Suspended);
        account.suspended_at = Set(Some(began));
        account.auto_recharge_amount = Set(None);
        let account = account.update(db).await?;
        assert_eq!(account.balance, decimal("99999999.99"));
        assert_eq!(account.auto_recharge_amount, None);
        let again = Accounts::find_by_id(account.id).one(db).await?.unwrap();
        assert_eq!(again, account);

        let plans = RatePlans::find()
            .order_by_asc(RatePlans::COLUMN.monthly_price)
            .all(db)
            .await?;
        let prices: Vec<&Numeric> = plans.iter().map(|plan| &plan.monthly_price).collect();
        assert_eq!(prices, [&decimal("349"), &decimal("999"), &decimal("4999")]);
        assert_eq!(plans[2].overage_rate_per_minute, decimal("0.3"));

        let number = dids::ActiveModel {
            did_number: Set("+910000000000".into()),
            country: Set("IN".into()),
            country_code: Set("+91".into()),
            ..ActiveModelBehavior::new()
        };
        let number = number.insert(db).await?;
        let again = Dids::find_by_id(number.id).one(db).await?;
        assert_eq!(again.as_ref(), Some(&number));
        assert_eq!(
            (number.status, number.did_type),
            (DidStatus::Available, DidType::Local)
        );
        let customer = Customers::delete_by_id(w.customer.id).exec(db).await;
        assert!(customer.is_err(), "a customer with books stays");
        Ok(())
    });
}

/// Each row of the demo is read through its entity: no value of the database is unknown to it.
#[test]
fn every_table_is_read_as_a_whole() {
    in_the_world(async |w| {
        macro_rules! counts {
            ($($entity:ident $count:expr),* $(,)?) => {$(
                let rows = $entity::find().all(&w.db).await?;
                assert_eq!(rows.len(), $count, stringify!($entity));
            )*};
        }
        counts!(
            Users 5,
            Customers 3,
            RatePlans 3,
            Accounts 3,
            Subscriptions 3,
            Cdrs 40 + 60 + 96,
            Payments 8 + 2 + 3,
            Invoices 7 + 2 + 4,
            Dids 1 + 2 + 6 + 3,
            RefreshTokens 1,
            PaymentMethods 3,
            SubscriptionUsage 3,
        );
        Ok(())
    });
}
