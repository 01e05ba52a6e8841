// What urql's normalised cache knows after a row was changed: urql.js URL TOKEN
import { AgainDocument, LikeDocument, NewestDocument } from "./generated.js";
import { connect } from "./urql.js";

declare const process: { argv: [string, string, string, string, string] };
const [, , url, token, threadId] = process.argv;
let sent = 0;
const client = connect(url, token, {
  fetch: (...request: Parameters<typeof fetch>) => (sent++, fetch(...request)),
});
const threads = async () => {
  const answer = await client.query(NewestDocument, {}).toPromise();
  if (answer.error) throw answer.error;
  return answer.data!.threads.edges.map((edge) => edge.node);
};

const [first] = await threads();
const before = { likes: first!.likeCount, sent };
const { data } = await client.mutation(LikeDocument, { input: { threadId } }).toPromise();
const [after] = await threads();
const again = await client
  .query(AgainDocument, { nodeId: first!.nodeId }, { requestPolicy: "network-only" })
  .toPromise();
const row = again.data!.node!;
console.log(
  JSON.stringify({
    before,
    told: data!.likeThread.thread!.likeCount,
    after: { likes: after!.likeCount, sent: sent - 1 },
    again: row.nodeId === first!.nodeId,
  }),
);
