// Every screen: with and without scripts, for everybody, in every width.
import test, { after, before } from "node:test";
import assert from "node:assert/strict";
import { baseUrl, launch, open, signIn } from "./stack.mjs";
import { screens } from "./screens.mjs";
import { accessible, fits, guarded } from "./rules.mjs";

let browser;
let all;
before(async () => {
  browser = await launch();
  all = await screens();
});
after(() => browser.close());

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing, ${colorScheme}`, async () => {
    const page = await open(browser, { colorScheme });
    await signIn(page);
    for (const { path, status } of all) {
      const answer = await page.goto(baseUrl + path);
      assert.equal(answer.status(), status ?? 200, path);
      await guarded(answer);
      await accessible(page);
    }
    assert.deepEqual(page.wrong, []);
  });
}

for (const width of [320, 2560]) {
  test(`nothing is cut off at ${width} pixels`, async () => {
    const page = await open(browser, { viewport: { width, height: 900 } });
    await signIn(page);
    for (const { path, status } of all) {
      await page.goto(baseUrl + path);
      await fits(page);
    }
  });
}

test("without scripts the same is read", async () => {
  const page = await open(browser, { javaScriptEnabled: false });
  await signIn(page);
  for (const { path, shows, status } of all) {
    const answer = await page.goto(baseUrl + path);
    assert.equal(answer.status(), status ?? 200, path);
    await page.getByText(shows).first().waitFor({ state: "attached" });
  }
});
