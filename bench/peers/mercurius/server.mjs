// Fastify and Mercurius with JIT, written by hand for exactly the benchmark's operations: the practical limit of Node.
// Each root field runs one prepared statement whose JSON Postgres builds; page sizes are fixed and nothing looks at the
// selection. It connects as the owner, so row-level security does not apply: the rule is part of each statement.
import Fastify from "fastify";
import { createVerifier } from "fast-jwt";
import mercurius from "mercurius";
import pg from "pg";

const { PORT, DATABASE_URL, JWT_SECRET, POOL } = process.env;
const verify = createVerifier({ key: JWT_SECRET, algorithms: ["HS256"] });
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL) });
pool.on("error", (error) => console.error(error.message));

const schema = `
  type Query {
    thread(id: ID!): Thread
    feed: [FeedThread!]!
    user(username: String!, rootsOnly: Boolean = false): UserPage
  }
  type Mutation { createThread(body: String!, parentId: ID): Thread! }
  type User { username: String! displayName: String! }
  type Thread { id: ID! body: String! createdAt: String! author: User! }
  type FeedThread {
    id: ID! body: String! createdAt: String! author: User!
    likeCount: Int! viewerHasLiked: Boolean! replyCount: Int!
  }
  type UserPage { displayName: String! threads: [UserThread!]! }
  type UserThread { body: String! likeCount: Int! replies: [Reply!]! }
  type Reply { body: String! author: User! }
`;

const author = "json_build_object('username', a.username, 'displayName', a.display_name)";
const thread = `'id', t.id::text, 'body', t.body, 'createdAt', t.created_at, 'author', ${author}`;
const likes = "(select count(*) from app.likes l where l.thread_id = t.id)";

const point = {
  name: "point",
  text: `select json_build_object(${thread}) as j
    from app.threads t join app.users a on a.id = t.author_id
    where t.id = $1 and (not t.is_private or t.author_id = $2)`,
};
const feed = {
  name: "feed",
  text: `select json_agg(json_build_object(${thread},
      'likeCount', ${likes},
      'viewerHasLiked', exists (select 1 from app.likes l where l.thread_id = t.id and l.user_id = $1),
      'replyCount', (select count(*) from app.threads r
        where r.parent_id = t.id and (not r.is_private or r.author_id = $1))) order by t.id desc) as j
    from (select * from app.threads where parent_id is null and (not is_private or author_id = $1)
      order by id desc limit 20) t
    join app.users a on a.id = t.author_id`,
};
const create = {
  name: "create",
  text: `with t as (insert into app.threads (author_id, body, parent_id) values ($1, $2, $3) returning *)
    select json_build_object(${thread}) as j from t join app.users a on a.id = t.author_id`,
};
const userPage = (name, condition) => ({
  name,
  text: `select json_build_object('displayName', u.display_name, 'threads', coalesce((
      select json_agg(json_build_object('body', t.body, 'likeCount', ${likes},
        'replies', coalesce((
          select json_agg(json_build_object('body', r.body, 'author', ${author}) order by r.id)
          from (select * from app.threads where parent_id = t.id and (not is_private or author_id = $2)
            order by id limit 5) r
          join app.users a on a.id = r.author_id), '[]')) order by t.id desc)
      from (select * from app.threads where author_id = u.id ${condition} and (not is_private or author_id = $2)
        order by id desc limit 10) t), '[]')) as j
    from app.users u where u.username = $1`,
});
const nested = userPage("nested", "");
const nestedRoots = userPage("nested_roots", "and parent_id is null");

const run = async (statement, values) => (await pool.query({ ...statement, values })).rows[0]?.j ?? null;

const resolvers = {
  Query: {
    thread: (_, { id }, { viewer }) => run(point, [id, viewer]),
    feed: async (_, __, { viewer }) => (await run(feed, [viewer])) ?? [],
    user: (_, { username, rootsOnly }, { viewer }) => run(rootsOnly ? nestedRoots : nested, [username, viewer]),
  },
  Mutation: {
    createThread: (_, { body, parentId }, { viewer }) => {
      if (viewer === null) throw new mercurius.ErrorWithProps("Sign in first", { code: "UNAUTHENTICATED" });
      return run(create, [viewer, body, parentId ?? null]);
    },
  },
};

function viewerOf(authorization) {
  if (!authorization?.startsWith("Bearer ")) return null;
  try {
    return verify(authorization.slice(7)).user_id ?? null;
  } catch {
    return null;
  }
}

const app = Fastify({ logger: false });
app.register(mercurius, {
  schema,
  resolvers,
  jit: 1,
  graphiql: false,
  context: (request) => ({ viewer: viewerOf(request.headers.authorization) }),
});
await app.listen({ port: Number(PORT), host: "127.0.0.1" });
