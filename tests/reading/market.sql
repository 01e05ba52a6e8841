-- A market: values of the types that have operators of their own, and sales to be counted, summed and grouped.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'shop_gateway') then
        create role shop_anonymous nologin;
        create role shop_member nologin;
        create role shop_gateway login noinherit;
        grant shop_anonymous, shop_member to shop_gateway;
    end if;
end
$$;

create schema market;
create schema extensions;
create extension ltree schema extensions;
create extension citext schema extensions;
grant usage on schema market, extensions to shop_anonymous, shop_member;

create type market.size as (width integer, unit text);
create table market.articles (
    id       integer primary key,
    title    text not null,
    search   tsvector generated always as (to_tsvector('english', title)) stored,
    data     jsonb,
    raw      json,
    tags     text[],
    sizes    integer[],
    path     extensions.ltree,
    address  inet,
    network  cidr,
    label    extensions.citext,
    span     daterange,
    spans    int4multirange,
    hosts    inet[],
    boxes    market.size[]
);
grant select on market.articles to shop_anonymous, shop_member;
insert into market.articles (id, title, data, raw, tags, sizes, path, address, network, label, span, spans, hosts, boxes)
values
    (1, 'A brown fox jumps over dogs', '{"a": 1, "b": {"c": [1, 2]}}', '1', '{red,blue}', '{1,2,3}', 'top.animals.fox',
     '10.0.0.5', '10.0.0.0/8', 'Fox', '[2024-01-01,2024-02-01)', '{[1,3),[7,9)}',
     '{10.1.1.1,::1}', '{"(3,cm)","(1,m)"}'),
    (2, 'Dogs and more dogs, and a fox', '{"a": 2, "tags": ["x", "y"]}', null, '{blue}', '{}', 'top.animals',
     '10.1.0.0/16', '192.168.0.0/24', 'DOGS', '[2024-02-01,2024-03-01)', '{[4,5)}', '{::1}', '{"(1,m)"}'),
    (3, 'Bread', '["a", "q"]', '{}', '{}', '{3,null}', 'top.food.bread', '::1', '::/0', 'bread', 'empty', '{}', '{}', '{}'),
    (4, 'Nothing', null, null, null, null, null, null, null, null, null, null, null, null);

create table market.sellers (
    id   integer primary key,
    name text not null
);
create table market.sales (
    id        integer primary key,
    seller_id integer references market.sellers,
    sold_at   timestamptz,
    day       date,
    quantity  integer not null,
    stock     bigint,
    price     numeric(10, 2),
    weight    double precision,
    lasted    interval,
    paid      boolean,
    label     extensions.citext,
    the_first_of_two_columns_whose_names_are_as_long_as_name_can_be integer default 1,
    the_first_of_two_columns_whose_names_are_as_long_as_name_can_bf integer default 2,
    key       uuid,
    secret    integer,
    note      text,
    hidden    boolean not null default false
);
alter table market.sales enable row level security;
create policy sales_read on market.sales for select to shop_anonymous using (not hidden);
create policy sales_read_all on market.sales for select to shop_member using (true);
grant select on market.sellers to shop_anonymous, shop_member;
grant select (id, seller_id, sold_at, day, quantity, stock, price, weight, lasted, paid, label, key, note,
    the_first_of_two_columns_whose_names_are_as_long_as_name_can_be,
    the_first_of_two_columns_whose_names_are_as_long_as_name_can_bf)
    on market.sales to shop_anonymous;
grant select on market.sales to shop_member;
create index on market.sales (seller_id);

insert into market.sellers values (1, 'Ada'), (2, 'Bob'), (3, 'Cyd');
insert into market.sales
    (id, seller_id, sold_at, day, quantity, stock, price, weight, lasted, paid, label, key, secret, note, hidden) values
    (1, 1, '2024-01-31 23:30+00', '2024-01-31', 1, 9223372036854775807, 10.10, 0.5, '1 hour', true, 'a',
     '00000000-0000-0000-0000-000000000002', 7, 'one', false),
    (2, 1, '2024-02-01 00:10+00', '2024-02-01', 2, 1, 0.20, 1.5, '2 hours', false, 'A',
     '00000000-0000-0000-0000-000000000001', 7, 'two', false),
    (3, 2, '2024-02-01 12:00+00', '2024-02-01', 3, null, 5.00, null, null, true, 'B', null, 7, 'two', false),
    (4, 2, '2024-02-15 12:00+00', '2024-02-15', 3, 2, null, 4, '30 minutes', null, null, null, 7, null, false),
    (5, null, null, null, 5, 3, 1.00, 2, null, true, 'c', null, 7, 'one', false),
    (6, 2, '2024-03-01 12:00+00', '2024-03-01', 100, 4, 1000.00, 8, '1 day', false, 'd', null, 7, 'hid', true);

create table market.logs (
    id        integer primary key,
    seller_id integer references market.sellers,
    line      text,
    level     integer
);
comment on table market.logs is '@omit all,filter';
comment on column market.logs.line is '@omit order';
comment on column market.logs.level is '@omit filter,order';
grant select on market.logs to shop_anonymous;
insert into market.logs values (1, 1, 'b', 2), (2, 1, 'a', 1);

create table market.places (id integer primary key);
create table market.stalls (
    seller_id integer references market.sellers,
    place_id  integer references market.places,
    first_of_two_columns_of_a_junction_table_with_the_longest_names_ integer,
    primary key (seller_id, place_id)
);
comment on constraint stalls_place_id_fkey on market.stalls is '@manyToManyFieldName markets';
grant select on market.places, market.stalls to shop_anonymous;
insert into market.places values (1);
insert into market.stalls values (1, 1, 7);

create function market.sellers_sold(s market.sellers) returns setof bigint
language sql stable rows 1
begin atomic
    select sum(sales.quantity) from market.sales where sales.seller_id = (s).id;
end;
