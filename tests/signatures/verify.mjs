// Verifies the body on stdin with a library for JavaScript: `node verify.mjs github|standard-webhooks SECRET HEADERS`, the
// headers as JSON. Exits with 0 if it is good, and with 1 if it is not.
import { readFileSync } from "node:fs";
import { verify } from "@octokit/webhooks-methods";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const [scheme, secret, json] = process.argv.slice(2);
const headers = JSON.parse(json);
const body = readFileSync(0);

const schemes = {
  github: () => verify(secret, body.toString("utf8"), headers["x-hub-signature-256"]),
  "standard-webhooks": async () => {
    try {
      new Webhook(secret).verify(body, headers);
      return true;
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      return false;
    }
  },
};
process.exit((await schemes[scheme]()) ? 0 : 1);
