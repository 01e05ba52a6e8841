// The GraphiQL page. The server says in the #options element where the endpoint is and what to show first.
import "./workers.js";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { createRoot } from "react-dom/client";
import "./page.css";

const options = JSON.parse(document.getElementById("options").textContent);
const fetcher = createGraphiQLFetcher({ url: new URL(options.endpoint, document.baseURI).href, fetch: ask });

// A token that ran out since the last visit must not leave the page without its docs: they are then asked for without it.
async function ask(url, request) {
  const response = await fetch(url, request);
  if (response.status !== 401 || !request.body.includes('"IntrospectionQuery"')) return response;
  const { Authorization, authorization, ...headers } = request.headers;
  return Authorization ?? authorization ? fetch(url, { ...request, headers }) : response;
}

// Nothing is sent of a comment, so the example asks for no token before there is one.
const headers = `{
  // "Authorization": "Bearer <accessToken>"
}`;

createRoot(document.getElementById("page")).render(
  <GraphiQL
    fetcher={fetcher}
    defaultQuery={options.query}
    defaultHeaders={headers}
    defaultEditorToolsVisibility="headers"
    shouldPersistHeaders
    inputValueDeprecation
    schemaDescription
  />,
);
