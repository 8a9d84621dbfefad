// Verifies the body on stdin with the library for JavaScript: `node verify.mjs SECRET HEADERS`, the headers as JSON. Exits
// with 0 if it is good, and with 1 if it is not.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const [secret, headers] = process.argv.slice(2);
try {
  new Webhook(secret).verify(readFileSync(0), JSON.parse(headers));
} catch (error) {
  if (error.name !== "WebhookVerificationError" && error.constructor.name !== "WebhookVerificationError") throw error;
  process.exit(1);
}
