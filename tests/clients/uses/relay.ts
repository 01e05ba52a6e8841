// What Relay's store knows after rows were changed, added and deleted: relay.js URL TOKEN THREAD
import relay from "relay-runtime";
import type { GraphQLTaggedNode, MutationParameters } from "relay-runtime";
import remove from "./__generated__/feedDeleteMutation.graphql.js";
import like from "./__generated__/feedLikeMutation.graphql.js";
import pageQuery from "./__generated__/feedPageQuery.graphql.js";
import query from "./__generated__/feedQuery.graphql.js";
import threadQuery from "./__generated__/feedThreadQuery.graphql.js";
import write from "./__generated__/feedWriteMutation.graphql.js";
import { connect } from "./environment.js";

declare const process: { argv: [string, string, string, string, string] };
const [, , url, token, threadId] = process.argv;
const environment = connect(url, token);
const ask = (it: GraphQLTaggedNode, variables: object) =>
  relay.fetchQuery(environment, it, variables as never).toPromise();
const change = (mutation: GraphQLTaggedNode, variables: Record<string, unknown>) =>
  new Promise<any>((done, fail) =>
    relay.commitMutation<MutationParameters>(environment, {
      mutation,
      variables,
      onCompleted: (data, errors) => (errors ? fail(errors) : done(data)),
      onError: fail,
    }),
  );
const root = () => environment.getStore().getSource().get("client:root") as any;
const record = (id: string) => environment.getStore().getSource().get(id) as any;
const connection = () => Object.values(root()).find((it: any) => it?.__ref?.includes("__feed_threads")) as any;
const ids = () => record(connection().__ref).edges.__refs.map((edge: string) => record(edge).node.__ref);

const asked = relay.createOperationDescriptor(relay.getRequest(query), {});
environment.retain(asked);
await ask(query, {});
const first = ids()[0];
const before = { rows: ids().length, likes: record(first).likeCount };
await change(like, { input: { threadId } });
const liked = record(first).likeCount;
await ask(pageQuery, { first: 5, after: record(record(connection().__ref).pageInfo.__ref).endCursor });
const paged = ids();
const { createThread } = await change(write, {
  input: { body: "By Relay" },
  connections: [connection().__ref],
});
const written = ids()[0];
await ask(threadQuery, { nodeId: written });
const body = record(written).body;
await change(remove, { input: { threadId: JSON.parse(atob(written))[1] }, connections: [connection().__ref] });
console.log(
  JSON.stringify({
    before,
    liked,
    paged: [paged.length, new Set(paged).size],
    written: [body, createThread !== null],
    left: ids().includes(written),
  }),
);
