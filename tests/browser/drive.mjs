// Opens GraphiQL as a person would: node drive.mjs BASE_URL SCREENSHOT TOKEN
import { HEADERS, shows, text, type, visit } from "./chromium.mjs";

const [base, screenshot, token] = process.argv.slice(2);

await visit(base, screenshot, async (page, seen) => {
  seen.query = await text(page, ".graphiql-query-editor .view-lines");

  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.locator(".graphiql-doc-explorer").getByText("Query", { exact: true }).first().click();
  await page.locator(".graphiql-doc-explorer-item").first().waitFor();
  seen.docs = await text(page, ".graphiql-doc-explorer");

  await page.locator(".graphiql-editor-tools").getByRole("button", { name: "Headers" }).click();
  await type(page, HEADERS, JSON.stringify({ Authorization: `Bearer ${token}` }));
  await page.getByRole("button", { name: /Execute query/ }).click();
  await shows(page, ".graphiql-response .view-lines", '"data"');
  seen.answer = await text(page, ".graphiql-response .view-lines");

  // The headers are debounced on their way into the browser's storage.
  await page.waitForFunction((token) => Object.values(localStorage).some((value) => value.includes(token)), token);
  await page.reload();
  await shows(page, `${HEADERS} .view-lines`, "Bearer");
  seen.kept = true;
});
