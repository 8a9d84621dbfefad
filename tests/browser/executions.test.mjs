// From a webhook to what became of it, watched as a developer watches it.
import test, { after, before } from "node:test";
import assert from "node:assert/strict";
import { adminKey, api, baseUrl, ended, launch, open, send, signIn, workflow, workflowId, webhookUrl } from "./stack.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

test("a visitor without a session is asked for a key, and comes to where they wanted", async () => {
  const page = await open(browser);
  await page.goto(`${baseUrl}/`);
  assert.match(page.url(), /\/console\/sign-in/);
  await page.goto(`${baseUrl}/console/executions?status=failed`);
  assert.match(page.url(), /\/console\/sign-in/);
  await page.getByLabel("API key").fill("sk_test_nobody");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("UNAUTHORIZED", { exact: true }).waitFor();
  await page.getByLabel("API key").fill(adminKey);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Executions" }).waitFor();
  assert.match(page.url(), /status=failed/);

  const [cookie] = await page.context().cookies();
  assert(cookie.httpOnly && cookie.sameSite === "Lax" && cookie.path === "/console", JSON.stringify(cookie));
  assert(!cookie.value.includes(adminKey), "the cookie has the key itself");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("API key").first().waitFor();
  await page.context().addCookies([cookie]);
  await page.goto(`${baseUrl}/console`);
  assert.match(page.url(), /\/console\/sign-in/, "the session outlived the sign-out");
  assert.deepEqual(page.wrong, []);
});

test("rows come while one looks, and do not jump", async () => {
  const page = await open(browser);
  await signIn(page);
  await send(webhookUrl, '{"ref":"refs/heads/main"}');
  await page.goto(`${baseUrl}/console/executions?workflowId=${workflowId}`);
  await page.getByRole("table").waitFor();
  const before = await page.locator("tbody tr").count();
  const pause = Number(await page.locator("main").getAttribute("data-live"));
  assert(pause >= 1000, `${pause}`);
  const asked = [];
  page.on("request", (request) => { if (request.headers()["x-console-fragment"]) asked.push(Date.now()); });
  const first = await send(webhookUrl, '{"ref":"refs/heads/one"}');
  const second = await send(webhookUrl, '{"ref":"refs/heads/two"}');
  await page.getByRole("button", { name: "2 new" }).click();
  assert.equal(await page.locator("tbody tr").count(), before + 2);
  for (const id of [first, second]) await page.getByRole("link", { name: id }).waitFor();
  await page.waitForTimeout(3000);
  const gaps = asked.slice(1).map((at, index) => at - asked[index]);
  assert(gaps.length > 0 && gaps.every((gap) => gap >= pause - 50), `${gaps} where the page says ${pause}`);
  assert.deepEqual(page.wrong, []);
});

test("a row that matches no longer goes", async () => {
  const page = await open(browser);
  await signIn(page);
  const waits = await workflow("Rests", [{ rest: { wait: { seconds: 2 } } }]);
  await send(waits.trigger.url, "{}");
  await page.goto(`${baseUrl}/console/executions?workflowId=${waits.id}&status=queued&status=running&status=waiting`);
  await page.locator("tbody tr").waitFor();
  await page.getByText("No executions match.").waitFor();
  assert.equal(await page.locator("tbody tr").count(), 0);
  assert.deepEqual(page.wrong, []);
});

test("an execution is seen to wait and to end, and its request is all there", async () => {
  const page = await open(browser);
  await signIn(page);
  const waiting = await workflow("Waits", [{ rest: { wait: { seconds: 3 } } }, { done: { set: { told: "${ .ref }" } } }]);
  const id = await send(waiting.trigger.url, '{"ref":"refs/heads/main","n":12345678901234567890}', { "x-note": "hello" });
  await page.goto(`${baseUrl}/console/executions/${id}`);
  await page.locator("#state").getByText(/waiting|running|queued/).waitFor();
  await page.getByRole("button", { name: "Cancel" }).waitFor();
  await page.locator("#state").getByText("succeeded").waitFor();
  await page.getByRole("button", { name: "Cancel" }).waitFor({ state: "detached" });
  await page.locator("#result").getByText("refs/heads/main").waitFor();
  const request = page.locator("#request");
  await request.getByText("12345678901234567890").first().waitFor();
  await request.getByText("Headers").click();
  await request.getByText("hello").first().waitFor();
  await request.getByRole("link", { name: "hex" }).click();
  await page.locator("#request").getByText("7b 22 72 65").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download" }).click()]);
  const stream = await download.createReadStream();
  const parts = [];
  for await (const part of stream) parts.push(part);
  assert.equal(Buffer.concat(parts).toString(), '{"ref":"refs/heads/main","n":12345678901234567890}');
  assert.deepEqual(page.wrong, []);
});

test("an execution is replayed with another body, which is said", async () => {
  const page = await open(browser);
  await signIn(page);
  const greets = await workflow("Greets", [{ greet: { set: { hello: "${ .name }" } } }]);
  const id = await send(greets.trigger.url, '{"name":"Ada"}');
  await ended(id);
  await page.goto(`${baseUrl}/console/executions/${id}`);
  await page.getByRole("link", { name: "Edit and replay" }).click();
  await page.getByRole("textbox", { name: "Body" }).fill('{"name":"Grace"}');
  await page.getByRole("button", { name: "Replay" }).click();
  await page.waitForURL((url) => url.pathname.startsWith("/console/executions/exe_") && !url.pathname.includes(id));
  await page.getByText("edited").first().waitFor();
  await page.locator("#result").getByText("Grace").waitFor();
  const replayed = await api("GET", `/v1/executions/${page.url().split("/").at(-1)}`);
  assert.equal(replayed.output.hello, "Grace");
  assert.deepEqual(page.wrong, []);
});

test("the keyboard finds, moves and opens", async () => {
  const page = await open(browser);
  await signIn(page);
  const id = await send(webhookUrl, '{"ref":"refs/heads/keys"}');
  const newest = await send(webhookUrl, '{"ref":"refs/heads/newest"}');
  await ended(id);
  await page.goto(`${baseUrl}/console/executions`);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/console/executions/${newest}`);
  await page.getByRole("heading", { name: "Steps" }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type(id);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/console/executions/${id}`);
  await page.getByRole("heading", { name: "Steps" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  // Not by Escape: a browser takes it for the wish to stop what loads, too, which may be what the next key begins.
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.keyboard.press("r");
  await page.waitForURL((url) => url.pathname.startsWith("/console/executions/exe_") && !url.pathname.includes(id));
  await page.goBack();
  await page.waitForURL(`**/console/executions/${id}`);
  assert.deepEqual(page.wrong, []);
});
