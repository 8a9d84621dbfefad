// What holds of every page of the console.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import assert from "node:assert/strict";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const MAX_PAGE_BYTES = 60_000;

/** axe finds nothing. The policy of the page forbids scripts of others, so axe runs where the test's own code does. */
export async function accessible(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
  assert.deepEqual(found, [], page.url());
}

/** Nothing is wider than the window. */
export async function fits(page) {
  const [scrollWidth, clientWidth] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  assert(scrollWidth <= clientWidth, `${page.url()} is ${scrollWidth} wide in a window of ${clientWidth}`);
}

/** The headers that keep others' code out, and the size of what goes over the wire. */
export async function guarded(answer) {
  const headers = answer.headers();
  const policy = headers["content-security-policy"] ?? "";
  assert(policy.includes("default-src 'none'") && policy.includes("frame-ancestors 'none'"), `${answer.url()}: ${policy}`);
  assert(!policy.includes("unsafe"), policy);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.match(headers["cache-control"], /no-store/);
  const bytes = (await answer.body()).length;
  assert(bytes <= MAX_PAGE_BYTES, `${answer.url()} has ${bytes} bytes`);
}
