// What PostGraphile's production pages advise: the amber preset with simplify-inflection, no GraphiQL, no watch mode,
// planning and execution timeouts, and the verified claims handed to Postgres as pgSettings.
import jwt from "jsonwebtoken";
import pg from "pg";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { pgSmartTags } from "postgraphile/utils";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";

const { PORT, DATABASE_URL, JWT_SECRET, POOL } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL) });
const report = (error) => console.error(error.message);
pool.on("error", report);
pool.on("connect", (client) => client.on("error", report));

function settingsFor(authorization) {
  if (!authorization?.startsWith("Bearer ")) return { role: "bench_anon" };
  try {
    const claims = jwt.verify(authorization.slice(7), JWT_SECRET, { algorithms: ["HS256"] });
    return { role: "bench_user", "request.jwt.claims": JSON.stringify(claims) };
  } catch {
    return { role: "bench_anon" };
  }
}

// The table's insert and the function app.create_thread both want the name createThread: leave it to the function.
const noTableInsert = pgSmartTags({ kind: "class", match: "app.threads", tags: { behavior: "-insert" } });

export default {
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
  plugins: [noTableInsert],
  pgServices: [makePgService({ pool, schemas: ["app"] })],
  gather: { installWatchFixtures: false },
  grafast: {
    explain: false,
    timeouts: { planning: 500, execution: 30_000 },
    context: (request) => ({ pgSettings: settingsFor(request.node?.req?.headers.authorization) }),
  },
  grafserv: {
    host: "127.0.0.1",
    port: Number(PORT),
    graphqlPath: "/graphql",
    graphiql: false,
    graphiqlOnGraphQLGET: false,
    watch: false,
    websockets: false,
  },
};
