-- threads, batch by batch of threads
with words as materialized (
  select string_to_array(
    'the and a to of it is in that was for on you with as not but at this they be have from or one had by word what all '
    'were we when your can said there use an each which she do how their if will up other about out many then them '
    'these so some her would make like him into time has look two more write go see number no way could people my than '
    'first water been call who its now find long down day did get come made may part garden bread train harbour engine '
    'violin winter spring summer autumn kitchen window letter river mountain camera bicycle library teacher student '
    'doctor nurse baker sailor painter index query table column vacuum planner cursor ledger compiler parser kernel '
    'memory network packet router switch signal antenna radio valve piston gearbox chess opening endgame knight bishop '
    'castle novel poem chapter verse chorus melody rhythm harmony tempo lighthouse anchor rudder compass tide current '
    'storm thunder rainbow sunrise sunset midnight dawn dusk orchard apple cherry walnut almond pepper saffron cumin '
    'basil thyme rosemary lavender tulip daisy orchid cactus heron kingfisher sparrow falcon owl badger otter hedgehog '
    'marathon sprint hurdle javelin goalkeeper referee stadium museum gallery sculpture mosaic fresco etching lantern '
    'candle copper bronze silver quartz granite marble slate lichen fossil glacier canyon delta estuary lagoon peninsula '
    'archipelago isthmus meridian equator latitude zenith nadir parallax nebula quasar pulsar comet meteor eclipse',
    ' '
  ) as list
),
wanted as materialized (
  select
    n as id,
    1 + floor(power(random(), 2) * current_setting('town.people')::bigint)::bigint as author_id,
    case
      when current_setting('town.first')::bigint = 1 or random() > 0.55 then null
      -- Some threads are answered by very many.
      when random() < 0.1 then 1 + 1000 * floor(random() * ((current_setting('town.first')::bigint - 1) / 1000.0))::bigint
      else current_setting('town.first')::bigint - 1
        - floor(power(random(), 2) * least(current_setting('town.first')::bigint - 1, 30000))::bigint
    end as parent_id,
    case
      when current_setting('town.first')::bigint > 1 and random() < 0.03
        then 1 + floor(random() * (current_setting('town.first')::bigint - 1))::bigint
    end as quoted_id,
    5 + floor(random() * 16)::integer as length,
    random() < 0.2 as tagged
    from generate_series(current_setting('town.first')::bigint, current_setting('town.last')::bigint) as n
)
insert into threads.threads (id, author_id, parent_id, root_id, quoted_id, has_media, body, created_at, ranked_at)
overriding system value
select
  w.id,
  w.author_id,
  p.id,
  coalesce(p.root_id, p.id),
  w.quoted_id,
  w.id % 12 = 5,
  case when w.id % 10 = 3 then '@person_' || m.id || ' ' else '' end || b.body
    || case when w.tagged then ' #' || t.tag else '' end,
  a.moment,
  a.moment
  from wanted as w
  left join threads.threads as p on p.id = w.parent_id
 cross join lateral (
         select string_agg(x.list[1 + floor(power(random(), 2) * array_length(x.list, 1))::integer], ' ') as body
           from words as x
          cross join generate_series(1, w.length)
       ) as b
 cross join lateral (
         select x.list[80 + floor(power(random(), 2) * (array_length(x.list, 1) - 80))::integer] as tag
           from words as x
          where w.id > 0
       ) as t
 cross join lateral (
         select 1 + floor(power(random(), 2) * current_setting('town.people')::bigint)::bigint as id
          where w.id > 0
       ) as m
 cross join lateral (
         select timestamptz '2025-01-01 00:00+00'
           + w.id * (interval '365 days' / current_setting('town.threads')::bigint) as moment
       ) as a;
