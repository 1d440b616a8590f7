"""Lists as other services export them, and who each makes active."""

from __future__ import annotations

from publisher.subscribers.models import SubscriberState

MAILCHIMP = """Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,\
CONFIRM_IP,LEID,EUID,TIMEZONE,TAGS
ada@example.org,Ada,L,2,2020-01-01 10:00:00,1.2.3.4,2020-01-01 10:05:00,1.2.3.4,1,e1,Europe/Paris,\
"""
MAILCHIMP_GONE = """Email Address,First Name,MEMBER_RATING,CONFIRM_TIME,UNSUB_TIME,UNSUB_REASON,\
LEID,EUID
gone@example.org,G,2,2020-01-01 10:05:00,2021-01-01 10:00:00,OTHER,1,e1"""
MAILCHIMP_CLEANED = (
    "Email Address,MEMBER_RATING,CLEAN_TIME,LEID,EUID\nhard@example.org,2,2021-01-01 10:00:00,1,e1"
)
SUBSTACK = """email,active_subscription,expiry,plan,email_disabled,created_at,stripe_customer_id
ada@example.org,true,,free,false,2022-02-02T00:00:00Z,
off@example.org,false,,free,true,2022-02-02T00:00:00Z,"""
GHOST = """id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,\
created_at,deleted_at,labels,tiers
1,ada@example.org,Ada,,true,false,,2022-02-02T00:00:00.000Z,,vip,
2,off@example.org,Off,,false,false,,2022-02-02T00:00:00.000Z,,,"""
BUTTONDOWN = """email_address,notes,tags,referrer_url,creation_date,type,unsubscription_date
ada@example.org,,,,2022-02-02,regular,
wait@example.org,,,,2022-02-02,unactivated,
off@example.org,,,,2022-02-02,unsubscribed,2023-01-01"""
KIT = """subscriber_id,first_name,email,state,created_at,cancelled_at
1,Ada,ada@example.org,Confirmed,2022-02-02,
2,Off,off@example.org,Cancelled,2022-02-02,2023-01-01
3,Sp,spam@example.org,complained,2022-02-02,"""
BEEHIIV = """email,status,created_at,subscribed_at,unsubscribed_at,utm_source,referral_code
ada@example.org,active,2022-02-02,2022-02-02,,,x
off@example.org,inactive,2022-02-02,2022-02-02,2023-01-01,,x"""
MAILERLITE = """Subscriber;Sent;Opens;Clicks;Subscribed;Location;Name
ada@example.org;3;1;0;2022-02-02 10:00:00;SE;Ada"""
LISTMONK = """uuid,email,name,attributes,status,created_at,updated_at
u1,ada@example.org,Ada,{},enabled,2022-02-02,2022-02-02
u2,off@example.org,Off,{},blocklisted,2022-02-02,2022-02-02"""
# As they are today: what each service writes, with rows of ours.
SUBSTACK_NOW = """email,active_subscription,expiry,plan,email_disabled,prefer_digests,created_at,\
first_payment_at
free@example.org,false,,other,false,false,2023-02-01T10:00:00.000Z,
paid@example.org,true,2027-01-01T00:00:00.000Z,yearly,false,false,2023-02-01T10:00:00.000Z,\
2023-02-02T10:00:00.000Z
gone@example.org,true,2027-01-01T00:00:00.000Z,yearly,true,false,2023-02-01T10:00:00.000Z,\
2023-02-02T10:00:00.000Z
4f1@deletion-request.substack.com,false,,other,false,false,2023-02-01T10:00:00.000Z,"""
SUBSTACK_BARE = """email,active_subscription,created_at
free@example.org,false,2023-02-01T10:00:00.000Z"""
SUBSTACK_DASHBOARD = """Email,Name,Stripe plan,Cancel date,Start date,Paid upgrade date,Activity,\
Type,Subscription source (free)
free@example.org,Fay,,,2023-02-01,,2,Free,import
ended@example.org,Eno,monthly,2024-01-01,2023-02-01,2023-03-01,1,Expired,import"""
MAILCHIMP_ABROAD = """Deine E-Mail Adresse,Vorname,State,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,\
CONFIRM_TIME,CONFIRM_IP,LEID,EUID,NOTES,TAGS
ada@example.org,Ada,Inactive,2,2020-01-01 10:00:00,192.0.2.1,2020-01-01 10:05:00,192.0.2.1,1,e1,,"""
MAILCHIMP_NO_TIME = """Email Address,CONFIRM_TIME,UNSUB_TIME,UNSUB_REASON,LEID,EUID
gone@example.org,2020-01-01 10:05:00,,,1,e1"""
GHOST_NOW = """id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,\
created_at,deleted_at,labels,tiers,gift_id
1,ada@example.org,Ada,bounced,true,false,,2022-02-02T00:00:00.000Z,,cancelled,,
2,off@example.org,Off,,false,true,cus_1,2022-02-02T00:00:00.000Z,,,Gold,"""
BUTTONDOWN_NOW = """id,secondary_id,email,notes,subscriber_type,creation_date,ip_address,\
subscription_date,unsubscription_date,tags,metadata
a,1,ada@example.org,,regular,2022-02-02,,2022-02-02,,a;b,{}
b,2,held@example.org,,paused,2022-02-02,,2022-02-02,,,{}
c,3,late@example.org,,past_due,2022-02-02,,2022-02-02,,,"{'state': 'unsubscribed'}"
d,4,wait@example.org,,unactivated,2022-02-02,,,,,{}
e,5,off@example.org,,unsubscribed,2022-02-02,,2022-02-02,2023-01-01,,{}
f,6,shown@example.org,,removed,2022-02-02,,2022-02-02,,,{}"""
BEEHIIV_NOW = """email,First Name,Last Name,status,tier,created_at,stripe_customer_id,Free Tier,\
Premium Tier,unsubscribed_at
ada@example.org,Ada,L,active,free,2023-03-24 10:23:10 UTC,,Yes,No,
off@example.org,Off,,inactive,premium,2023-03-24 10:23:10 UTC,,No,Yes,
left@example.org,Le,,active,premium,2023-03-24 10:23:10 UTC,cus_2,No,Yes,2024-03-13 11:33:53 UTC
wait@example.org,Wa,,pending,free,2023-03-24 10:23:10 UTC,,Yes,No,"""
KIT_NOW = """first_name,email,created_at,status
Ada,ada@example.org,2022-02-02,active
Off,off@example.org,2022-02-02,cancelled
Hard,hard@example.org,2022-02-02,bounced
Spam,spam@example.org,2022-02-02,complained
Wait,wait@example.org,2022-02-02,inactive"""
MAILERLITE_NOW = """Email,Name,State,Sent,Opened,Clicked,Status,Subscribed
ada@example.org,Ada,Ohio,3,1,0,active,2022-02-02 10:00:00
off@example.org,Off,Texas,3,1,0,unsubscribed,2022-02-02 10:00:00
wait@example.org,Wait,Texas,3,1,0,unconfirmed,2022-02-02 10:00:00
hard@example.org,Hard,Texas,3,1,0,bounced,2022-02-02 10:00:00
spam@example.org,Spam,Texas,3,1,0,junk,2022-02-02 10:00:00"""
MAILPOET = """Email,First name,Last name,Subscription IP,Subscription time,Confirmation time,\
Confirmation IP,List status,Global status,List
ada@example.org,Ada,L,192.0.2.1,2022-02-02 10:00:00,2022-02-02 10:01:00,192.0.2.1,subscribed,\
subscribed,News
off@example.org,Off,,192.0.2.1,2022-02-02 10:00:00,2022-02-02 10:01:00,192.0.2.1,unsubscribed,\
subscribed,News
off@example.org,Off,,192.0.2.1,2022-02-02 10:00:00,2022-02-02 10:01:00,192.0.2.1,subscribed,\
subscribed,Other
gone@example.org,Gone,,192.0.2.1,2022-02-02 10:00:00,2022-02-02 10:01:00,192.0.2.1,subscribed,\
unsubscribed,News
hush@example.org,Hush,,192.0.2.1,2022-02-02 10:00:00,2022-02-02 10:01:00,192.0.2.1,subscribed,\
inactive,News"""
A, U, B, C = (
    SubscriberState.ACTIVE,
    SubscriberState.UNSUBSCRIBED,
    SubscriberState.BOUNCED,
    SubscriberState.COMPLAINED,
)
EXPORTS = [
    ("Mailchimp", MAILCHIMP, {"ada@example.org": SubscriberState.ACTIVE}, ""),
    ("Mailchimp", MAILCHIMP_GONE, {"gone@example.org": SubscriberState.UNSUBSCRIBED}, ""),
    ("Mailchimp", MAILCHIMP_CLEANED, {"hard@example.org": SubscriberState.BOUNCED}, ""),
    (
        "Substack",
        SUBSTACK,
        {
            "ada@example.org": SubscriberState.ACTIVE,
            "off@example.org": SubscriberState.UNSUBSCRIBED,
        },
        "asked for it there",
    ),
    (
        "Ghost",
        GHOST,
        {
            "ada@example.org": SubscriberState.ACTIVE,
            "off@example.org": SubscriberState.UNSUBSCRIBED,
        },
        "asked for it there",
    ),
    (
        "Buttondown",
        BUTTONDOWN,
        {
            "ada@example.org": SubscriberState.ACTIVE,
            "off@example.org": SubscriberState.UNSUBSCRIBED,
        },
        "asked for it there",
    ),
    (
        "Kit",
        KIT,
        {
            "ada@example.org": SubscriberState.ACTIVE,
            "off@example.org": SubscriberState.UNSUBSCRIBED,
            "spam@example.org": SubscriberState.COMPLAINED,
        },
        "",
    ),
    (
        "beehiiv",
        BEEHIIV,
        {
            "ada@example.org": SubscriberState.ACTIVE,
            "off@example.org": SubscriberState.UNSUBSCRIBED,
        },
        "",
    ),
    ("MailerLite", MAILERLITE, {"ada@example.org": SubscriberState.ACTIVE}, ""),
    (
        "listmonk",
        LISTMONK,
        {
            "ada@example.org": SubscriberState.ACTIVE,
            "off@example.org": SubscriberState.UNSUBSCRIBED,
        },
        "asked for it there",
    ),
]
TODAY = [
    ("Substack", SUBSTACK_NOW, {"free": A, "paid": A, "gone": U}),
    ("Substack", SUBSTACK_BARE, {"free": A}),
    ("Substack dashboard", SUBSTACK_DASHBOARD, {"free": A, "ended": A}),
    ("Mailchimp", MAILCHIMP_ABROAD, {"ada": A}),
    ("Mailchimp", MAILCHIMP_NO_TIME, {"gone": U}),
    ("Ghost", GHOST_NOW, {"ada": A, "off": U}),
    ("Buttondown", BUTTONDOWN_NOW, {"ada": A, "held": A, "late": A, "off": U, "shown": U}),
    ("beehiiv", BEEHIIV_NOW, {"ada": A, "off": U, "left": U}),
    ("Kit", KIT_NOW, {"ada": A, "off": U, "hard": B, "spam": C}),
    ("MailerLite", MAILERLITE_NOW, {"ada": A, "off": U, "hard": B, "spam": C}),
    ("MailPoet", MAILPOET, {"ada": A, "off": U, "gone": U}),
]
