// What a stranger sends, and who may do what.
import test, { after, before } from "node:test";
import assert from "node:assert/strict";
import { adminKey, api, baseUrl, ended, launch, open, send, signIn, workflow } from "./stack.mjs";

const MARKUP = '<script>document.title="taken"</script><img src=x onerror="document.title=\'taken\'"><a href="javascript:1">x</a>';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

test("a webhook full of markup is text", async () => {
  const page = await open(browser);
  await signIn(page);
  const echoes = await workflow(MARKUP, [{ echo: { set: { said: "${ .said }" } } }]);
  const id = await send(echoes.trigger.url, JSON.stringify({ said: MARKUP }), { "x-note": MARKUP });
  await ended(id);
  for (const path of [`/executions/${id}`, `/executions/${id}?body=raw`, "/executions", `/workflows/${echoes.id}`, `/executions/${id}/edit`]) {
    await page.goto(`${baseUrl}/console${path}`);
    assert.notEqual(await page.title(), "taken", path);
    assert.equal(await page.locator("img, a[href^='javascript']").count(), 0, path);
    assert.equal(await page.locator("script:not([type=module][src^='/console/assets/'])").count(), 0, path);
  }
  assert.deepEqual(page.wrong, []);
});

test("a page that a trigger answers with cannot reach the console", async () => {
  const page = await open(browser);
  await signIn(page);
  const answer = { mode: "fixed", status: 200, contentType: "text/html", body: "<script>fetch('/console').then(() => { document.title = 'taken'; })</script>" };
  const answers = await workflow("Answers", [{ done: { set: { a: 1 } } }], { response: answer }).catch((error) => error);
  assert(!(answers instanceof Error), `${answers}`);
  const sent = [];
  page.on("request", (request) => { if (request.url().endsWith("/console")) sent.push(request.url()); });
  await page.goto(answers.trigger.url);
  await page.waitForTimeout(500);
  assert.notEqual(await page.title(), "taken");
  assert.deepEqual(sent, [], "the answer's script ran");
});

test("a form of another site changes nothing", async () => {
  const page = await open(browser);
  await signIn(page);
  const waits = await workflow("Waits", [{ rest: { wait: { minutes: 5 } } }]);
  const id = await send(waits.trigger.url, "{}");
  const refused = await page.request.post(`${baseUrl}/console/executions/${id}/cancel`, { headers: { origin: "https://evil.example" }, maxRedirects: 0 });
  assert.equal(refused.status(), 403);
  const without = await page.request.post(`${baseUrl}/console/executions/${id}/cancel`, { headers: { origin: baseUrl }, maxRedirects: 0 });
  assert.equal(without.status(), 403);
  const { status } = await api("GET", `/v1/executions/${id}`);
  assert(["queued", "running", "waiting"].includes(status), status);
  await page.goto(`${baseUrl}/console/executions/${id}`);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator("#state").getByText("cancelled").waitFor();
});

test("a key that may read sees everything, and no button that works", async () => {
  const { key } = await api("POST", "/v1/api-keys", { name: "reads", scopes: ["read"] });
  const page = await open(browser);
  await signIn(page, key);
  const shows = await workflow("Shows", [{ done: { set: { a: 1 } } }]);
  const id = await send(shows.trigger.url, "{}");
  await ended(id);
  const pages = ["", "/executions", `/executions/${id}`, "/workflows", `/workflows/${shows.id}`, `/workflows/${shows.id}/triggers/${shows.trigger.id}`,
    "/subscriptions", "/deliveries", "/event-types", "/settings", "/expressions", "/docs"];
  for (const path of pages) {
    const answer = await page.goto(`${baseUrl}/console${path}`);
    assert.equal(answer.status(), 200, path);
    const buttons = await page.locator("main form[method=post] button").allTextContents();
    const kept = path === "/expressions" ? ["Evaluate"] : [];
    assert.deepEqual(buttons, kept, path);
  }
  assert.deepEqual(page.wrong, []);
});
