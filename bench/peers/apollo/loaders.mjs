// One DataLoader a request for each thing that an include left out, so that no operation is N+1.
import DataLoader from "dataloader";
import { visibleTo } from "./include.mjs";

export function makeLoaders(prisma, viewer) {
  const visible = visibleTo(viewer);
  const count = (rows, key, ids) => {
    const counts = new Map(rows.map((row) => [row[key], row._count._all]));
    return ids.map((id) => counts.get(id) ?? 0);
  };
  const replies = new Map(); // by page size
  return {
    user: new DataLoader(async (ids) => {
      const rows = await prisma.user.findMany({ where: { id: { in: ids } } });
      const users = new Map(rows.map((user) => [user.id, user]));
      return ids.map((id) => users.get(id) ?? null);
    }),
    likeCount: new DataLoader(async (ids) => {
      const where = { threadId: { in: ids } };
      return count(await prisma.like.groupBy({ by: ["threadId"], where, _count: { _all: true } }), "threadId", ids);
    }),
    replyCount: new DataLoader(async (ids) => {
      const where = { parentId: { in: ids }, ...visible };
      return count(await prisma.thread.groupBy({ by: ["parentId"], where, _count: { _all: true } }), "parentId", ids);
    }),
    viewerHasLiked: new DataLoader(async (ids) => {
      if (viewer === null) return ids.map(() => false);
      const where = { userId: viewer, threadId: { in: ids } };
      const rows = await prisma.like.findMany({ where, select: { threadId: true } });
      const liked = new Set(rows.map((row) => row.threadId));
      return ids.map((id) => liked.has(id));
    }),
    replies(first) {
      if (!replies.has(first)) {
        const loader = new DataLoader(async (ids) => {
          const rows = await prisma.thread.findMany({
            relationLoadStrategy: "join",
            where: { id: { in: ids } },
            select: {
              id: true,
              replies: { where: visible, orderBy: { id: "asc" }, take: first, include: { author: true } },
            },
          });
          const byParent = new Map(rows.map((thread) => [thread.id, thread.replies]));
          return ids.map((id) => byParent.get(id) ?? []);
        });
        replies.set(first, loader);
      }
      return replies.get(first);
    },
  };
}
