// A workflow from nothing, its webhook, and what goes out: made in the browser alone.
import test, { after, before } from "node:test";
import assert from "node:assert/strict";
import { api, baseUrl, launch, open, paused, receiver, send, signIn, slow } from "./stack.mjs";

const WRONG = `document:
  dsl: 1.0.0
  namespace: browser
  name: parcel
  version: 1.0.0
do:
  - greet:
      sett:
        hello: \${ .name }
`;

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

test("a workflow from YAML to the first webhook, with a sample on the way", async () => {
  const page = await open(browser);
  await signIn(page);
  await page.getByRole("link", { name: "Workflows" }).click();
  await page.getByRole("link", { name: "New workflow" }).click();
  await page.getByLabel("Name").fill("Parcels");
  const yaml = page.getByLabel("Definition in YAML");
  await yaml.fill(WRONG);
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByRole("alert").getByText(/line [78], column/i).first().waitFor();
  assert.equal(await page.locator(".editor li.wrong").count() > 0, true, "no line is marked");
  await yaml.fill(WRONG.replace("sett:", "set:"));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("heading", { name: /Parcels/ }).waitFor();
  await page.getByRole("button", { name: "Activate", exact: true }).click();
  await page.getByRole("button", { name: "Deactivate" }).waitFor();

  await page.getByRole("button", { name: "New trigger" }).click();
  await page.waitForURL(/\/triggers\/trg?_/);
  const url = (await page.locator("[data-copy^='http']").first().getAttribute("data-copy")) || (await page.locator("[data-copy]").first().textContent());
  await page.getByRole("button", { name: "Capture the next request" }).click();
  await page.locator("#capture").getByText("Waiting for a request").waitFor(); // It opens once every container knows of it.
  const sent = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"Ada","weight":2.5}' });
  assert(sent.ok, await sent.text());
  await page.locator("#capture").getByText("A request was captured").waitFor();
  await page.getByRole("button", { name: "Use as the sample" }).click();
  await page.getByRole("heading", { name: "Sample", exact: true }).waitFor();

  const id = await send(url, '{"name":"Grace","weight":3}');
  await page.goto(`${baseUrl}/console/executions/${id}`);
  await page.locator("#result").getByText("Grace").waitFor();
  assert.deepEqual(page.wrong, []);
});

test("a receiver that fails is seen, and gets the event again at a click", async () => {
  const works = await receiver(500);
  await api("PUT", "/v1/event-types/parcel.sent", { description: "A parcel is on its way." });
  const page = await open(browser);
  await signIn(page);
  await page.getByRole("link", { name: "Subscriptions" }).click();
  await page.getByRole("link", { name: "New subscription" }).click();
  await page.getByLabel("URL of the receiver").fill(works.url);
  await page.getByLabel("parcel.sent").check();
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText("whsec_").first().waitFor();
  await page.getByRole("link", { name: "Open the subscription" }).click();
  await api("POST", "/v1/events", { type: "parcel.sent", data: { parcel: 7 } });

  await assert.doesNotReject(async () => {
    for (let turn = 0; turn < 100 && works.requests.length === 0; turn += 1) await new Promise((done) => setTimeout(done, 100));
    assert(works.requests.length > 0, "nothing was sent");
  });
  await page.getByRole("link", { name: "Deliveries" }).first().click();
  await page.locator("tbody tr", { hasText: "parcel.sent" }).getByRole("link").first().click();
  await page.getByText("500").first().waitFor();
  works.answers = 200;
  await page.getByRole("button", { name: "Retry now" }).click();
  await page.locator("#state").getByText("delivered").waitFor();
  assert.match(works.requests.at(-1).body, /"parcel":7/);
  assert.deepEqual(page.wrong, []);
});

test("a receiver that does not answer in time is seen to be paused, and until when", async () => {
  const late = await slow();
  await paused(late);
  const page = await open(browser);
  await signIn(page);
  for (const path of ["", "/subscriptions", `/subscriptions/${late.id}`]) {
    await page.goto(`${baseUrl}/console${path}`);
    await page.getByText("paused", { exact: true }).first().waitFor();
    await page.getByText(/next attempt in \d+ s/).first().waitFor();
  }
  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByText("disabled", { exact: true }).first().waitFor();
  assert.deepEqual(page.wrong, []);
});
