// Turns the selection below a field into one Prisma include, so that a root field is one statement.
import { getArgumentValues, Kind } from "graphql";

const maxPage = 100;
export const page = (first) => Math.min(Math.max(first, 0), maxPage);

// Every public thread, and the viewer's own private ones.
export const visibleTo = (viewer) =>
  viewer === null ? { isPrivate: false } : { OR: [{ isPrivate: false }, { authorId: viewer }] };

// The fields selected under some field nodes, fragments included: name -> its nodes.
export function selected(nodes, info, fields = new Map()) {
  for (const node of nodes) {
    for (const selection of node.selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        fields.set(name, [...(fields.get(name) ?? []), selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        selected([selection], info, fields);
      } else {
        selected([info.fragments[selection.name.value]], info, fields);
      }
    }
  }
  return fields;
}

// A relation with arguments can be included only when it is selected once: two aliases may differ in them.
export function onlyArguments(type, name, nodes, info) {
  if (nodes?.length !== 1) return null;
  return getArgumentValues(info.schema.getType(type).getFields()[name], nodes[0], info.variableValues);
}

export function threadInclude(nodes, viewer, info) {
  const fields = selected(nodes, info);
  const include = {};
  if (fields.has("author")) include.author = true;
  if (fields.has("likeCount") || fields.has("replyCount")) {
    include._count = { select: {} };
    if (fields.has("likeCount")) include._count.select.likes = true;
    if (fields.has("replyCount")) include._count.select.replies = { where: visibleTo(viewer) };
  }
  if (fields.has("viewerHasLiked") && viewer !== null) {
    include.likes = { where: { userId: viewer }, select: { userId: true }, take: 1 };
  }
  const args = onlyArguments("Thread", "replies", fields.get("replies"), info);
  if (args) {
    include.replies = {
      where: visibleTo(viewer),
      orderBy: { id: "asc" },
      take: page(args.first),
      include: threadInclude(fields.get("replies"), viewer, info),
    };
  }
  return include;
}

export const threadPage = ({ first, rootsOnly }, nodes, viewer, info) => ({
  where: { ...(rootsOnly ? { parentId: null } : {}), ...visibleTo(viewer) },
  orderBy: { id: "desc" },
  take: page(first),
  include: threadInclude(nodes, viewer, info),
});
