"""Other words for rows and for times: what a table or a beginning is called by people whose model calls it otherwise."""

from segdsl.phrasebook.entry import Vocabulary, say

VOCABULARY = Vocabulary(
    "Other words for the same",
    "noun",
    (
        say(
            "ticket/case/issue/complaint/incident",
            alike="rows",
            examples=(("no open cases", 'none(tickets where state = "open")'),),
        ),
        say(
            "invoice/payment/bill/charge/receipt",
            alike="rows",
            examples=(
                ("a payment failed in the last 30 days", 'any(invoices in last 30 days where state = "failed")'),
            ),
        ),
        say(
            "login/session/visit/sign_in/logon",
            alike="rows",
            examples=(("at least 2 visits in the last week", "count(logins in last 1 week) >= 2"),),
        ),
        say(
            "user/person/people/contact/employee/nutzer/benutzer/utilisateur/usuario",
            "order/purchase/sale/transaction",
            "meeting/call/appointment/qbr/besprechung/réunion/reunión",
            "survey/questionnaire/response/feedback",
            alike="rows",
            examples=(("no payments in the last 30 days", "none(invoices in last 30 days)"),),
        ),
        say(
            "created/joined/signed_up/registered/signed/onboarded/became_a_customer/started/came_on_board/subscribed/signed_with_us/first_seen",
            alike="beginning",
            examples=(("signed up less than 30 days ago", "signed_on > 30 days ago"),),
        ),
    ),
)
