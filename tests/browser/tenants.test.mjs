// Two orgs in one stack, and one browser: neither sees anything of the other.
import test, { after, before } from "node:test";
import assert from "node:assert/strict";
import { adminKey, api, baseUrl, delivered, ended, launch, open, otherKey, receiver, send, signIn, workflow } from "./stack.mjs";

// Names and contents of the first org, none of which a page of the second one may have.
const SECRET = "Plan-Kestrel";

let browser;
let first;
before(async () => {
  // Pages that the browser keeps for its back button are kept here, too; the driver would switch that off.
  browser = await launch({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  first = await stock();
});
after(() => browser.close());

/** One of everything of the first org: the addresses of its pages. */
async function stock() {
  const receives = await receiver(200);
  const type = "kestrel.seen";
  await api("PUT", `/v1/event-types/${type}`, { description: SECRET });
  const subscription = await api("POST", "/v1/subscriptions", { url: `${receives.url}${SECRET}`, events: [type] });
  const event = await api("POST", "/v1/events", { type, data: { note: SECRET } });
  const { id: delivery } = await delivered(subscription.id, "delivered");
  const { id, trigger } = await workflow(SECRET, [{ keep: { set: { note: SECRET } } }]);
  const execution = await send(trigger.url, JSON.stringify({ note: SECRET }), { "idempotency-key": SECRET });
  await ended(execution);
  await api("PUT", "/v1/secrets/kestrel", { value: SECRET });
  const { fileKey } = await upload();
  const page = `/console/workflows/${id}`;
  return {
    ids: [execution, id, trigger.id, subscription.id, delivery, event.id, fileKey],
    fileKey, type, execution, workflow: id, trigger: trigger.id, subscription: subscription.id, delivery, event: event.id,
    pages: [
      `/console/executions/${execution}`, `/console/executions/${execution}/steps`, `/console/executions/${execution}/body`,
      `/console/executions/${execution}/edit`, `/console/executions/${execution}/older`, `/console/executions/${execution}?body=raw`,
      `/console/executions?workflowId=${id}`, `/console/expressions?execution=${execution}`,
      page, `${page}/edit`, `${page}/delete`, `${page}/versions/1`, `${page}/triggers/${trigger.id}`, `${page}/triggers/${trigger.id}/delete`,
      `/console/subscriptions/${subscription.id}`, `/console/subscriptions/${subscription.id}/delete`,
      `/console/deliveries/${delivery}`, `/console/event-types/${type}`,
    ],
  };
}

async function upload() {
  const form = new FormData();
  form.set("files", new Blob([SECRET], { type: "text/plain" }), "kestrel.txt");
  const answer = await fetch(`${baseUrl}/v1/openapi/files/upload`, { method: "POST", headers: { authorization: `Bearer ${adminKey}` }, body: form });
  const text = await answer.text();
  assert(answer.ok, text);
  return { fileKey: text.match(/of_[0-9A-Z]{26}/)[0] };
}

/** A text has nothing of the first org but what the visitor wrote into the address. */
function isEmptyOf(text, where, address = "") {
  for (const word of [SECRET, ...first.ids]) assert(address.includes(word) || !text.includes(word), `${where} has ${word}`);
}

/** The back button. A page that the browser has kept appears without a navigation that the driver could wait for. */
async function back(page) {
  await page.evaluate(() => { history.back(); }).catch(() => null);
  await page.waitForTimeout(700);
}

test("every address of another org is one that is not there", async () => {
  const page = await open(browser);
  await signIn(page, otherKey);
  for (const path of first.pages) {
    const answer = await page.goto(baseUrl + path);
    assert.equal(answer.status(), 404, path);
    await page.getByText("NOT_FOUND").waitFor();
    isEmptyOf(await page.content(), path, path);
    const fragment = await page.request.get(baseUrl + path, { headers: { "x-console-fragment": "1" }, maxRedirects: 0 });
    assert.equal(fragment.status(), 404, `the parts of ${path}`);
    isEmptyOf(await fragment.text(), path, path);
  }
  const file = await fetch(`${baseUrl}/v1/files/${first.fileKey}`, { headers: { authorization: `Bearer ${otherKey}` } });
  assert.equal(file.status, 404);
  assert.deepEqual(page.wrong, []);
});

test("no list and no search finds anything of another org", async () => {
  const page = await open(browser);
  await signIn(page, otherKey);
  const lists = ["", "/executions", "/workflows", "/subscriptions", "/deliveries", "/event-types", "/settings", "/expressions",
    `/executions?deliveryId=${SECRET}`, "/executions?status=succeeded", "/deliveries?status=delivered"];
  for (const path of lists) {
    const answer = await page.goto(`${baseUrl}/console${path}`);
    assert.equal(answer.status(), 200, path);
    isEmptyOf(await page.content(), path, path);
  }
  for (const id of [first.execution, first.workflow, first.subscription, first.delivery]) {
    await page.getByRole("searchbox", { name: "Find by id" }).fill(id);
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname.endsWith(id));
    await page.getByText("NOT_FOUND").waitFor();
  }
  for (const id of [first.trigger, first.event]) {
    await page.getByRole("searchbox", { name: "Find by id" }).fill(id);
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.search.includes(id));
    assert.equal(await page.locator("tbody tr").count(), 0, id);
  }
  assert.deepEqual(page.wrong, []);
});

test("who signs in after another org in the same browser finds nothing of it, not even with the back button", async () => {
  const page = await open(browser);
  await signIn(page);
  const seen = ["/executions", `/executions/${first.execution}`, `/workflows/${first.workflow}`].map((path) => `${baseUrl}/console${path}`);
  for (const address of seen) {
    await page.goto(address);
    assert((await page.content()).includes(SECRET), `${address} shows it to its own org`);
  }
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API key").waitFor();
  assert.deepEqual(await page.context().cookies(), [], "a cookie outlived the session");
  for (const address of seen.toReversed()) {
    await back(page);
    assert.match(page.url(), /\/console\/sign-in/, `signed out, back to ${address}`);
    isEmptyOf(await page.content(), `signed out, back to ${address}`, page.url());
  }

  await signIn(page, otherKey);
  await page.goto(`${baseUrl}/console/settings`);
  for (let turn = 0; turn < 10 && page.url().startsWith(baseUrl); turn += 1) {
    isEmptyOf(await page.content(), `back at ${page.url()}`, page.url());
    await back(page);
  }
  for (const address of seen.slice(1)) {
    const answer = await page.goto(address);
    assert.equal(answer.status(), 404, address);
  }
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  isEmptyOf(kept, "what the browser keeps");
  assert.deepEqual(page.wrong, []);
});
