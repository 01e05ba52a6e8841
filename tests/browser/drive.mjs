// Opens GraphiQL as a person would and prints what was seen as JSON: node drive.mjs BASE_URL TOKEN SCREENSHOT
// BROWSER names an installed Chromium; without it the one of @sparticuz/chromium is unpacked below TMPDIR.
import { chromium } from "playwright-core";

const [base, token, screenshot] = process.argv.slice(2);
const origin = new URL(base).origin;

async function executable() {
  if (process.env.BROWSER) return process.env.BROWSER;
  // The package brings the shared libraries that a small machine lacks, and sets them up when it believes to run where they always lack.
  process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x";
  const { default: packed } = await import("@sparticuz/chromium");
  packed.setGraphicsMode = false;
  return packed.executablePath();
}

const seen = { problems: [], elsewhere: [] };
const browser = await chromium.launch({
  executablePath: await executable(),
  args: ["--no-sandbox", "--no-zygote", "--disable-gpu", "--disable-dev-shm-usage"],
});
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
page.setDefaultTimeout(20_000);
try {
  page.on("console", (message) => message.type() === "error" && seen.problems.push(message.text()));
  page.on("pageerror", (error) => seen.problems.push(String(error)));
  page.on("request", (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol.startsWith("http") && asked !== origin) seen.elsewhere.push(request.url());
  });

  // Monaco draws spaces as no-break spaces.
  const text = async (selector) => (await page.locator(selector).first().innerText()).replaceAll("\u00a0", " ");
  const shows = (selector, wanted) =>
    page.waitForFunction(
      ([selector, wanted]) =>
        document.querySelector(selector)?.innerText.replaceAll("\u00a0", " ").includes(wanted),
      [selector, wanted],
    );

  await page.goto(`${base}/graphiql`);
  await shows(".graphiql-query-editor .view-lines", "{");
  seen.query = await text(".graphiql-query-editor .view-lines");

  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.locator(".graphiql-doc-explorer").getByText("Query", { exact: true }).first().click();
  await page.locator(".graphiql-doc-explorer-item").first().waitFor();
  seen.docs = await text(".graphiql-doc-explorer");

  await page.locator(".graphiql-editor-tools").getByRole("button", { name: "Headers" }).click();
  await page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines").first().click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(JSON.stringify({ Authorization: `Bearer ${token}` }));
  // What the editor closed on its own is closed twice.
  await page.keyboard.press("ControlOrMeta+Shift+End");
  await page.keyboard.press("Delete");
  await page.getByRole("button", { name: /Execute query/ }).click();
  await shows(".graphiql-response .view-lines", '"data"');
  seen.answer = await text(".graphiql-response .view-lines");
  await page.screenshot({ path: screenshot });

  // The headers are debounced on their way into the browser's storage.
  await page.waitForFunction((token) => Object.values(localStorage).some((value) => value.includes(token)), token);
  await page.reload();
  await shows(".graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines", "Bearer");
  seen.kept = true;

} catch (error) {
  seen.problems.push(String(error));
  await page.screenshot({ path: screenshot });
} finally {
  console.log(JSON.stringify(seen));
  await browser.close();
}
