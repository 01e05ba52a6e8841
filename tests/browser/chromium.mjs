// A headless Chromium, and a page of it that notes what goes wrong and what is asked of elsewhere.
// BROWSER names an installed Chromium; without it the one of @sparticuz/chromium is unpacked below TMPDIR.
import { chromium } from "playwright-core";

async function executable() {
  if (process.env.BROWSER) return process.env.BROWSER;
  // The package brings the shared libraries that a small machine lacks, and sets them up when it believes to run where they always lack.
  process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x";
  const { default: packed } = await import("@sparticuz/chromium");
  packed.setGraphicsMode = false;
  return packed.executablePath();
}

// Runs a visit of GraphiQL at `base` and prints what it saw as JSON, `problems` included.
export async function visit(base, screenshot, walk) {
  const origin = new URL(base).origin;
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
    await page.goto(`${base}/graphiql`);
    await shows(page, ".graphiql-query-editor .view-lines", "{");
    await walk(page, seen);
    await page.screenshot({ path: screenshot });
  } catch (error) {
    seen.problems.push(String(error));
    await page.screenshot({ path: screenshot });
  } finally {
    console.log(JSON.stringify(seen));
    await browser.close();
  }
}

// Monaco draws spaces as no-break spaces.
export const text = async (page, selector) =>
  (await page.locator(selector).first().innerText()).replaceAll("\u00a0", " ");

export const shows = (page, selector, wanted) =>
  page.waitForFunction(
    ([selector, wanted]) => document.querySelector(selector)?.innerText.replaceAll("\u00a0", " ").includes(wanted),
    [selector, wanted],
  );

// Types a line into an editor in place of what is there.
export async function type(page, selector, line) {
  await page.locator(`${selector} .view-lines`).first().click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(line);
  // What the editor closed on its own is closed twice.
  await page.keyboard.press("ControlOrMeta+Shift+End");
  await page.keyboard.press("Delete");
}

export const HEADERS = ".graphiql-editor-tool .graphiql-editor:not(.hidden)";
