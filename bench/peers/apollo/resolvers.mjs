// Resolvers: an include where the selection allows one, else a DataLoader; authorisation is their job in this stack.
import { GraphQLError, GraphQLScalarType, Kind } from "graphql";
import { onlyArguments, page, selected, threadInclude, threadPage, visibleTo } from "./include.mjs";

function toId(value) {
  if (!/^\d{1,18}$/.test(value)) throw new GraphQLError("Not an id", { extensions: { code: "BAD_USER_INPUT" } });
  return BigInt(value);
}

const relationLoadStrategy = "join";

export const makeResolvers = (prisma) => ({
  DateTime: new GraphQLScalarType({
    name: "DateTime",
    serialize: (value) => new Date(value).toISOString(),
    parseValue: (value) => new Date(value),
    parseLiteral: (node) => (node.kind === Kind.STRING ? new Date(node.value) : null),
  }),
  Query: {
    thread: (_, { id }, { viewer }, info) =>
      prisma.thread.findFirst({
        relationLoadStrategy,
        where: { id: toId(id), ...visibleTo(viewer) },
        include: threadInclude(info.fieldNodes, viewer, info),
      }),
    feed: (_, { first }, { viewer }, info) =>
      prisma.thread.findMany({
        relationLoadStrategy,
        ...threadPage({ first, rootsOnly: true }, info.fieldNodes, viewer, info),
      }),
    user: (_, { username }, { viewer }, info) => {
      const nodes = selected(info.fieldNodes, info).get("threads");
      const args = onlyArguments("User", "threads", nodes, info);
      return prisma.user.findUnique({
        relationLoadStrategy,
        where: { username },
        include: args ? { threads: threadPage(args, nodes, viewer, info) } : {},
      });
    },
  },
  Mutation: {
    createThread: (_, { body, parentId }, { viewer }) => {
      if (viewer === null) throw new GraphQLError("Sign in first", { extensions: { code: "UNAUTHENTICATED" } });
      return prisma.thread.create({ data: { authorId: viewer, body, parentId: parentId && toId(parentId) } });
    },
  },
  User: {
    id: (user) => String(user.id),
    threads: (user, args, { viewer }, info) => {
      if (user.threads) return user.threads;
      const { where, ...rest } = threadPage(args, info.fieldNodes, viewer, info);
      return prisma.thread.findMany({ relationLoadStrategy, where: { authorId: user.id, AND: where }, ...rest });
    },
  },
  Thread: {
    id: (thread) => String(thread.id),
    author: (thread, _, { loaders }) => thread.author ?? loaders.user.load(thread.authorId),
    likeCount: (thread, _, { loaders }) => thread._count?.likes ?? loaders.likeCount.load(thread.id),
    replyCount: (thread, _, { loaders }) => thread._count?.replies ?? loaders.replyCount.load(thread.id),
    viewerHasLiked: (thread, _, { loaders }) =>
      thread.likes ? thread.likes.length > 0 : loaders.viewerHasLiked.load(thread.id),
    replies: (thread, { first }, { loaders }) => thread.replies ?? loaders.replies(page(first)).load(thread.id),
  },
});
