// Apollo Server 5 on Express 5 with Prisma 7 (driver adapter, relation joins): the stack that Gatepost is to replace.
// It connects as the owner, so row-level security does not apply.
import { createServer } from "node:http";
import { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import { PrismaPg } from "@prisma/adapter-pg";
import express from "express";
import jwt from "jsonwebtoken";
import { PrismaClient } from "./generated/client.ts";
import { makeLoaders } from "./loaders.mjs";
import { makeResolvers } from "./resolvers.mjs";
import { typeDefs } from "./schema.mjs";

const { PORT, DATABASE_URL, JWT_SECRET, POOL } = process.env;

// The adapter prepares a statement only when it is given a name; a bounded number of texts get one.
const names = new Map();
function statementNameGenerator({ sql }) {
  if (!names.has(sql) && names.size < 300) names.set(sql, `s${names.size}`);
  return names.get(sql);
}

const adapter = new PrismaPg({ connectionString: DATABASE_URL, max: Number(POOL) }, { statementNameGenerator });
const prisma = new PrismaClient({ adapter });

function viewerOf(authorization) {
  if (!authorization?.startsWith("Bearer ")) return null;
  try {
    return BigInt(jwt.verify(authorization.slice(7), JWT_SECRET, { algorithms: ["HS256"] }).user_id);
  } catch {
    return null;
  }
}

const apollo = new ApolloServer({
  typeDefs,
  resolvers: makeResolvers(prisma),
  introspection: false,
  includeStacktraceInErrorResponses: false,
});
await apollo.start();
await prisma.$connect();

const context = async ({ req }) => {
  const viewer = viewerOf(req.headers.authorization);
  return { viewer, loaders: makeLoaders(prisma, viewer) };
};
const app = express();
app.disable("x-powered-by");
app.set("etag", false);
app.use("/graphql", express.json(), expressMiddleware(apollo, { context }));
createServer(app).listen(Number(PORT), "127.0.0.1");
