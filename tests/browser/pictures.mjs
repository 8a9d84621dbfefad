// Writes a picture of every screen into a folder: light and dark, wide and narrow.
import { baseUrl, launch, open, signIn } from "./stack.mjs";
import { screens } from "./screens.mjs";

const folder = process.argv[2];
const browser = await launch();
const all = await screens();
for (const colorScheme of ["light", "dark"]) {
  for (const [size, width] of [["wide", 1440], ["narrow", 360]]) {
    const page = await open(browser, { colorScheme, viewport: { width, height: 900 } });
    await page.goto(`${baseUrl}/console/sign-in`);
    await page.screenshot({ path: `${folder}/sign-in-${colorScheme}-${size}.png` });
    await signIn(page);
    for (const { name, path } of all) {
      await page.goto(baseUrl + path, { waitUntil: "networkidle" });
      await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${size}.png`, fullPage: true });
    }
    for (const wrong of page.wrong) console.error(wrong);
  }
}

// The one of README.
const page = await open(browser, { viewport: { width: 1280, height: 820 } });
await signIn(page);
await page.goto(baseUrl + all.find(({ name }) => name === "execution").path, { waitUntil: "networkidle" });
await page.screenshot({ path: `${folder}/readme.png` });
await browser.close();
process.exit();
