-- accounts
insert into threads.accounts (user_id)
select u.id
  from threads.users as u;
