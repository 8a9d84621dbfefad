// What the journeys share: the running `cargo dev`, its API, a browser, and receivers of events.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const { baseUrl, adminKey, workflowId, webhookUrl } = JSON.parse(readFileSync(process.env.SLUICE_READY));
/** The admin key of an org of its own in the same stack. */
export const otherKey = JSON.parse(readFileSync(process.env.SLUICE_OTHER)).adminKey;

/** Calls the API, and fails the test unless it answers as it should. */
export async function api(method, path, body, key = adminKey) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const answer = await fetch(baseUrl + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** Sends a webhook, and gives the id of its execution. */
export async function send(url, body, headers = {}) {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()).executionId;
}

/** Waits until an execution has ended. */
export async function ended(id) {
  for (let turn = 0; turn < 300; turn += 1) {
    const execution = await api("GET", `/v1/executions/${id}`);
    if (!["queued", "running", "waiting"].includes(execution.status)) return execution;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${id} does not end`);
}

/** Waits until a subscription has a delivery that was attempted and has that status, if one is given. */
export async function delivered(subscription, status) {
  for (let turn = 0; turn < 200; turn += 1) {
    const { items } = await api("GET", `/v1/deliveries?subscriptionId=${subscription}`);
    if (items[0]?.attemptCount && (status === undefined || items[0].status === status)) return items[0];
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("nothing was delivered");
}

/** A subscription whose receiver answers so late that it is paused, some seconds from now. */
export async function slow() {
  const { url } = await receiver(503, 5_100);
  const type = "order.refunded";
  await api("PUT", `/v1/event-types/${type}`, { description: "Money goes back." });
  const { id } = await api("POST", "/v1/subscriptions", { url, events: [type] });
  for (let order = 0; order < 4; order += 1) await api("POST", "/v1/events", { type, data: { order } });
  return { id, url };
}

/** Waits until a subscription is paused. */
export async function paused({ id }) {
  for (let turn = 0; turn < 200; turn += 1) {
    const { pausedUntil } = await api("GET", `/v1/subscriptions/${id}`);
    if (pausedUntil) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${id} is not paused`);
}

/** An active workflow with one trigger: its id and the trigger with its URL. */
export async function workflow(name, tasks, trigger = {}) {
  const definition = { document: { dsl: "1.0.0", namespace: "browser", name: "tested", version: "1.0.0" }, do: tasks };
  const { id } = await api("POST", "/v1/workflows", { name, active: true, definition });
  return { id, trigger: await api("POST", `/v1/workflows/${id}/triggers`, trigger) };
}

/** A server of this machine; how it `answers`, and after how long, may be changed while it runs. */
export async function receiver(answers, delayMs = 0) {
  const state = { answers, delayMs, requests: [] };
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      state.requests.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      setTimeout(() => {
        response.statusCode = state.answers;
        response.end("as the test wants it");
      }, state.delayMs).unref();
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  server.unref();
  state.url = `http://127.0.0.1:${server.address().port}/`;
  return state;
}

/** A browser of its own; the containers of CI have no user namespaces for its sandbox. */
export function launch(options = {}) {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu"], ...options });
}

/** A page on which nothing may go wrong: an error of a script, a refusal of the policy, an answer of 5xx. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "UTC", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.PATIENCE ?? 15_000));
  page.wrong = [];
  page.on("pageerror", (error) => page.wrong.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) page.wrong.push(`console: ${message.text()}`);
  });
  page.on("response", (answer) => {
    if (answer.status() >= 500) page.wrong.push(`${answer.status()} ${answer.url()}`);
  });
  return page;
}

/** Signs in as a visitor does. */
export async function signIn(page, key = adminKey) {
  await page.goto(`${baseUrl}/console/sign-in`);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Main" }).waitFor();
}
