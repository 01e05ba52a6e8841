// Runs graphql-http's audits against an endpoint and prints one line of JSON an audit: node audit.mjs URL
import { auditServer } from "graphql-http";

for (const result of await auditServer({ url: process.argv[2] })) {
  const { id, name, status, reason } = result;
  console.log(JSON.stringify({ id, name, status, reason }));
}
