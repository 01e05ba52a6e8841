// What graphql-js makes of schemas: for each folder that is named, NAME/introspection.json beside NAME/ours.graphql.
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import * as g from "graphql";

const paged = (field) =>
  "pageInfo" in (g.getNamedType(field.type).getFields?.() ?? {}) &&
  field.args.some((argument) => argument.name === "first") &&
  !field.args.some(g.isRequiredArgument);

const value = (type) =>
  Object.values(type.getFields()).find(
    (field) => g.isLeafType(g.getNamedType(field.type)) && !field.args.some(g.isRequiredArgument),
  ).name;

const node = (field) => {
  const edge = g.getNamedType(g.getNamedType(field.type).getFields().edges.type);
  return g.getNamedType(edge.getFields().node.type);
};

/** Pages of all that can be paged, and each type of rows fetched again by its id, as Relay's compiler reads them. */
function relay(schema) {
  const tags = [];
  const page = (field) =>
    `${field.name}(first: $first, after: $after) @connection(key: "all_${field.name}") ` +
    `{ edges { node { ${value(node(field))} } } }`;
  const add = (type, selection) => {
    const name = `all_${tags.length}`;
    const given = selection.includes("$") ? '@argumentDefinitions(first: { type: "Int" }, after: { type: "String" })' : "";
    const head = `fragment ${name} on ${type.name} ${given} @refetchable(queryName: "${name}Query")`;
    tags.push(`graphql\`${head} { ${selection} }\`;`);
  };
  const query = schema.getQueryType();
  const types = [query, ...schema.getPossibleTypes(schema.getType("Node"))];
  for (const type of types) {
    if (type !== query) add(type, value(type));
    Object.values(type.getFields())
      .filter(paged)
      .forEach((field) => add(type, page(field)));
  }
  return ['import { graphql } from "relay-runtime";', ...tags].join("\n");
}

for (const folder of argv.slice(2)) {
  const ours = readFileSync(`${folder}/ours.graphql`, "utf8");
  const schema = g.buildClientSchema(JSON.parse(readFileSync(`${folder}/introspection.json`, "utf8")));
  const sorted = (it) => g.printSchema(g.lexicographicSortSchema(it));
  writeFileSync(`${folder}/schema.graphql`, g.printSchema(schema));
  writeFileSync(`${folder}/src/all.ts`, relay(schema));
  console.log(
    JSON.stringify({
      folder,
      errors: g.validateSchema(schema).map(String),
      same: sorted(schema) === sorted(g.buildSchema(ours)),
      query: g.getIntrospectionQuery({
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    }),
  );
}
