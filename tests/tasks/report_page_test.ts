import assert from "node:assert/strict";
import { type Browser, chromium, type Page } from "npm:playwright-core@1.65.1";
import axe from "npm:axe-core@4.14.1";
import { isOnPath } from "../../tasks/_setup.ts";
import { runTask, SAMPLE, TestFolder } from "./_run_task.ts";

const HAS_BROWSER = await isOnPath(Deno.env.get("PATH") ?? "", ["chromium"]);

/** A report of some games, and its numbers. */
async function makeReport(folder: TestFolder, ...args: string[]) {
  const ended = await runTask("report", [SAMPLE, "--json", ...args], {
    cwd: folder.path,
  });
  assert.equal(ended.code, 0, ended.stderr);
  return ended.json();
}

async function openBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
}

/** Opens the page, and notes what it complains of and what it asks for. */
async function openReport(
  browser: Browser,
  folder: TestFolder,
  options: { width?: number; colorScheme?: "light" | "dark" } = {},
) {
  const { width = 1000, colorScheme = "light" } = options;
  const page = await browser.newPage({
    viewport: { width, height: 800 },
    colorScheme,
  });
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(`file://${folder.path}/report.html`);
  return { page, complaints, requests };
}

/** The values of a chart by their labels, as they are drawn. */
async function drawnIn(page: Page, id: string) {
  const values = await page.locator(`#${id} svg [data-value]`).evaluateAll(
    (elements) =>
      elements.map((element) => [
        element.getAttribute("data-label"),
        Number(element.getAttribute("data-value")),
        Number(element.getAttribute("height")),
      ]),
  ) as [string, number, number][];
  return values;
}

Deno.test({
  name:
    "deno task report draws what --json says, without a request or an error",
  ignore: !HAS_BROWSER,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using folder = new TestFolder();
    const json = await makeReport(folder, "--min-rating", "1800");
    const browser = await openBrowser();
    try {
      const { page, complaints, requests } = await openReport(browser, folder);
      for (
        const [id, counts] of [
          ["ratings", json.statistics.ratings],
          ["plies", json.statistics.plies],
          ["months", json.statistics.months],
          ["by-ply", json.drawn.byPly],
          ["by-pieces", json.drawn.byPieces],
        ]
      ) {
        const drawn = await drawnIn(page, id);
        assert.deepEqual(
          Object.fromEntries(
            drawn.filter(([, value]) => value > 0)
              .map(([label, value]) => [label, value]),
          ),
          counts,
        );
        const most = Math.max(...drawn.map(([, value]) => value));
        for (const [label, value, height] of drawn) {
          const expected = value / most * 130;
          assert.ok(Math.abs(height - expected) < 0.1, `${id} ${label}`);
        }
      }
      for (const id of ["from", "to"] as const) {
        const drawn = await drawnIn(page, id);
        assert.deepEqual(drawn.map(([, value]) => value), json.drawn[id]);
      }
      for (const id of ["speeds", "results", "terminations"]) {
        const rows = await page.locator(`#${id} tbody tr`).allInnerTexts();
        const shown = Object.fromEntries(rows.map((row) => {
          const [name, ...cells] = row.split("\t");
          return [name.trim(), Number(cells.at(-2)!.replaceAll(",", ""))];
        }));
        assert.deepEqual(shown, json.statistics[id]);
      }
      const codes = await page.locator("#openings p [data-opening]")
        .evaluateAll((elements) =>
          elements.map((element) => [
            element.getAttribute("data-opening"),
            Number(element.getAttribute("data-value")),
          ])
        );
      assert.deepEqual(
        Object.fromEntries(codes as [string, number][]),
        json.statistics.openings,
      );
      assert.equal(
        await page.locator("#games").first().innerText(),
        json.statistics.games.toLocaleString("en-US"),
      );
      assert.deepEqual(complaints, []);
      assert.deepEqual(
        requests.filter((url) => !/^(?:file|data):/.test(url)),
        [],
      );
    } finally {
      await browser.close();
    }
  },
});

Deno.test({
  name: "The viewer of a report is stepped through by keyboard",
  ignore: !HAS_BROWSER,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using folder = new TestFolder();
    await makeReport(
      folder,
      "--has-clock",
      "--has-eval",
      "--max-per-game",
      "3",
    );
    const browser = await openBrowser();
    try {
      const { page, complaints } = await openReport(browser, folder);
      const status = () => page.locator("#status").innerText();
      const board = () => page.locator("#board").getAttribute("aria-label");
      assert.match(await status(), /^Start, /);
      await page.locator("#viewer").focus();
      const start = await board();
      await page.keyboard.press("ArrowRight");
      assert.match(
        await status(),
        /^After 1\. \S+, evaluation \S+, clock \d+:\d\d, /,
      );
      assert.notEqual(await board(), start);
      await page.keyboard.press("ArrowRight");
      assert.match(await status(), /^After 1… /);
      await page.keyboard.press("End");
      assert.match(await status(), /result \S+$/);
      await page.keyboard.press("Home");
      assert.equal(await board(), start);
      assert.equal(await page.locator("#moves button.sample").count(), 3);
      let samples = 0;
      const moves = await page.locator("#moves button").count();
      for (let k = 0; k < moves; k++) {
        if (/a sample: next /.test(await status())) samples++;
        await page.keyboard.press("ArrowRight");
      }
      assert.equal(samples, 3);
      const first = await page.locator("#game").inputValue();
      await page.keyboard.press("PageDown");
      assert.notEqual(await page.locator("#game").inputValue(), first);
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
    }
  },
});

Deno.test({
  name:
    "A report fits a phone and both colour schemes, and axe finds nothing serious",
  ignore: !HAS_BROWSER,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using folder = new TestFolder();
    await makeReport(folder);
    const browser = await openBrowser();
    try {
      for (
        const [colorScheme, width] of [["light", 1000], ["dark", 360]] as const
      ) {
        const { page, complaints } = await openReport(browser, folder, {
          width,
          colorScheme,
        });
        const scrolled = await page.evaluate(
          "document.documentElement.scrollWidth",
        );
        assert.ok(Number(scrolled) <= width, `${scrolled} of ${width}`);
        // Evaluated from outside: the page's policy lets no script of others in.
        const { violations } = await page.evaluate(
          `${axe.source}; axe.run()`,
        ) as {
          violations: { id: string; impact: string; nodes: unknown[] }[];
        };
        assert.deepEqual(
          violations.filter(({ impact }) =>
            impact === "serious" || impact === "critical"
          ),
          [],
        );
        const ground = await page.evaluate(
          "getComputedStyle(document.body).backgroundColor",
        );
        assert.equal(
          ground,
          colorScheme === "light" ? "rgb(255, 255, 255)" : "rgb(20, 23, 26)",
        );
        assert.deepEqual(complaints, []);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  },
});
