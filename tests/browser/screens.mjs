// Every screen of the console, over data that looks like work.
import { readFileSync } from "node:fs";
import { api, delivered, ended, paused, receiver, send, slow, webhookUrl, workflow, workflowId } from "./stack.mjs";

const push = readFileSync(`${process.env.SLUICE_EVENTS}/github-push.body.json`);

/** Makes the data, and names each screen: its name in pictures, its address, and a text that it shows. */
export async function screens() {
  const late = await slow();
  const works = await receiver(200);
  const fails = await receiver(503);
  for (const name of ["order.shipped", "order.paid"]) await api("PUT", `/v1/event-types/${name}`, { description: `${name}, for everybody who asks.` });
  const good = await api("POST", "/v1/subscriptions", { url: works.url, events: ["order.shipped", "order.paid"] });
  const bad = await api("POST", "/v1/subscriptions", { url: fails.url, events: ["order.paid"] });
  await api("POST", "/v1/events", { type: "order.shipped", data: { order: 7 } });
  await api("POST", "/v1/events", { type: "order.paid", data: { order: 7, amount: 12.5 } });

  const headers = { "x-github-event": "push", "user-agent": "GitHub-Hookshot/7c1b2e4" };
  let pushed;
  for (let index = 0; index < 12; index += 1) pushed = await send(webhookUrl, push, { ...headers, "x-github-delivery": `72d3162e-cc78-11f0-81ab-${index}` });
  const orders = await workflow("Ship an order", [
    { price: { set: { order: "${ .order }", total: "${ .amount * 1.2 }" } } },
    { choose: { switch: [{ large: { when: ".total > 100", then: "approve" } }, { small: { then: "ship" } }] } },
    { approve: { wait: { days: 2 } } },
    { ship: { fork: { branches: [{ label: { set: { label: "printed" } } }, { notify: { set: { told: true } } }] } } },
  ]);
  const waits = await send(orders.trigger.url, '{"order":7,"amount":200}');
  await send(orders.trigger.url, '{"order":8,"amount":20}');
  const breaks = await workflow("Charge a card", [
    { charge: { call: "http", with: { method: "post", endpoint: `${fails.url}charges`, body: { amount: "${ .amount }" } } } },
  ]);
  const failed = await send(breaks.trigger.url, '{"amount":12.5,"card":"tok_visa"}');
  await ended(pushed);
  await ended(failed);
  const delivery = await delivered(good.id, "delivered");
  const retried = await delivered(bad.id);
  await api("POST", `/v1/subscriptions/${(await api("POST", "/v1/subscriptions", { url: `${works.url}archive`, events: ["order.paid"] })).id}/disable`);
  await paused(late);

  const execution = (name, id, shows) => ({ name, path: `/console/executions/${id}`, shows });
  return [
    { name: "home", path: "/console", shows: "Recent executions" },
    { name: "executions", path: "/console/executions", shows: "Filters" },
    { name: "executions-failed", path: "/console/executions?status=failed", shows: failed },
    { name: "executions-none", path: `/console/executions?workflowId=${workflowId}&status=cancelled`, shows: "No executions match" },
    execution("execution", pushed, "refs/heads/"),
    execution("execution-waiting", waits, "waiting"),
    execution("execution-failed", failed, "503"),
    { name: "execution-edit", path: `/console/executions/${failed}/edit`, shows: "tok_visa" },
    { name: "workflows", path: "/console/workflows", shows: "Ship an order" },
    { name: "workflow", path: `/console/workflows/${orders.id}`, shows: "Ship an order" },
    { name: "workflow-new", path: "/console/workflows/new", shows: "workflow" },
    { name: "trigger", path: `/console/workflows/${orders.id}/triggers/${orders.trigger.id}`, shows: orders.trigger.id },
    { name: "subscriptions", path: "/console/subscriptions", shows: works.url },
    { name: "subscription", path: `/console/subscriptions/${bad.id}`, shows: fails.url },
    { name: "subscription-paused", path: `/console/subscriptions/${late.id}`, shows: late.url },
    { name: "subscription-new", path: "/console/subscriptions/new", shows: "URL of the receiver" },
    { name: "deliveries", path: "/console/deliveries", shows: "order.paid" },
    { name: "delivery", path: `/console/deliveries/${delivery.id}`, shows: "delivered" },
    { name: "delivery-retried", path: `/console/deliveries/${retried.id}`, shows: "503" },
    { name: "event-types", path: "/console/event-types", shows: "order.shipped" },
    { name: "settings", path: "/console/settings", shows: "API keys" },
    { name: "expressions", path: "/console/expressions", shows: "jq" },
    { name: "reference", path: "/console/docs", shows: "/v1/executions" },
    { name: "refused", path: "/console/executions/exe_01JZ5T4Q8N3R7V2X6B9D0F1G2H", shows: "NOT_FOUND", status: 404 },
  ];
}
