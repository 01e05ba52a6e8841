// What Apollo's normalised cache knows after a row was changed, and after a page more: apollo.js URL TOKEN
import { connect } from "./apollo.js";
import { AgainDocument, LikeDocument, NewestDocument } from "./generated.js";

declare const process: { argv: [string, string, string, string, string] };
const [, , url, token, threadId] = process.argv;
let sent = 0;
const client = connect(url, token, {
  fetch: (...request: Parameters<typeof fetch>) => (sent++, fetch(...request)),
});
const threads = async () => {
  const { data } = await client.query({ query: NewestDocument });
  return data!.threads.edges.map((edge) => edge.node);
};

const [first] = await threads();
const before = { likes: first!.likeCount, sent };
const { data } = await client.mutate({ mutation: LikeDocument, variables: { input: { threadId } } });
const [after] = await threads();
const known = sent;
const again = await client.query({
  query: AgainDocument,
  variables: { nodeId: first!.nodeId },
  fetchPolicy: "network-only",
});
const watched = client.watchQuery({ query: NewestDocument });
watched.subscribe({});
const page = watched.getCurrentResult().data!.threads!.pageInfo!;
await watched.fetchMore({ variables: { after: page.endCursor } });
const bodies = (await threads()).map((thread) => thread.body);
console.log(
  JSON.stringify({
    before,
    told: data!.likeThread.thread!.likeCount,
    after: { likes: after!.likeCount, sent: known },
    again: again.data!.node!.nodeId === first!.nodeId,
    rows: bodies.length,
    different: new Set(bodies).size,
    keys: Object.keys(client.cache.extract() as object).filter((key) => key === first!.nodeId).length,
  }),
);
