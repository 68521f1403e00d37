"""Rules with one mistake each, or one odd thing that is none, in the tests' model (`golden/model.seg`): what mutation alone seldom comes upon."""

from __future__ import annotations

import re
from itertools import chain

MORE = """
entity shop of account by account_id { shop_id: integer key  up: link to shop reverse downs  rank: integer  name: text }
table sales of shop by shop_id at sold_on: date { amount: money(USD)  weight: real  paid_on: date  count_of: integer }
table visits of account by account_id at visited_at { minutes: real  page: text  until: timestamp  play: text  chance: number }
details arms of account by account_id { version: text  number: integer  entered: date  share: real  tags: set of text }
list named from "names.csv" { name: text }
list counted from "counts.csv" { n: integer }
list strategic of account from "strategic.csv" { arm: text }
calendar work { weekend saturday, sunday holidays from "days.csv" }
score health of account { part use weight 3 = scale(users_count, 0: 0, 10: 100)  part care weight 1 = 2 missing parts: share out up to 40 cap 20 when arr < 0 }
outcome gone of account = renewal_date in next 90 days
outcome visited of account = any(visits in next 30 days)
outcome visits_ahead of account = count(visits in next 30 days)
outcome plan_then of account = plan
outcome endless of account = any(visits since 2026-01-01)
outcome sold of shop = any(sales in next 30 days)
play cheap { channel: "email", cost: 1, currency: "USD" }
play dear { channel: "csm", cost: 120, currency: "USD" }
channel mail { address: region  consent: opt in by paying  cooldown 7 days }
segmentation before of account { segment a { when arr > 5 play cheap } otherwise b }
segmentation after of account candidate of before { segment a { when arr > 9 play dear } otherwise b }
segmentation later of account candidate of before { segment a { when arr > 7 } otherwise b }
segmentation of_shops of shop { segment a { when rank > 5 } otherwise b }
details flags of account by account_id { a: boolean }
play of_text { cost: "x", currency: "USD" }
segmentation of_plays of account { segment a { when arr > 5 play of_text } otherwise b }
segmentation free of account { segment a { when arr > 5 } otherwise b }
segmentation more_shops of shop candidate of of_shops { segment a { when rank > 7 } otherwise b }
"""

EXPRESSIONS = """
root(parent).arr
root(parent)
root(parent).arr.x
root(plan)
root(parent, parent)
root(1)
root(users)
root(parent) in vips
root(parent).region in vips
family(parent)
sum(family(parent).arr)
count(family(plan))
count(root(parent))
scale(arr, 0: arr)
scale(seats, 0: 0, 50: 100).x
scale(seats, 0: -5, 50: 100)
scale(seats)
scale(seats, 5: 0, 5: 1)
scale(1 day, 0: 0)
scale(plan, 0: 0, 5: 1)
split(1)
split("a", "b")
split("salt") < 10%
least(seats, 1 day)
least(seats, plan)
least(seats)
greatest(seats, users_count, 3)
change(seats, 5)
change(seats, 28 days, floor: arr)
change(seats, 28 days, floor: 10)
change(plan, 28 days)
change(seats, 28 days, roof: 1)
nothing_like_it(1)
arr - fee
arr + created_at
plan + 1
arr * arr
1 / arr
seats + arr
-plan
arr / arr + seats / 2
health + 1
arr < fee
arr = seats
created_at = "2026"
renewal_date = "2026"
renewal_date = 5
seats = "5"
region = 5
paying = 5
paying = true
true = paying
false != paying
paying = (seats > 5)
paying != (seats > 5)
paying < (seats > 5)
interests = "a"
region = interests
interests in ("a")
interests has "a"
interests has region
interests has seats
interests has any ("a", 5)
interests has any named
interests has any counted
interests has any dach
interests has any nowhere
interests has all ("a", "b")
interests has dach
plan has "a"
plan < tier
plan < "free"
tier < "gold"
tier < tier
tier < "platinum"
region < "a"
seats = missing
missing = missing
missing
if paying then missing else missing end
if paying then 1 else "a" end
if paying then arr else fee end
if paying then arr else seats end
if paying then "a" else region end
if paying then renewal_date else created_at end
if paying then 1.5 else seats end
if paying then health else missing end
if paying then interests else interests end
if paying then "free" else missing "why" end
if seats then 1 else 2 end
bands plan { under 5: 1, otherwise: 2 }
bands seats { under "a": 1, otherwise: 2 }
bands seats { under -5: 1, under 5: 2, missing: 0, otherwise: 2 }
bands seats { under 5: 1, under 3: 2 }
bands seats { under 5: 1, under 7: "a" }
seats between 1 and 5
seats between 1 and "a"
seats not between "a" and 5
seats in (1, 2, 5)
seats in ("a")
region in ("de") ignoring case
seats in (1) ignoring case
region in dach ignoring spaces
region in named
seats in named
seats in counted
region not in counted
account in strategic
user in strategic
users in strategic
parent in strategic
region in strategic
account in motion
account in motion.save
account in motion.nothing
account in motion.save.more
account in vips.save
account not in vips
account in nowhere
account in account
parent in vips
parent.parent in vips
5 in vips
count(users where user in vips) > 1
count(users where account in vips) > 1
count(shop where shop in of_shops.a) > 1
region contains 5
seats contains "a"
region contains any of dach
region contains any of named
region contains any of counted
region contains any of nowhere
region contains any of ("a", "b")
region contains any of ("a", 5)
region matches "(a+)+"
region matches "["
region matches region
region starts with plan ignoring case
region is missing
not region
not (region is not missing)
paying and seats
arr > 5 and paying or seats > 5
created_at in last 5 days
renewal_date in last 5 hours
renewal_date in this calendar month
created_at in next fiscal quarter
seats in last 5 days
7 days after seats
7 hours after renewal_date
7 days before created_at
days since seats
hours since renewal_date
hours until created_at
days until renewal_date
month of renewal_date
year of seats
work business days since renewal_date
play business days since renewal_date
work business days since seats
start of last month
5 hours ago
5 hours ago = renewal_date
5 days from now > created_at
2026-11-01T00:00 = renewal_date
now = today
5 days ago = 3 days ago
rank(arr)
rank(arr, 5)
quantile(arr)
quantile(arr, 1)
quantile(arr, 5 per region)
percentile(plan)
percentile(seats per arr)
percentile(seats per paying)
cumulative_share(arr)
cumulative_share(created_at)
cumulative_share(renewal_date per region)
arr in top 0
arr in top 200%
arr in bottom 10% per region
plan in top 5
arr in top 10 per fee
count(users where rank(user_id) > 5)
count(users where role in top 5)
(arr as of 28 days ago)
(nope as of 28 days ago)
(arr as of 5 days after created_at)
(arr as of 5 days after 2026-01-01)
nothing + 1
nothing between 1 and 5
nothing in (1)
nothing in named
nothing in strategic
5 in strategic
nothing contains "a"
nothing has "a"
interests has nothing
5 days after nothing
days since nothing
nothing in last 5 days
region contains nothing
every week for 30 days (paying)
every month for 12 months (seats > 5)
every day for 400 days (paying)
every day for 800 days (paying)
any quarter for 1 month (paying)
any week for 4 weeks (seats)
any week for 4 weeks (every week for 4 weeks (paying))
count(users where (role as of 2 days ago) = "admin")
account
account.arr
parent
parent.arr
parent.arr.x
null
none
users
logins
vips
motion
device
arrr
user_id
gone
visited
account_id.x
dach
count(users)
count(user)
count(nothing)
count(region)
count(parent.users)
count(parent.users.logins where device = "a")
count(logins in last 5 days)
count(users.logins in last 5 days)
count(users.arr)
count(notes in last 5 days)
count(latest 5 notes)
count(latest 0 logins)
count(latest 5 logins in last 5 days)
count(logins in next 5 days)
count(meetings in next 5 days)
count(invoices in last 5 hours)
count(invoices since 5 hours ago)
count(invoices from 5 days ago until renewal_date)
count(logins since plan)
count(logins from created_at until now)
count(logins before renewal_date)
count(logins in this fiscal year)
count(logins where nothing = 5)
count(logins where device)
count(logins where occurred_at > account.created_at)
count(logins where occurred_at > user.account.created_at)
count(logins where count(logins where occurred_at > user.account.created_at) > 5)
count(users where count(logins where role = "admin") > 5)
count(users where count(account.invoices since user.account.created_at) > 5)
any(visits where any(visits where page = visits.page))
all(users)
share(users)
share(users having role = "admin")
all(users having role)
all(users having nothing)
none(users having role = "admin")
any(users having role = "admin")
sum(users having role = "admin")
sum(users)
sum(notes)
sum(users.role)
sum(sales.amount)
sum(shop.sales.amount)
sum(users.logins)
average(shop.rank)
median(visits.minutes)
min(users.role)
max(visits.visited_at)
first(notes.body)
first(latest 2 visits.page)
last(visits.page)
last(visits.nothing)
count_distinct(visits.page)
distinct_days(notes)
distinct_days(visits)
distinct_days(visits.page)
distinct_days(visits.until)
distinct_days(invoices.amount)
distinct_days(visits, zone: "Europe/London")
distinct_days(visits, zone: "Nowhere")
distinct_days(visits, zone: region)
distinct_days(visits, zone: seats)
distinct_days(visits, zone: missing)
distinct_days(visits, zone: nothing)
distinct_days(invoices, zone: region)
distinct_days(visits, clock: region)
count(visits, zone: region)
count(visits in last 7 days, zone: region)
count(visits since 2026-01-01T00:00, zone: region)
most_common(visits.page)
most_common(visits.minutes)
most_common(arms.tags)
most_common(shop.sales.weight)
most_common(visits.until)
count(named)
count(named where name = region)
count(strategic)
count(all account)
count(all nothing)
count(all account per region)
count(all account per fee)
count(all account per nothing)
count(all shop per name)
count(all user where account.region = region)
sum(all account.arr)
sum(all account.users)
sum(all account.parent.users)
sum(users.account.users)
sum(users.account.arr)
count(all account where count(all account where region = account.region) > 1)
count(users followed by logins within 3 days)
count(visits followed by invoices within 3 days)
count(visits not followed by invoices where amount > 5 within 3 days)
count(invoices followed by visits within 3 hours)
count(visits followed by visits within 3 hours)
count(visits followed by notes within 3 days)
count(notes followed by visits within 3 days)
count(visits followed by nothing within 3 days)
count(visits followed by region within 3 days)
count(visits followed by parent.visits within 3 days)
count(visits followed by visits.page within 3 days)
count(visits followed by invoices where nothing within 3 days)
count(visits followed by invoices where amount within 3 days)
count(parent.visits followed by invoices within 3 days)
arms.version = "a"
arms.number + 1
strategic.arm = "a"
count(arms)
count(visits where minutes > arms.share)
"""

DECLARATIONS = """
metric arr of account = 5

metric m = 5

metric m of nothing = 5

metric m of logins = device

metric m of sales = weight + 1 metric n of sales = weight + amount metric o of sales = count_of + weight

metric wrong of account = nothing test "a" as of 2026-11-01 { account a { wrong: 5 arr: 2026-02-30 } expect a.wrong = 5 }

metric wrong of account = 1 metric wrong of account = 2 segment s of account { when account in wrong }

outcome o of account = any(visits where any(account.visits in next 5 days))

metric m of account = none(visits where any(visits where visited_at > account.created_at)) metric n of account = any(visits where none(account.invoices since visits.until))

metric m of account = any(visits where all(account.users having user_id = visits.page))

metric m of account = any(visits where any(account.users where any(account.invoices since visits.until)))

metric m of account = any(visits where any(account.users where any(account.invoices where amount > visits.minutes)))

metric m of account = any(all shop where any(all user where any(all account where arr > shop.rank)))

entity e { k: text key up: link to e } metric m of e = up.k

experiment e { incumbent before candidate after backtest as of 2026-01-01 primary gone, lower is better, detect 1% } experiment e { incumbent before candidate after }

metric a of account = b metric b of account = a

outcome o of logins = any(users)

outcome o of account = gone and visited

outcome o of account = any(users where any(logins in next 5 days))

outcome o of account = any(visits in next 5 days where page = "a" and account in vips)

outcome o of account = any(visits in next 5 days where account.users_count > 5)

outcome o of account = none(visits in next 5 days)

outcome o of account = all(visits in next 5 days having minutes > 5)

outcome o of account = count(visits from now until 5 days from now) > 5

outcome o of account = share(visits in next 5 days having minutes > 5) > 0.5

score s of account { part a weight 0 = 5 missing parts: unknown }

score s of account { part a weight 1 = arr missing parts: unknown }

score s of account { part a weight 1 = plan part b weight 1 = nothing missing parts: count as 5 }

score s of account { part a weight 1 = 5 part a weight 1 = 6 missing parts: share out up to 30% }

score s of account { part a weight 1 = 5 missing parts: share out up to 3 cap 5 when seats }

score s of account { part a weight 1 = seats missing parts: share out up to 30% cap 5 when paying }

score s { part a weight 1 = 5 missing parts: unknown }

segment s { when true }

segment s of nothing { when true }

segment s of account where arr { when paying }

segment s of account where paying { when arr in top 5 limit 5 by arr per region }

segment s of account { when paying limit 50% by arr }

segment s of account { when paying limit 1.5 by arr }

segment s of account { when paying limit 5 by region }

segment s of account { when paying limit 5 by nothing }

segment s of account { when paying limit 5 by arr per fee }

segment s of account { when paying play nothing }

segment s of account { goal "a" goal "b" owner "x" basis behavioral, nothing review every 5 hours when paying }

segment s of account { goal "a" measured by nothing review every 5 days, last on 2026-01-01 when paying }

segment s of account { goal "a" measured by users_count from 5 to 7 by 2026-12-31 when paying }

segment s of account { goal "a" measured by gone when paying play cheap }

segment top of account { when paying }

list last = ("a")

segment twice of account { when account in twice } segment twice of account { when paying }

segmentation s of account { overrides from strategic segment a { when paying } otherwise b }

segmentation s of account { overrides from named segment a { when paying } otherwise b }

segmentation s of account { overrides from nothing segment a { when paying } otherwise b }

segmentation s of account { segment a { when paying } segment a { when seats > 5 } otherwise a }

segmentation s of account where nothing { segment a { when paying } otherwise b }

segmentation s of account { segment a { when arr } otherwise b { play nothing } }

segmentation s { segment a { when paying } otherwise b }

segmentation s of account candidate of nothing { segment a { when paying } otherwise b }

segmentation s of account candidate of s { segment a { when paying } otherwise b }

segmentation s of account candidate of after { segment a { when paying } otherwise b }

segmentation s of account candidate of of_shops { segment a { when paying } otherwise b }

segmentation s of account { segment a { when paying } otherwise b } list s_status = ("a")

segmentation s of account { segment a { when account in s.b } otherwise b }

segmentation broken of account { segment a { when nothing } otherwise b } experiment e { incumbent broken candidate after backtest as of 2026-01-01 primary gone, lower is better, detect 1% }

play p { a: 1, a: 2, b: 1.5, c: 2026-01-01, d: true only when paying }

play p { a: "x" only when nothing }

play p { a: "x" only when arr }

property "p" of account { always paying }

property "p" of nothing { never paying }

property "p" of account { never arr }

calendar c { weekend nosuchday, sunday }

calendar c { } metric m of account = c business days since renewal_date

calendar c { weekend friday holidays from "nowhere.csv" } metric m of account = c business days since created_at

entity e { a: text }

entity e { a: text key b: text key }

entity e from a to b { k: text key a: text }

entity e from k { k: text key history from p to k }

entity e of nothing by x { k: text key }

entity e of account by region reverse users { k: text key }

entity e { k: text key k: integer }

entity e { k: string key a: money b: whatever c: one of ("a", "a") d: one of (1) e: set of integer f: link to nothing g: array }

entity e { k: text key a: text from 0 to 5 b: integer from "a" to 5 c: number from -5 to 5 d: money(USD) from 0 to 5 basis nothing e: text basis behavioral personal }

entity e { k: text key a: text known at b c: text known at k d: date e: text known at d }

entity e { k: text key up: link to e reverse k }

table t of nothing by x { a: text }

table t of account by account_id complete from 2026-01-01 fresh within 5 days { a: text }

table t of account by account_id at x: date complete from 2026-01-01 fresh within 5 hours { a: text x: text account_id: text }

table t of account by account_id at x known at y complete from 2026-02-30 fresh within 5 hours { a: text y: date }

table users of account by account_id at x { a: text }

table t of shop by shop_id at x { a: link to account b: text } metric m of shop = count(t where a.region = "a")

details d of nothing by x { a: text }

details plan of account by account_id { a: text }

details d of account by account_id { a: text account_id: text } metric m of account = d

details d of shop by shop_id { a: text } metric m of shop = if d.a = "x" then 1 else 2 end

list l of nothing from "l.csv" { a: text }

list l from "l.csv" { from: text a: text }

list l from "l.csv" { owner: text } metric m of account = count(l)

list l of shop from "l.csv" metric m of account = count(shop where shop in l)

list l from "l.csv" { a: integer expires: date } metric m of account = seats not in l

entity e { a: text } list l of e from "l.csv" details d of e by a { b: text } metric m of e = d.b metric n of e = l

metric m of shop = up metric n of shop = root(up) metric o of shop = family(up) metric p of shop = count(family(up) where name = "a")

metric m of shop = up.rank metric n of shop = root(up).name metric o of shop = shop_id + 1 metric p of shop = account_id

segment s of shop { when shop in of_shops.b and up in of_shops.a and root(up) in of_shops.a }

test "a" as of 2026-11-01 { account a { arr: 5 } expect a in motion.steady }

test "a" { account a { arr: 5 } expect a in vips because "arr" }

test "a" as of today { account a { arr: 5 } expect a.arr = 5 because "x" }

test "a" as of 2026-11-01T00:00 { account a { arr: "5" seats: 1.5 plan: "nope" paying: 5 region: dach interests: ("a", 5) } expect a.arr = 5 }

test "a" as of 2026-11-01 { account a { interests: "a" region: ("a") renewal_date: 5 days ago created_at: 2026-01-01 plan: missing parent: a tier: "gold" } expect a.parent is missing because "parent" }

test "a" as of 2026-11-01 { account a { renewal_date: 5 hours ago arr: a.b nothing: 5 arr: 5 arr: 6 } expect a.arr = 5 }

test "a" as of 2026-11-01 { account a { } account a { } account motion { } user u { account_id: a } expect count(motion.save) = 1 }

test "a" as of 2026-11-01 { account a { } logins a { } logins of a { at: now } visits of b { } nothing c { } named x { } expect a.arr > 5 }

test "a" as of 2026-11-01 { account a { users_count: 5 health: 5 } user u { account: a } logins of u { at: 2026-10-01 device: "x" } expect a.users_count = 1 }

test "a" as of 2026-11-01 { account a { users_count: "x" gone: true } expect a.gone expect not (a in vips) because "x" }

test "a" as of 2026-11-01 { shop 5 { up: 7 rank: 5 } shop s { up: s account_id: a } account a { } sales of s { at: 2026-01-01 amount: -5 } expect s.rank = 5 }

test "a" as of 2026-11-01 { shop s { up: "x" rank: 1.5 } expect scale(5, 0: 0) = 5 expect rank(s.rank) = 1 expect (s.rank as of 5 days ago) = 1 }

test "a" as of 2026-11-01 { account a { arr: x } case { x: 5, y: vips } case { x: 6, y: motion.save } expect a in y } test "a" as of 2026-11-01 { account a { } expect a.arr is missing }

test "a" as of 2026-11-01 { account a { arr: x } case { x: 5 } case { y: 6 } expect a.arr = 5 }

test "a" as of 2026-11-01 { account a { arr: x } case { x: 5, z: 5 } expect a.arr = 5 }

test "a" as of 2026-11-01 { account a { paying: x } case { x: true } case { x: false } expect a.paying = x }

test "a" as of 2026-11-01 { strategic of a { arm: "save" } account a { } expect a in strategic expect b in vips expect c.arr = 5 expect count(vips) = 1 expect count(nothing) = 1 }

test "a" as of 2026-11-01 { account a { strategic: true } arms of a { version: "a" tags: ("x") } expect count(a.users) = 0 expect any(a.visits in last 5 days) }

play p { channel: mail to users to users every 3 hours once per stay cooldown 0 days priority 1.5 capacity 0 per week } segment s of account { when paying play p }

play p { channel: "mail" priority: 3 message: "x" cost: yes } play q { channel: "email", channel: 5 }

play p { channel: mail to logins } play q { channel: mail to users.logins where role = "x" } play r { channel: mail to first of users by paying }

play p { channel: nothing merge arr, plan, region, arr / 2 subject "{{ arr" message "{{ nobody }} {{ arr.x }} {% for a in interests %}{% endfor %}" }

play p { channel: mail to users merge role, account.arr, users_count message file "names.csv" subject "{{ arr }}{{ role }}" }

play p { channel: mail message file "../outside.md" } play q { message file "nowhere.md" merge users }

play p { channel: mail suppress vips, motion, strategic, named, nobody, of_shops } suppress vips, nobody

channel c { address: region consent: opt in by paying, blank means no cooldown 7 days capacity 5 per region per week by arr at most 0 plays per customer per day suppress vips }

channel c { address: arr consent: opt out by region, blank means yes } play p { channel: c } segment s of account { when paying play p } segment t of shop { when rank > 5 play p }

channel c { address: region } channel d { consent: none needed consent: none needed address: a.b.c } play p { channel: d to users }

holdout 5% seed "x"

holdout 0% of account seed "x" holdout 5% of account seed "x" holdout 100% of shop seed "" holdout 5% of nothing seed "x"

table t of account from deliveries starting 2026-02-30 table u of account from deliveries table v of nothing from deliveries segment s of account { when count(u where play = "cheap" and status = "sent") > 2 }

test "a" as of 2026-11-01 { account a { arr: 5 } expect a gets dear expect b gets cheap expect a gets nothing expect a doesn't get cheap because "x" expect "a" does not get dear }

test "a" { account a { arr: 500_000 paying: x } user u { account_id: a role: "admin" } case { x: true, y: cheap } case { x: false, y: dear } expect a gets y expect u gets y }
"""

EXPERIMENTS = """
incumbent before candidate after backtest as of 2026-01-01, 2026-05-01 primary gone, lower is better, detect 1%
incumbent before candidate after, later backtest as of 2026-01-01 primary gone, lower is better, detect 1%
incumbent before candidate after
candidate after backtest as of 2026-01-01
incumbent before candidate nothing backtest as of 2026-01-01 primary gone, lower is better, detect 1%
incumbent before candidate before backtest as of 2026-01-01 primary gone, lower is better, detect 1%
incumbent before candidate after, after backtest as of 2026-01-01 primary gone, lower is better, detect 1%
incumbent before candidate of_shops backtest as of 2026-01-01 primary gone, lower is better, detect 1%
incumbent before candidate a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u backtest as of 2026-01-01 primary gone, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-01-01 pilot seed "a" starts 2026-01-01 primary gone, lower is better, detect 1%
incumbent before incumbent before candidate after backtest as of 2026-01-01 primary gone, lower is better, detect 1% primary gone, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-05-01, 2026-01-01 primary gone, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-01-01, 2026-01-05 primary gone, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-01-01 as if run every 2 weeks since 2025-01-01 primary gone, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-01-01 as if run every hour since 2027-01-01 primary gone, lower is better, detect 1%
incumbent before candidate after backtest as of 1066-01-01 primary gone, lower is better, detect 1%
incumbent before candidate after backtest as of ORIGINS primary gone, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-01-01 primary gone, lower is better, detect 1% guardrail visited, lower is better
incumbent before candidate after backtest as of 2026-01-01 primary gone, lower is better
incumbent before candidate after backtest as of 2026-01-01 primary gone, detect 1%
incumbent before candidate after backtest as of 2026-01-01 primary gone, lower is better, detect 1%, detect 2%
incumbent before candidate after backtest as of 2026-01-01 primary gone, lower is better, detect 0%
incumbent before candidate after backtest as of 2026-01-01 primary gone, lower is better, detect 1 point
incumbent before candidate after backtest as of 2026-01-01 primary gone, lower is better, detect 1%, worth 5 USD each, per users_count
incumbent before candidate after backtest as of 2026-01-01 primary nothing, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-01-01 primary users_count, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-01-01 primary sold, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-01-01 primary plan_then, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-01-01 primary endless, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-01-01 cluster by parent primary gone, lower is better, detect 1% alpha 5% power 80%
incumbent before candidate after backtest as of 2026-01-01 cluster by region primary gone, lower is better, detect 1% alpha 60% power 30%
incumbent before candidate after backtest as of 2026-01-01 cluster by fee primary gone, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-01-01 looks any day holdout 5% seed "x" layer "l" adjust by users_count winsorise at 99% delivery visited primary gone, lower is better, detect 1%
incumbent before candidate after backtest as of 2026-01-01 reported within 2 weeks at most 5 weeks, 400 accounts primary gone, lower is better, detect 1%
incumbent before candidate after pilot seed "a" starts 2026-01-01 primary gone, lower is better, detect 1 point
incumbent before candidate after pilot seed "a" starts 2026-01-01 primary gone, lower is better, detect 1 point
incumbent before candidate after pilot seed " " starts 2026-01-01 until 2025-01-01 primary gone, lower is better, detect 5% points
incumbent before candidate after pilot seed "b" starts 2026-01-01 until 2036-01-01, hashed like nothing primary gone, lower is better, detect 200 points
incumbent before candidate after pilot seed "c" starts 2026-01-01, hashed like growthbook cluster by parent primary gone, lower is better, detect 150%
incumbent before candidate after pilot seed "d" starts 2026-01-01 holdout 5% seed "d" primary gone, higher is better, not worse by 150%
incumbent before candidate after pilot seed "e" starts 2026-01-01 holdout 60% seed "x" layer "l" looks as of 2026-02-01, 2026-02-01 primary gone, higher is better, not worse by 5%, detect 5%
incumbent before candidate after pilot seed "f" starts 2026-01-01 looks as of 2026-02-01, 2026-03-01 primary gone, higher is better, not worse by 5%
incumbent before candidate after pilot seed "g" starts 2026-01-01 looks as of LOOKS at most 400 accounts primary gone, higher is better, not worse by 5%
incumbent before candidate after pilot seed "h" starts 2026-01-01 looks any day at most 26 weeks, 400 shops primary gone, higher is better, not worse by the cost saved
incumbent before candidate after pilot seed "i" starts 2026-01-01 primary gone, higher is better, worth 5 USD each, not worse by the cost saved
incumbent before candidate after pilot seed "j" starts 2026-01-01 primary gone, higher is better, worth 5 EUR each, not worse by the cost saved
incumbent before candidate later pilot seed "k" starts 2026-01-01 primary gone, higher is better, worth 5 USD each
incumbent of_plays candidate later pilot seed "l" starts 2026-01-01 primary gone, higher is better, worth 5 USD each, not worse by the cost saved
incumbent free candidate later pilot seed "m" starts 2026-01-01 primary gone, higher is better, worth 5 USD each, not worse by the cost saved
incumbent before candidate after pilot seed "n" starts 2026-01-01 primary gone, higher is better, detect 5 guardrail visited, lower is better
incumbent before candidate after pilot seed "o" starts 2026-01-01 primary gone, higher is better, detect 0.5 in D guardrail visits_ahead, lower is better, not worse by 1
incumbent before candidate after pilot seed "p" starts 2026-01-01 adjust by users_count winsorise at 99% delivery visited primary visits_ahead, higher is better, detect 5%, per users_count
incumbent before candidate after pilot seed "q" starts 2026-01-01 adjust by gone winsorise at 9% delivery visits_ahead primary gone, higher is better, detect 5%, per nothing
incumbent before candidate after pilot seed "r" starts 2026-01-01 adjust by nothing delivery nothing primary gone, higher is better, detect 5%, per gone
incumbent before candidate after pilot seed " " starts 2026-01-01 until 2025-01-01 primary gone, lower is better, detect 5%
incumbent before candidate after pilot seed "u" starts 2026-01-01 until 2036-01-01, hashed like nothing cluster by parent primary gone, lower is better, detect 5%
incumbent before candidate after pilot seed "v" starts 2026-01-01 holdout 5% seed "v" primary gone, lower is better, detect 5%
incumbent before candidate after pilot seed "w" starts 2026-01-01 holdout 5% seed "x" layer "l" looks as of 2026-02-01, 2026-02-01 primary gone, lower is better, detect 5%
incumbent before candidate after pilot seed "x" starts 2026-01-01 at most 26 weeks, 400 shops primary gone, lower is better, detect 5%
incumbent before candidate after pilot seed "y" starts 2026-01-01 delivery visits_ahead primary gone, lower is better, detect 5%
incumbent before candidate after pilot seed "z" starts 2026-01-01 until 2027-01-01, hashed like growthbook at most 26 weeks, 400 accounts looks any day primary gone, lower is better, detect 5%
incumbent before candidate after pilot seed "s" starts 2026-02-30 primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(arm: version, incumbent: "a", candidate: "b") primary gone, higher is better, detect 5%
incumbent before candidate after, later pilot from arms(arm: version, incumbent: "a", candidate: "b") primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(arm: version, incumbent: "a", candidate: "a") primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(arm: number, incumbent: 1, candidate: 2, share: 50%, at: entered) primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(arm: share, incumbent: 1.5, candidate: 2) primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(arm: number, incumbent: 1, candidate: 2, share: 150%) primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(arm: number, incumbent: 1, candidate: 2, share: number) primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(arm: number, incumbent: 1, candidate: 2, at: version) primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(arm: number, incumbent: 1, candidate: 2, at: 5) primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(arm: version, incumbent: nothing, candidate: "b") primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(arm: account.arr, incumbent: 1, candidate: 2) primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(arm: account.paying, incumbent: true, candidate: false) primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(arm: 5, incumbent: 1, candidate: 2) primary gone, higher is better, detect 5%
incumbent before candidate after pilot from arms(version) primary gone, higher is better, detect 5%
incumbent before candidate after pilot from visits(arm: play, incumbent: "a", candidate: "b") primary gone, higher is better, detect 5%
incumbent before candidate after pilot from nothing(arm: play, incumbent: "a", candidate: "b") primary gone, higher is better, detect 5%
incumbent before candidate after pilot from strategic(arm: arm, incumbent: "a", candidate: "b") looks any day holdout 5% seed "x" layer "x" primary gone, higher is better, detect 5%
incumbent before candidate after pilot from flags(arm: a, incumbent: true, candidate: false) primary gone, higher is better, detect 5%
incumbent of_shops candidate more_shops pilot from arms(arm: version, incumbent: "a", candidate: "b") primary sold, higher is better, detect 5%
incumbent before candidate after replay from arms(play: version, probability: 1/3) primary gone, higher is better, detect 5%
incumbent before candidate after replay from arms(play: version, probability: share, chosen: "x") primary gone, higher is better, not worse by 5%
incumbent before candidate after replay from arms(play: version, probability: share, chosen: "x") cluster by parent primary gone, higher is better, detect 5%
incumbent before candidate after replay from arms(play: version, probability: share, chosen: 5) primary gone, higher is better, detect 5%
incumbent before candidate after, later replay from arms(play: version, probability: share, chosen: 5) primary gone, higher is better, detect 5%
incumbent before candidate after replay from arms(play: number, probability: share) primary gone, higher is better, not worse by 5%
incumbent before candidate after replay from arms(play: version, probability: "x") primary gone, higher is better, detect 5%
incumbent before candidate after replay from arms(play: version, probability: nothing) primary gone, higher is better, detect 5%
incumbent before candidate after replay from arms(play: account.region, probability: 1/3) primary gone, higher is better, detect 5%
incumbent before candidate after replay from arms(play: 5) primary gone, higher is better, detect 5%
incumbent before candidate after replay from visits(play: play, probability: chance) primary gone, higher is better, detect 5%
incumbent before candidate after replay from visits(play: play, probability: chance) as of 2026-02-01, 2026-05-01 primary visited, higher is better, detect 5%
incumbent before candidate after replay from visits(play: play, probability: chance) as of 2026-05-01, 2026-02-01 primary visited, higher is better, detect 5%
incumbent before candidate after replay from arms(play: version, probability: share) as of 2026-05-01 primary visited, higher is better, detect 5%
incumbent before candidate after replay from nothing(play: version, probability: share) as of 2026-05-01 primary visited, higher is better, detect 5%
incumbent of_shops candidate more_shops replay from nothing(play: version, probability: share) as of 2026-05-01 primary sold, higher is better, detect 5%
incumbent before candidate after, later replay from arms(play: version, probability: share) primary gone, higher is better, detect 5%
"""


def _days(many: int) -> str:
    return ", ".join(f"20{26 + n // 12}-{1 + n % 12:02}-01" for n in range(1, many + 1))


DECLARES = re.compile(
    r"(?:metric|score|outcome|segment|segmentation|play|channel|calendar|entity|table|details|list) (\w)\b|test (\"a\")"
)


def _under_names_of_its_own(text: str, number: int) -> str:
    """A declaration with a number behind each name of one letter that it declares, so that many may stand in one file."""
    names = {n for n in chain.from_iterable(DECLARES.findall(text)) if n.isalpha()}
    renamed = re.sub(r"\b[a-z]\b", lambda m: f"{m[0]}_{number}" if m[0] in names else m[0], text)
    return renamed.replace('test "a"', f'test "{number}"', 1)


def seeds() -> tuple[str, ...]:
    """A declaration or a few each, to stand beside the model with `MORE`."""
    experiments = EXPERIMENTS.replace("ORIGINS", _days(41)).replace("LOOKS", _days(21)).strip().splitlines()
    large = (
        f"segment s of account {{ when {' or '.join(['paying'] * 2_001)} }}\n",
        f"metric m of account = 1{' + 1' * 2_000}\n",
        f"score s of account {{ {' '.join(f'part p{n} weight 1 = 1' for n in range(51))} missing parts: unknown }}\n",
        "".join(f"metric m{n} of account = {f'm{n + 1}' if n < 120 else 'seats'}\n" for n in range(121)),
        "".join(f"metric m{n} of account = every day for 400 days (seats > {n})\n" for n in range(20)),
    )
    return (
        *(f"metric seed_{n} of account = {e}\n" for n, e in enumerate(EXPRESSIONS.strip().splitlines())),
        *(f"{_under_names_of_its_own(d.strip(), n)}\n" for n, d in enumerate((*DECLARATIONS.split("\n\n"), *large))),
        *(f"experiment seed_{n} {{ {e} }}\n" for n, e in enumerate(experiments)),
    )
