// Signs the body on stdin with a library for JavaScript: `node sign.mjs github|standard-webhooks SECRET ID SECONDS`.
// Prints the headers as JSON.
import { readFileSync } from "node:fs";
import { sign } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";

const [scheme, secret, id, seconds] = process.argv.slice(2);
const body = readFileSync(0, "utf8");

const schemes = {
  github: async () => ({ "x-github-delivery": id, "x-hub-signature-256": await sign(secret, body) }),
  "standard-webhooks": async () => ({
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": new Webhook(secret).sign(id, new Date(Number(seconds) * 1000), body),
  }),
};
console.log(JSON.stringify(await schemes[scheme]()));
