-- hashtags
insert into threads.hashtags (name)
select distinct substring(t.body from '#([a-z]+)$')
  from threads.threads as t
 where t.body ~ '#[a-z]+$';
