// Uses Threads in GraphiQL from sign-up to the home feed: node walk.mjs BASE_URL SCREENSHOT USERNAME
import { HEADERS, shows, type, visit } from "./chromium.mjs";

const [base, screenshot, username] = process.argv.slice(2);
const account = `username: "${username}", password: "a password of the tests"`;

await visit(base, screenshot, async (page, seen) => {
  seen.answers = [];
  const ask = async (query) => {
    await type(page, ".graphiql-query-editor", query);
    // GraphiQL reads the operation's name a moment after the last key.
    await page.waitForTimeout(1_000);
    const answered = page.waitForResponse((answer) => {
      const sent = answer.request().postData();
      return sent !== null && JSON.parse(sent).query === query;
    });
    await page.getByRole("button", { name: /Execute query/ }).click();
    const { data, errors } = await (await answered).json();
    seen.answers.push(errors ? { errors } : data);
    await shows(page, ".graphiql-response .view-lines", '"data"');
    return data;
  };

  await ask(`mutation { signUp(input: { ${account} }) { user { username } } }`);
  const { logIn } = await ask(`mutation { logIn(input: { ${account} }) { accessToken } }`);
  await page.locator(".graphiql-editor-tools").getByRole("button", { name: "Headers" }).click();
  await type(page, HEADERS, JSON.stringify({ Authorization: `Bearer ${logIn.accessToken}` }));

  const { createThread } = await ask('mutation { createThread(input: { body: "Hello from a browser" }) { thread { id } } }');
  const id = createThread.thread.id;
  await ask(`mutation { replyToThread(input: { threadId: "${id}", body: "And a reply" }) { thread { parent { replyCount } } } }`);
  await ask(`mutation { likeThread(input: { threadId: "${id}" }) { thread { likeCount viewerHasLiked } } }`);
  await ask('mutation { followUser(input: { username: "ada" }) { user { username viewerFollows } } }');
  await ask("{ homeFeed(first: 3) { nodes { thread { body author { username } } } } }");
});
